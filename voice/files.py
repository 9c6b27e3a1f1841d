"""Files that are either the old or the new, never half."""

import os
import tempfile
from pathlib import Path

from voice.errors import VoiceError


class FileNotWritten(VoiceError):
    """A file the user named cannot be written; another place is needed.  The exit code is the base's, 1."""


def _umask() -> int:
    """The process's file mode mask; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def write_atomically(path: Path, data: bytes, *, make_folder: bool = True, mode: int = 0o666) -> None:
    """Write through a temporary file beside it.  Raises OSError naming `path`, and then `path` is as it was.

    `mode` is lessened by the process's mask.  `make_folder` is for folders of our own; where a user names the file, a missing folder is a slip of the pen.
    """
    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data, mode)
    except OSError as error:  # it names the temporary file, which nobody knows
        raise OSError(error.errno, error.strerror, str(path)) from error


def _replace(path: Path, data: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode & ~_umask())  # mkstemp's 0600 is for secrets
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
