"""Where models live on this machine, and which one is chosen."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from voice.files import write_atomically
from voice.models import swap
from voice.models.catalogue import DATA_DIR, Catalogue, CatalogueEntry, load_catalogue
from voice.models.disk import disk_errors, exclusive
from voice.models.errors import ChoiceUnreadable, ModelMissing, ModelUnknown
from voice.models.inspect import ModelFacts, inspect_model
from voice.models.verify import Verification, verify_entry

_CHOICE_FILE = "model-choice.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel:
    """A model of the catalogue that is on this machine (not checked)."""

    entry: CatalogueEntry
    path: Path


class ModelStore:
    """The models below one data folder, `<data_dir>/models/<name>`, and the choice in `<data_dir>/model-choice.json`.

    Reading creates nothing.  A model is replaced whole, so readers need no lock.
    """

    def __init__(self, data_dir: Path, *, catalogue: Catalogue | None = None) -> None:
        self.catalogue = catalogue or load_catalogue()
        self.models_dir = data_dir / "models"
        self._data_dir = data_dir
        self._choice = data_dir / _CHOICE_FILE

    def installed(self) -> tuple[InstalledModel, ...]:
        """What is here, the embedded model included, in the order of the catalogue."""
        found = (InstalledModel(entry=entry, path=self.path_of(entry.name)) for entry in self.catalogue.entries)
        return tuple(model for model in found if model.path.is_dir())

    def path_of(self, name: str) -> Path:
        """The folder of a model of the catalogue, whether or not it is there.  Raises ModelUnknown."""
        entry = self.catalogue.entry(name)
        if entry.archive is None:
            return DATA_DIR / "models" / entry.folder
        return swap.current(self.models_dir / name)

    def choose(self, name_or_path: str) -> ModelFacts:
        """Remember a model for later runs, after checking that it can be used.

        Raises ModelUnknown, ModelMissing, ModelDamaged, NotEnoughSpace, StoreNotWritable.
        """
        folder = locate_model(name_or_path, self)
        facts = inspect_model(folder)
        choice = name_or_path if name_or_path in self.catalogue.names else str(folder)
        with disk_errors(self._data_dir):
            write_atomically(self._choice, f"{json.dumps({'model': choice})}\n".encode())
        return facts

    def choice(self) -> str | None:
        """What was chosen, as a name or an absolute path; None before the first choice.  Raises ChoiceUnreadable."""
        try:
            model = json.loads(self._choice.read_text(encoding="utf-8"))["model"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as broken:
            raise ChoiceUnreadable(self._choice) from broken
        if not isinstance(model, str):
            raise ChoiceUnreadable(self._choice)
        return model

    def chosen(self) -> Path | None:
        """The folder of the chosen model, None before the first choice.

        Raises ChoiceUnreadable, and ModelMissing or ModelUnknown when what was chosen has gone.
        """
        choice = self.choice()
        return None if choice is None else locate_model(choice, self)

    def verify(self, name: str) -> Verification:
        """Check a model of the catalogue, reading all of it.  Raises ModelUnknown, ModelMissing, ModelDamaged."""
        folder = self.path_of(name)
        if not folder.is_dir():
            raise ModelMissing(name)
        return verify_entry(self.catalogue.entry(name), folder)

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """Hold the models folder for changes, with the leftovers of a killed run put right; yields it.

        Raises StoreBusy, NotEnoughSpace, StoreNotWritable.
        """
        with disk_errors(self.models_dir):
            self.models_dir.mkdir(parents=True, exist_ok=True)
            with exclusive(self.models_dir):
                swap.settle(self.models_dir)
                yield self.models_dir


def locate_model(name_or_path: str, store: ModelStore) -> Path:
    """The folder for a name of the catalogue ("embedded", "small", "large") or a path; names win, `./small` is a path.

    Looks only whether it is there.  Raises ModelMissing (a name) or ModelUnknown (anything else).
    """
    if name_or_path in store.catalogue.names:
        folder = store.path_of(name_or_path)
        if not folder.is_dir():
            raise ModelMissing(name_or_path)
        return folder
    folder = Path(name_or_path).expanduser().absolute()
    if not name_or_path or not folder.is_dir():
        raise ModelUnknown(name_or_path, store.catalogue.names)
    return folder
