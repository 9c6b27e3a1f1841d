"""The interface for devices: the knowledge bundle in use, with what it is believed by."""

import re
from base64 import b64encode
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, HTTPException, Response

from server.bundles import Release
from server.web import api_answers as answers
from server.web.api_models import Problems
from server.web.device_guard import TheDevice
from server.web.guard import TheOffice

MEDIA_TYPE: Final = "application/vnd.koemado.knowledge"
SERIAL: Final = "Koemado-Serial"
VERSION: Final = "Koemado-Version"
KEY: Final = "Koemado-Key"
SIGNATURE: Final = "Koemado-Signature"

router = APIRouter(tags=["knowledge"])
_TAG: Final = re.compile(r'"(\d{1,18})"')
_REST_FROM: Final = re.compile(r"bytes=(\d{1,15})-")


def _described(**more: str) -> dict[str, Any]:
    text = {
        "ETag": "of this release; send it as If-None-Match",
        SERIAL: "grows with every release; signed with the bytes",
        VERSION: "of the bundle",
        KEY: "id of the key that signed it",
        SIGNATURE: 'base64: Ed25519 over "koemado knowledge bundle 1\\n", the serial as 8 bytes (big endian), the bytes',
    } | more
    return {name: {"description": words, "schema": {"type": "string"}} for name, words in text.items()}


_BYTES: Final = {"schema": {"type": "string", "format": "binary"}}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The bundle.", "content": {MEDIA_TYPE: _BYTES}, "headers": _described()},
    206: {
        "description": "The rest of it: `Range: bytes=N-` with the ETag as If-Range.",
        "content": {MEDIA_TYPE: _BYTES},
        "headers": _described(**{"Content-Range": "which bytes of how many"}),
    },
    304: {"description": "If-None-Match is still in use."},
    404: {"model": Problems, "description": "Nothing was published."},
}


@router.get("/knowledge", response_class=Response, responses=_ANSWERS | answers.ALWAYS)
def knowledge(
    office: TheOffice,
    device: TheDevice,
    if_none_match: Annotated[str, Header()] = "",
    range_: Annotated[str, Header(alias="Range")] = "",
    if_range: Annotated[str, Header()] = "",
) -> Response:
    """Return the bundle this device is to use, signed.  Ask every quarter of an hour; an unchanged one costs an answer without a body."""
    release = office.bundles.meant_for(device.id)
    if release is None:
        raise HTTPException(404, "no bundle was published")
    known = _TAG.fullmatch(if_none_match.strip())
    if known:
        office.bundles.note_taken(device.id, int(known[1]), now=office.clock())
    headers = _headers(release)
    if release.etag in (tag.strip() for tag in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    data = office.bundles.data(release.version)
    found = _REST_FROM.fullmatch(range_)
    start = int(found[1]) if found and if_range == release.etag else 0
    if not 0 < start < len(data):
        return Response(data, media_type=MEDIA_TYPE, headers=headers)
    headers |= {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
    return Response(data[start:], status_code=206, media_type=MEDIA_TYPE, headers=headers)


def _headers(release: Release) -> dict[str, str]:
    return {
        "ETag": release.etag,
        "Accept-Ranges": "bytes",
        SERIAL: str(release.serial),
        VERSION: release.version,
        KEY: release.key_id,
        SIGNATURE: b64encode(release.signature).decode(),
    }
