"""Unpacking the zip of a stranger: every name is judged before the first byte is written."""

import lzma
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from voice.models.disk import disk_errors, ensure_free, sync_file, sync_folder
from voice.models.errors import ArchiveRejected

_MOST_MEMBERS = 5_000  # a Vosk model has some twenty files
_ENCRYPTED = 0x1
_FORBIDDEN = re.compile(r"^/|[\\:\0]|(^|/)\.\.?(/|$)|//")  # absolute, drive or stream, Windows separator, NUL, dots
_COPY_BYTES = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError)


def unpack(zip_path: Path, target: Path, *, max_bytes: int) -> Path:
    """Unpack a model into the new folder `target`; the folder inside it that holds the model.

    Everything is on the disk when this returns.  Raises ArchiveRejected (unsafe, broken, encrypted or more than
    `max_bytes`), NotEnoughSpace, StoreNotWritable; `target` may then be half filled.
    """
    with disk_errors(target.parent), _archive(zip_path) as archive:
        members = archive.infolist()
        why = find_danger(members, max_bytes=max_bytes)
        if why is not None:
            raise ArchiveRejected(zip_path, why)
        ensure_free(target.parent, sum(member.file_size for member in members))
        target.mkdir()
        for member in members:
            _write(archive, member, target)
        _sync_tree(target)
    return _model_root(target)


def find_danger(members: Sequence[zipfile.ZipInfo], *, max_bytes: int) -> str | None:
    """Why an archive must not be unpacked, None when nothing speaks against it.  Pure."""
    if len(members) > _MOST_MEMBERS:
        return f"it holds {len(members)} files"
    total = sum(member.file_size for member in members)
    if total > max_bytes:
        return f"it would unpack to {total} bytes, at most {max_bytes} are right for this model"
    for member in members:
        why = _danger_of(member)
        if why is not None:
            return f"it holds {why}"
    return _find_collision(members)


def _danger_of(member: zipfile.ZipInfo) -> str | None:
    name = member.orig_filename  # as it stands in the zip, before zipfile repairs it
    if not name or _FORBIDDEN.search(name):
        return f"the unsafe path {name!r}"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return f"a link or special file ({name!r})"
    if member.flag_bits & _ENCRYPTED:
        return f"encrypted files ({name!r})"
    return None


def _find_collision(members: Sequence[zipfile.ZipInfo]) -> str | None:
    """Two members for one path: what is written would depend on the order, or on the case of the file system."""
    files: set[str] = set()
    for member in members:
        name = member.filename.rstrip("/").casefold()
        if name in files:
            return f"it holds {member.filename!r} twice"
        if not member.is_dir():
            files.add(name)
    for member in members:
        parents = Path(member.filename.casefold()).parents
        if any(parent.as_posix() in files for parent in parents):
            return f"it holds {member.filename!r} below a file"
    return None


@contextmanager
def _archive(zip_path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(zip_path) as archive:
            yield archive
    except _BROKEN as broken:
        raise ArchiveRejected(zip_path, f"it is damaged ({broken})") from broken


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    path = target / member.filename
    if member.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as packed, path.open("xb") as out:
        shutil.copyfileobj(packed, out, _COPY_BYTES)  # zipfile stops at the announced size and checks the CRC


def _sync_tree(target: Path) -> None:
    for path in sorted(target.rglob("*")):
        if path.is_dir():
            sync_folder(path)
        else:
            sync_file(path)
    sync_folder(target)


def _model_root(target: Path) -> Path:
    """Vosk's zips hold one folder with everything in it."""
    inside = list(target.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else target
