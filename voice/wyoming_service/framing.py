"""Events off the wire, with bounds: the package's own reading believes any length it is told.

A frame is a line of JSON, then as many bytes of more JSON and of payload as that line says.
"""

import asyncio
import json
from typing import Any, BinaryIO, Final

from voice.wyoming_service.errors import RequestRefused
from voice.wyoming_service.protocol import Event

LINE_BYTES: Final = 64 * 1024
DATA_BYTES: Final = 256 * 1024
PAYLOAD_BYTES: Final = 2 * 1024 * 1024  # a minute of speech
BODY_WITHIN_S: Final = 30.0  # of its line


async def read_event(reader: asyncio.StreamReader, within_s: float) -> Event | None:
    """Read the next event; None when the client has gone.

    Raises RequestRefused for what is none, and TimeoutError when none begins in time, or one does not end.
    """
    try:
        async with asyncio.timeout(within_s):
            line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise _bad("its line is too long") from None
    header, data_bytes, payload_bytes = _header(line)
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            data = await reader.readexactly(data_bytes)
            payload = await reader.readexactly(payload_bytes)
    except asyncio.IncompleteReadError:
        return None
    return _event(header, data, payload)


def read_event_from(file: BinaryIO) -> Event | None:
    """Read likewise from a file that blocks, as the one of a socket does."""
    line = file.readline(LINE_BYTES)
    if not line.endswith(b"\n"):
        return None
    header, data_bytes, payload_bytes = _header(line)
    data, payload = file.read(data_bytes), file.read(payload_bytes)
    if len(data) < data_bytes or len(payload) < payload_bytes:
        return None
    return _event(header, data, payload)


def _header(line: bytes) -> tuple[dict[str, Any], int, int]:
    header = _table(line)
    if not isinstance(header.get("type"), str):
        raise _bad("it has no type")
    return header, _length(header, "data_length", DATA_BYTES), _length(header, "payload_length", PAYLOAD_BYTES)


def _event(header: dict[str, Any], more: bytes, payload: bytes) -> Event:
    data = header.get("data") or {}
    if not isinstance(data, dict):
        raise _bad("its data is no table")
    return Event(type=header["type"], data=data | (_table(more) if more else {}), payload=payload or None)


def _table(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
        if b"\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair could never be sent back
    except (ValueError, RecursionError):
        raise _bad("it is no JSON") from None
    if not isinstance(found, dict):
        raise _bad("it is no table")
    return found


def _length(header: dict[str, Any], name: str, most: int) -> int:
    length = header.get(name) or 0
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= most:
        raise _bad(f"its {name} is not between 0 and {most}")
    return length


def _bad(what: str) -> RequestRefused:
    return RequestRefused("bad-frame", f"this is no Wyoming event: {what}")
