"""How a device gets its notices: nothing is believed unread, and what did not change is not sent."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

import httpx

from server.deadlines import whole_answer
from server.errors import DeskUnavailable
from server.notices import ToTell, readable

WHOLE_S: Final = 30.0
LARGEST: Final = 512 * 1024  # bytes
MOST: Final = 500
_TAG: Final = re.compile(r'"[\x21\x23-\x7e]{1,80}"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """All notices in force, and what the list is known by."""

    notices: tuple[ToTell, ...]
    tag: str


def fetch(http: httpx.Client, *, known: str = "") -> Listed | None:
    """Return the notices; None when the list is still the one `known`.  Raises DeskUnavailable.

    A desk older than notices has none.
    """
    headers = {"If-None-Match": known} if known else {}
    try:
        with (
            whole_answer(WHOLE_S) as limit,
            http.stream("GET", "/notices", headers=headers, extensions={"trace": limit.trace}) as answer,
        ):
            if answer.status_code == HTTPStatus.NOT_MODIFIED and known:
                return None
            raw = _limited(answer)
    except httpx.HTTPError as error:
        raise DeskUnavailable(f"the desk does not answer ({type(error).__name__})") from error
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return Listed(notices=(), tag="")
    if answer.status_code != HTTPStatus.OK:
        raise DeskUnavailable(f"the desk answered {answer.status_code}")
    return _read(raw, answer.headers.get("ETag", ""))


def report(http: httpx.Client, told: Mapping[UUID, int]) -> None:
    """Say how often each notice was told.  Raises DeskUnavailable."""
    body = {"notices": [{"id": str(one), "told": count} for one, count in sorted(told.items())][:MOST]}
    try:
        with whole_answer(WHOLE_S) as limit:
            answer = http.put("/notices/told", json=body, extensions={"trace": limit.trace})
    except httpx.HTTPError as error:
        raise DeskUnavailable(f"the desk does not answer ({type(error).__name__})") from error
    if answer.status_code not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND):
        raise DeskUnavailable(f"the desk answered {answer.status_code}")


def _limited(answer: httpx.Response) -> bytes:
    raw = b""
    for piece in answer.iter_bytes():
        raw += piece
        if len(raw) > LARGEST:
            raise DeskUnavailable("the answer is too long")
    return raw


def _read(raw: bytes, tag: str) -> Listed:
    """Read the list; what is no notice makes it none of a desk: half a list would take the other half away."""
    try:
        found = json.loads(raw)["notices"]
        notices = readable(found[:MOST])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DeskUnavailable("the answer is none of a desk") from error
    return Listed(notices=notices, tag=tag if _TAG.fullmatch(tag) else "")
