"""Articles as the desk keeps them, for the tests of its editor."""

import shutil
from uuid import uuid4

from server.app import open_office
from server.knowledge.content import form_of
from server.knowledge.fakes import memory_workshop
from server.knowledge.versions import Draft

HOURS = {
    "id": "hours",
    "title": "営業時間",
    "category": "店",
    "variants": ["営業時間は何時までですか", "何時まで開いていますか"],
}
HOURS |= {"answer": "19時までです。", "staff_note": "担当者だけの覚え書き"}
RETURNS = {"id": "returns", "title": "返品の手続き", "category": "返品", "variants": ["返品したい", "返品のやり方"]}
RETURNS |= {"answer": "箱に入れてお送りください。", "steps": ["箱に入れる", {"text": "送る", "reading": "おくる"}]}
SMOKE = {
    "id": "smoke",
    "title": "製品から煙が出たとき",
    "category": "安全",
    "variants": ["煙が出ています", "焦げ臭いです"],
}
SMOKE |= {"answer": "電源プラグを抜いて、離れてください。", "safety": True}
CONTENTS = (HOURS, RETURNS, SMOKE)


def form(content, **changes):
    """The fields of an article's form, as a browser sends them."""
    texts = form_of(content)
    return {name: text for name, text in texts.items() if name != "id"} | {"own_id": texts["id"]} | changes


def furnished_office(furnished, tmp_path, clock, contents=CONTENTS):
    """An office with staff, whose articles can be edited."""
    shutil.copytree(furnished, tmp_path / "desk")
    office = open_office(tmp_path / "desk", workshop=memory_workshop(contents), clock=clock)
    office.editing.begin()
    return office


def approved(office, content, *, now):
    """Have somebody write an article and somebody else approve it."""
    head = office.editing.articles.head(content["id"])
    draft = Draft(id=uuid4(), article_id=content["id"], content=content, based_on=head.number if head else 0, why="x")
    saved = office.editing.articles.save(draft, by="sato", now=now)
    office.editing.articles.ask_for_review(content["id"], saved.number, by="sato", now=now)
    assert office.editing.articles.approve(content["id"], saved.number, by="suzuki", now=now) is None
    return saved
