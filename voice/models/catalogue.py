"""The speech models Koemado knows, from `voice/data/models.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voice.models.errors import DownloadRefused, ModelUnknown, NotDownloadable

DATA_DIR = Path(__file__).parent.parent / "data"
EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file of a model with what is known of its content."""

    path: str  # inside the model folder, with /
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How well a model hears, on one set."""

    measure: str  # "CER" characters, "MER" morae
    test_set: str
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The zip of a model on the server."""

    file_name: str
    zip_bytes_about: int  # for the free-space check only
    unpacked_bytes_about: int
    unpacked_bytes_max: int  # what unpacks to more is not this model


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One model that can be named in settings and commands."""

    name: str
    folder: str  # Vosk's own name of it
    licence: str
    note: str
    figures: tuple[Figure, ...]
    figures_source: str
    files: tuple[ModelFile, ...]  # those whose hash is known; may be none
    archive: Archive | None  # None: part of the package, nothing to download

    def url(self, base_url: str) -> str:
        """Where its zip is.  Raises DownloadRefused when `base_url` is no web address, NotDownloadable without a zip."""
        if self.archive is None:
            raise NotDownloadable(self.name)
        url = f"{base_url.rstrip('/')}/{self.archive.file_name}"
        if not base_url.startswith(("https://", "http://")):
            raise DownloadRefused(f"{base_url!r} is no web address", url=url, name=self.name)
        return url


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All models, in the order people see them."""

    base_url: str
    entries: tuple[CatalogueEntry, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names people may use."""
        return tuple(entry.name for entry in self.entries)

    def entry(self, name: str) -> CatalogueEntry:
        """The model called `name`.  Raises ModelUnknown."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise ModelUnknown(name, self.names)


def load_catalogue(path: Path = DATA_DIR / "models.toml") -> Catalogue:
    """The shipped catalogue, or another in the same form."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return Catalogue(base_url=raw["base_url"], entries=tuple(_entry(model) for model in raw["models"]))


def _entry(raw: dict[str, Any]) -> CatalogueEntry:
    archive = raw.get("archive")
    return CatalogueEntry(
        name=raw["name"],
        folder=raw["folder"],
        licence=raw["licence"],
        note=raw["note"],
        figures=tuple(Figure(**figure) for figure in raw["figures"]),
        figures_source=raw["figures_source"],
        files=tuple(ModelFile(**file) for file in raw["files"]),
        archive=None if archive is None else Archive(**archive),
    )
