"""Is a model what its makers published?"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voice.models.catalogue import CatalogueEntry, ModelFile
from voice.models.errors import ModelDamaged
from voice.models.inspect import ModelFacts, inspect_model

NO_HASH = "no published hash is known; its structure is checked instead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """A model that passed, and how much that says."""

    name: str  # of the catalogue, or the path of a folder that is in none
    facts: ModelFacts
    hashed_files: int  # 0: only the structure was checked

    @property
    def summary(self) -> str:
        """What was checked, for people."""
        return f"{self.hashed_files} files match their sha256" if self.hashed_files else NO_HASH


def verify_entry(entry: CatalogueEntry, folder: Path) -> Verification:
    """Check structure and known hashes; reads all hashed files.  Raises ModelDamaged."""
    remedy = f"run `koemado models install {entry.name} --force`" if entry.archive else "install Koemado again"
    try:
        facts = inspect_model(folder)
        verify_files(folder, entry.files)
    except ModelDamaged as damaged:
        raise ModelDamaged(folder, damaged.what, remedy) from damaged
    return Verification(name=entry.name, facts=facts, hashed_files=len(entry.files))


def verify_folder(folder: Path) -> Verification:
    """Check a folder that is in no catalogue: its structure is all that can be checked.  Raises ModelDamaged."""
    return Verification(name=str(folder), facts=inspect_model(folder), hashed_files=0)


def verify_files(folder: Path, files: Sequence[ModelFile]) -> None:
    """Compare sizes first, then sha256.  Raises ModelDamaged at the first difference."""
    for file in files:
        path = folder / file.path
        if not path.is_file():
            raise ModelDamaged(folder, f"{file.path} is missing")
        if path.stat().st_size != file.size_bytes:
            raise ModelDamaged(folder, f"{file.path} has {path.stat().st_size} bytes instead of {file.size_bytes}")
    for file in files:
        if _sha256(folder / file.path) != file.sha256:
            raise ModelDamaged(folder, f"{file.path} has another sha256 than the published file")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
