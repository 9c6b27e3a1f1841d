"""What can go wrong with speech models; each text is one line: what happened, why, what to do."""

from collections.abc import Sequence
from pathlib import Path

from voice.errors import ModelError

_MEGABYTE, _GIGABYTE = 1_000_000, 1_000_000_000
_WHOLE_MEGABYTES = 10  # from here on tenths say nothing


def size_text(size_bytes: int) -> str:
    """A size as people read it ("1.1 GB", "48 MB", "0.3 MB")."""
    if size_bytes >= _GIGABYTE:
        return f"{size_bytes / _GIGABYTE:.1f} GB"
    megabytes = size_bytes / _MEGABYTE
    return f"{megabytes:.0f} MB" if megabytes >= _WHOLE_MEGABYTES else f"{megabytes:.1f} MB"


class ModelUnknown(ModelError):
    """Neither a name of the catalogue nor a folder; another word is needed."""

    def __init__(self, asked: str, names: Sequence[str]) -> None:
        super().__init__(
            f"there is no speech model {asked!r}: give {', '.join(names)}, or the path of a folder with a Vosk model"
        )


class NotDownloadable(ModelError):
    """A model that comes with Koemado; there is nothing to install."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the speech model {name!r} is not downloaded: it comes with Koemado and is always there")


class ModelMissing(ModelError):
    """A known model that is not on this machine; installing it helps."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the speech model {name!r} is not installed: run `koemado models install {name}`")


class ModelDamaged(ModelError):
    """A folder that Vosk could not load; installing it again, or another folder, helps."""

    def __init__(self, folder: Path, what: str, remedy: str | None = None) -> None:
        self.what = what
        remedy = remedy or "install it again, or choose another with `koemado models use`"
        super().__init__(f"the speech model in {folder} cannot be used: {what}; {remedy}")


class ChoiceUnreadable(ModelError):
    """The file that remembers the chosen model is broken; choosing again rewrites it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} does not say which speech model is chosen: it is damaged; run `koemado models use embedded`"
        )


class ArchiveRejected(ModelError):
    """A zip that is broken or tries something; the same file will never be accepted."""

    def __init__(self, zip_path: Path, why: str) -> None:
        super().__init__(f"{zip_path.name} was not installed: {why}; nothing was changed, fetch the file again")


class NotEnoughSpace(ModelError):
    """The disk is too full; freeing space and running the same command again helps."""

    def __init__(self, folder: Path, needed_bytes: int | None, free_bytes: int | None) -> None:
        amount = "" if needed_bytes is None else f" (needed {size_text(needed_bytes)}"
        amount += "" if free_bytes is None or not amount else f", free {size_text(free_bytes)}"
        super().__init__(
            f"not enough disk space in {folder}{amount and amount + ')'}: free some and run the same command again"
        )


class StoreNotWritable(ModelError):
    """The data folder refuses to be written; rights or another folder help."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"cannot write in {folder}: {reason}; give this user the right, or set another data folder")


class StoreBusy(ModelError):
    """Another process is installing; waiting helps."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"another koemado is installing a model in {folder}: wait until it has finished, then run again"
        )


class DownloadError(ModelError):
    """The archive did not arrive; the text holds the way without a network."""

    def __init__(self, what: str, *, url: str, name: str) -> None:
        file_name = url.rsplit("/", 1)[-1]
        super().__init__(
            f"{what}; without a network here, fetch {url} on another machine and run"
            f" `koemado models install {name} --from {file_name}`"
        )


class Unreachable(DownloadError):
    """No connection at all: no network, no such host, or a proxy in between."""

    def __init__(self, reason: str, done_bytes: int, *, url: str, name: str) -> None:
        kept = f" (the {size_text(done_bytes)} that are here are kept)" if done_bytes else ""
        super().__init__(f"cannot reach the model server: {reason}{kept}", url=url, name=name)


class DownloadStopped(DownloadError):
    """It was cut too often; the same command continues it."""

    def __init__(self, reason: str, done_bytes: int, *, url: str, name: str) -> None:
        kept = f"the part is kept ({size_text(done_bytes)}), the same command continues it"
        super().__init__(f"the download stopped: {reason}; {kept}", url=url, name=name)


class DownloadRefused(DownloadError):
    """The server has no such file, or sends something else; the address is wrong."""

    def __init__(self, reason: str, *, url: str, name: str) -> None:
        super().__init__(f"the download was refused: {reason}; check the address (--base-url)", url=url, name=name)
