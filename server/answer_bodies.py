"""The bodies and headers of HTTP answers, as far as they are believed."""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import httpx

LARGEST_ANSWER: Final = 256 * 1024  # bytes
LONGEST_WAIT_DIGITS: Final = 5


def limited(answer: httpx.Response) -> bytes:
    """Return the body of an answer that is being read.  Raises ValueError where it does not end."""
    raw = b""
    for piece in answer.iter_bytes():
        raw += piece
        if len(raw) > LARGEST_ANSWER:
            raise ValueError("the answer is too long")
    return raw


def object_in(raw: bytes, status: int) -> dict[str, Any]:
    """Return the JSON object; an empty one for a refusal without.  Raises ValueError for a success without."""
    if status == HTTPStatus.NO_CONTENT:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    if status < HTTPStatus.BAD_REQUEST:
        raise ValueError("no JSON object")
    return {}


def wait_in(text: str) -> timedelta | None:
    """Return how long a header "Retry-After" asks to wait, in seconds; None for what is none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_WAIT_DIGITS
    return timedelta(seconds=int(text)) if is_number else None
