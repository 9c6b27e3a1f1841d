"""How a device gets the knowledge bundle in use: into a file, going on where an earlier try broke off.  Believes nothing."""

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx

from server.bundle_signature import MOST_SERIAL
from server.bundles import LARGEST_BUNDLE, etag_of
from server.errors import DeskError, DeskUnavailable

_VERSION: Final = re.compile(r"[\w.+-]{1,64}", re.ASCII)
_SUFFIX: Final = ".part"


class NothingPublished(DeskError):
    """The desk has no bundle; there may be one later."""

    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A bundle lies in a file, as the desk (or somebody in its place) sent it.  Verify it before anything else."""

    path: Path
    serial: int
    version: str  # as its headers say
    key_id: str
    signature: bytes


def fetch(http: httpx.Client, folder: Path, *, known: int = 0) -> Fetched | None:
    """Get the bundle in use into a file of `folder`; None when it is still the release with the serial `known`.

    What arrives before a break stays there, and the next call asks for the rest.  Raises DeskUnavailable,
    NothingPublished, OSError for the file (then nothing of it is left).
    """
    begun = _begun(folder)
    headers = {"Accept-Encoding": "identity"} | ({"If-None-Match": etag_of(known)} if known else {})
    if begun:
        headers |= {"Range": f"bytes={begun.stat().st_size}-", "If-Range": etag_of(int(begun.stem))}
    try:
        with http.stream("GET", "/knowledge", headers=headers) as answer:
            if answer.status_code == HTTPStatus.NOT_MODIFIED and known:
                _drop_others(folder, None)
                return None
            return _taken(answer, folder, begun)
    except httpx.HTTPError as error:
        raise DeskUnavailable(f"the desk does not answer ({type(error).__name__})") from error


def _begun(folder: Path) -> Path | None:
    """What an earlier try left, if anything of use."""
    found = [path for path in folder.glob(f"*{_SUFFIX}") if path.stem.isdigit() and path.stat().st_size > 0]
    return max(found, key=lambda path: int(path.stem), default=None)


def _taken(answer: httpx.Response, folder: Path, begun: Path | None) -> Fetched:
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise NothingPublished("the desk has published no knowledge bundle")
    if answer.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise DeskUnavailable(f"the desk answered {answer.status_code}")
    goes_on = answer.status_code == HTTPStatus.PARTIAL_CONTENT
    fetched = _announced(answer, folder)
    if goes_on and begun != fetched.path:
        raise DeskUnavailable("the desk sent the rest of another bundle")
    _drop_others(folder, fetched.path)
    try:
        _write(answer, fetched.path, "ab" if goes_on else "wb")
    except (OSError, ValueError):
        fetched.path.unlink(missing_ok=True)
        raise
    return fetched


def _announced(answer: httpx.Response, folder: Path) -> Fetched:
    """Read the headers.  Raises DeskUnavailable."""
    serial, version = answer.headers.get("Koemado-Serial", ""), answer.headers.get("Koemado-Version", "")
    try:
        signature = b64decode(answer.headers.get("Koemado-Signature", ""), validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if not (serial.isascii() and serial.isdigit() and 0 < int(serial[:20]) <= MOST_SERIAL and signature):
        raise DeskUnavailable("what answers is no desk that publishes bundles")
    if not _VERSION.fullmatch(version):
        raise DeskUnavailable("what answers is no desk that publishes bundles")
    return Fetched(
        path=folder / f"{int(serial)}{_SUFFIX}",
        serial=int(serial),
        version=version,
        key_id=answer.headers.get("Koemado-Key", ""),
        signature=signature,
    )


def _write(answer: httpx.Response, path: Path, mode: str) -> None:
    with path.open(mode) as out:
        size = out.tell()
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > LARGEST_BUNDLE:
                path.unlink(missing_ok=True)
                raise DeskUnavailable("the bundle is larger than any may be")
            out.write(piece)


def _drop_others(folder: Path, path: Path | None) -> None:
    for other in folder.glob(f"*{_SUFFIX}"):
        if other != path:
            other.unlink(missing_ok=True)
