"""Bases, and a desk in this process that publishes them, for the tests of knowledge bundles."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from kb.articles import Article
from kb.bundle import build, opened
from server.bundle_signature import SigningKey
from server.client import DeskClient
from tests.article_samples import HOURS as HOURS_TOLD
from tests.article_samples import RETURNS

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
KEY = SigningKey(b"s" * 32)
HOURS = replace(
    HOURS_TOLD, staff_note="担当者だけの覚え書き", authority="三千円まで返金してよい", authority_up_to_yen=3000
)
SMOKE = Article(
    id="smoke",
    title="製品から煙が出たとき",
    category="安全",
    variants=("煙が出ています", "焦げ臭いです"),
    answer="電源プラグを抜いて、離れてください。",
    safety=True,
)
BASE = (HOURS, RETURNS, SMOKE)


def bundle_of(*articles, at=NOW):
    return build(articles or BASE, created_at=at)


class PublishingDesk:
    """Answers `GET /knowledge` with what was put out last, and notes heartbeats; `spoil` changes what goes out."""

    def __init__(self, key=KEY):
        self.key = key
        self.serial, self.data, self.asked, self.beats = 0, b"", [], []
        self.spoil = lambda answer: answer

    def put_out(self, data, serial=None):
        self.serial = serial or self.serial + 1
        self.data = data
        return opened(data).version

    def client(self):
        return DeskClient("http://desk.test", "kd_token", transport=httpx.MockTransport(self))

    def __call__(self, request):
        if request.url.path != "/knowledge":
            self.beats.append(request.content)
            return httpx.Response(204)
        self.asked.append(request.headers)
        if not self.serial:
            return httpx.Response(404, json={})
        tag = f'"{self.serial}"'
        if request.headers.get("If-None-Match") == tag:
            return httpx.Response(304)
        start = int(request.headers["Range"][6:-1]) if request.headers.get("If-Range") == tag else 0
        return self.spoil(
            httpx.Response(206 if start else 200, content=self.data[start:], headers=self.headers(self.data))
        )

    def headers(self, data, serial=None):
        serial = serial or self.serial
        return {
            "ETag": f'"{serial}"',
            "Koemado-Serial": str(serial),
            "Koemado-Version": "v",
            "Koemado-Key": self.key.public.id,
            "Koemado-Signature": b64encode(self.key.sign(serial, data)).decode(),
        }
