"""Bringing a model in: from the web or from a zip at hand, whole or not at all."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from voice.models import swap
from voice.models.catalogue import Archive, CatalogueEntry
from voice.models.disk import ensure_free
from voice.models.download import Downloader, DownloadJob, Progress, no_progress
from voice.models.errors import ArchiveRejected, ModelDamaged, ModelMissing, NotDownloadable
from voice.models.store import ModelStore
from voice.models.unpack import unpack
from voice.models.verify import Verification, verify_entry

_DOWNLOADS = ".downloads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A model that is now installed and checked."""

    path: Path
    verification: Verification
    already_there: bool  # nothing was changed


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSource:
    """The catalogue's zip from the makers' server or a mirror."""

    base_url: str
    downloader: Downloader
    progress: Progress = no_progress

    def bring(self, entry: CatalogueEntry, archive: Archive, models_dir: Path) -> Path:
        """Fetch the zip, or find the one that an earlier run fetched whole.  Raises like `Downloader.fetch`."""
        folder = models_dir / _DOWNLOADS
        folder.mkdir(exist_ok=True)
        target = folder / archive.file_name
        if not target.exists():
            url = entry.url(self.base_url)
            part = target.with_name(f"{target.name}.part")
            here = part.stat().st_size if part.exists() else 0
            ensure_free(folder, max(archive.zip_bytes_about - here, 0) + archive.unpacked_bytes_about)
            job = DownloadJob(name=entry.name, url=url, target=target, max_bytes=archive.unpacked_bytes_max)
            self.downloader.fetch(job, self.progress)
        return target

    def done(self, zip_path: Path) -> None:
        """The zip is unpacked, or worth nothing: it goes."""
        zip_path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalZip:
    """A zip that somebody carried here; it stays where it is."""

    path: Path

    def bring(self, _entry: CatalogueEntry, _archive: Archive, _models_dir: Path) -> Path:
        """It is here already."""
        return self.path

    def done(self, zip_path: Path) -> None:
        """Leave it."""


def install(
    name: str,
    store: ModelStore,
    source: WebSource | LocalZip,
    *,
    force: bool = False,
    unpacking: Callable[[], None] = lambda: None,
) -> Installation:
    """Install a model of the catalogue; one that is there and sound stays unless `force`.

    `unpacking` is called when the zip is here.  A kill at any moment leaves the model that was there before, or the
    new one.  Raises ModelUnknown, NotDownloadable, StoreBusy, ArchiveRejected, NotEnoughSpace, StoreNotWritable and
    what the source raises.
    """
    entry = store.catalogue.entry(name)
    if entry.archive is None:
        raise NotDownloadable(name)
    with store.writing() as models_dir:
        if not force:
            with suppress(ModelMissing, ModelDamaged):
                return Installation(path=store.path_of(name), verification=store.verify(name), already_there=True)
        zip_path = source.bring(entry, entry.archive, models_dir)
        unpacking()
        try:
            verification = _unpack_checked(entry, entry.archive, zip_path, models_dir / name)
        except ArchiveRejected:
            source.done(zip_path)
            raise
        source.done(zip_path)
    return Installation(path=verification.facts.path, verification=verification, already_there=False)


def _unpack_checked(entry: CatalogueEntry, archive: Archive, zip_path: Path, target: Path) -> Verification:
    new = swap.staging(target)
    try:
        root = unpack(zip_path, new, max_bytes=archive.unpacked_bytes_max)
        checked = _check(entry, root, zip_path)
        swap.put_in_place(root, target)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return replace(checked, facts=replace(checked.facts, path=target))


def _check(entry: CatalogueEntry, root: Path, zip_path: Path) -> Verification:
    try:
        return verify_entry(entry, root)
    except ModelDamaged as damaged:
        raise ArchiveRejected(zip_path, f"it is not {entry.folder}: {damaged.what}") from damaged
