"""The disk at its limits: free space, refusals, and names that survive a power cut."""

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voice.models.errors import NotEnoughSpace, StoreBusy, StoreNotWritable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FULL = (errno.ENOSPC, errno.EDQUOT)


def ensure_free(folder: Path, needed_bytes: int) -> None:
    """Raises NotEnoughSpace unless the disk of `folder` (which exists) has room."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise NotEnoughSpace(folder, needed_bytes, free_bytes)


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system says about files in `folder` into NotEnoughSpace or StoreNotWritable."""
    try:
        yield
    except OSError as refused:
        if refused.errno in _FULL:
            raise NotEnoughSpace(folder, None, None) from refused
        raise StoreNotWritable(folder, refused.strerror or str(refused)) from refused


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold `folder` against other processes; a dead holder holds nothing.  Raises StoreBusy."""
    with (folder / ".lock").open("a+b") as lock:
        try:
            _lock(lock.fileno())
        except (BlockingIOError, PermissionError) as held:
            raise StoreBusy(folder) from held
        yield


def _lock(descriptor: int) -> None:
    """Released by the system when the file is closed."""
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def sync_file(path: Path) -> None:
    """The content of `path` is on the disk when this returns."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """The names in `folder` are on the disk when this returns (Windows cannot, and does it itself)."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
