"""What an answer to a (range) request means for a download.  Pure: no network, no files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"bytes (?P<first>\d+)-\d+/(?P<total>\d+|\*)")
_UNSATISFIED = re.compile(r"bytes \*/(?P<total>\d+)")
_OK, _PARTIAL, _TIMEOUT, _NO_SUCH_RANGE, _TOO_MANY, _SERVER_ERROR = 200, 206, 408, 416, 429, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which file a part belongs to; two answers with different origins must not be joined."""

    url: str
    validator: str | None  # strong ETag, else Last-Modified; None: the server gave neither
    total_bytes: int | None  # None: the server did not say


@dataclass(frozen=True, slots=True)
class Fresh:
    """The whole file comes, from its first byte."""

    origin: Origin


@dataclass(frozen=True, slots=True)
class Continued:
    """The rest of the part comes."""

    total_bytes: int | None


@dataclass(frozen=True, slots=True)
class Complete:
    """The part is the whole file."""


@dataclass(frozen=True, slots=True)
class Useless:
    """The part does not fit to what the server has: drop it and ask again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """The server cannot now; asking again may help."""

    reason: str
    wait_s: float | None  # what the server asked for


@dataclass(frozen=True, slots=True)
class Refused:
    """Asking again cannot help."""

    reason: str


Verdict = Fresh | Continued | Complete | Useless | Later | Refused


def range_headers(origin: Origin | None, offset: int) -> dict[str, str]:
    """The request for what is missing after `offset` bytes of `origin` (0: everything), never compressed."""
    headers = {"Accept-Encoding": "identity"}
    if origin is None or offset == 0:
        return headers
    headers["Range"] = f"bytes={offset}-"
    if origin.validator is not None:
        headers["If-Range"] = origin.validator
    return headers


def judge(status: int, headers: Mapping[str, str], *, origin: Origin | None, offset: int, url: str) -> Verdict:
    """What to do with an answer to `range_headers(origin, offset)`; `headers` has lower-case names."""
    if status == _OK:
        return Fresh(Origin(url=url, validator=_validator(headers), total_bytes=_length(headers)))
    if status == _PARTIAL and origin is not None and offset > 0:
        return _judge_partial(headers, origin, offset)
    if status == _NO_SUCH_RANGE and offset > 0:
        return _judge_unsatisfied(headers, origin, offset)
    if status in (_TIMEOUT, _TOO_MANY) or status >= _SERVER_ERROR:
        return Later(f"HTTP {status}", _retry_after_s(headers))
    return Refused(f"HTTP {status}")


def _judge_partial(headers: Mapping[str, str], origin: Origin, offset: int) -> Verdict:
    found = _RANGE.fullmatch(headers.get("content-range", ""))
    if found is None or int(found["first"]) != offset:
        return Useless("the server sent another piece than it was asked for")
    total = None if found["total"] == "*" else int(found["total"])
    changed = total is not None and origin.total_bytes not in (None, total)
    now = _validator(headers)
    if changed or (now is not None and origin.validator not in (None, now)):
        return Useless("the file on the server has changed")
    return Continued(total if total is not None else origin.total_bytes)


def _judge_unsatisfied(headers: Mapping[str, str], origin: Origin | None, offset: int) -> Verdict:
    found = _UNSATISFIED.fullmatch(headers.get("content-range", ""))
    total = int(found["total"]) if found else None
    if total == offset and (origin is None or origin.total_bytes in (None, total)):
        return Complete()
    return Useless("the file on the server is shorter than the part that is here")


def _validator(headers: Mapping[str, str]) -> str | None:
    """RFC 9110 13.1.5: a weak ETag must not be used to join pieces."""
    etag = headers.get("etag")
    if etag and not etag.startswith("W/"):
        return etag
    return headers.get("last-modified")


def _length(headers: Mapping[str, str]) -> int | None:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    asked = headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else None
