"""Which recognition leads for a model, and how far it is believed: measured, kept, looked up."""

import hashlib
import json
import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any

from voice.files import write_atomically
from voice.models.inspect import VocabularyKind
from voice.recognition.second_opinion import Trust

log = logging.getLogger(__name__)

_FILE = "listening.json"
_END_BYTES = 1 << 20  # of a model's file that stand for all of it: a large model has a gigabyte


class Lead(StrEnum):
    """Who hears."""

    OPEN = "open"  # the model alone, whatever the base says
    BASE = "base"  # recognition that expects the base, alone
    BOTH = "both"  # the base's, with open recognition as second opinion


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """How one model is listened to."""

    lead: Lead
    trust: Trust  # of the base's recognition where both hear

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Listening":
        """What `plain` gave.  Raises KeyError, TypeError or ValueError for anything else."""
        trust = Trust(disbelieved_at=float(plain["disbelieved_at"]), believed_at=float(plain["believed_at"]))
        if not 0 <= trust.disbelieved_at < trust.believed_at:
            raise ValueError(f"trust cannot rise from {trust.disbelieved_at} to {trust.believed_at}")
        return cls(lead=Lead(plain["lead"]), trust=trust)

    def plain(self) -> dict[str, Any]:
        """As JSON and TOML have it."""
        trust = self.trust
        return {"lead": self.lead.value, "disbelieved_at": trust.disbelieved_at, "believed_at": trust.believed_at}


def shipped_listening(kind: VocabularyKind) -> Listening:
    """What is used until a model was measured here."""
    data = tomllib.loads(files("voice.recognition").joinpath("listening.toml").read_text(encoding="utf-8"))
    return Listening.of(data[kind.value])


class ListeningStore:
    """What was measured on this machine, in `<data_dir>/listening.json`, by the content of the model."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / _FILE

    def of(self, model: Path) -> Listening | None:
        """What was measured for the model in a folder; None before that, and with a warning when it cannot be read."""
        try:
            found = self._all().get(_fingerprint(model))
            return Listening.of(found) if found else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("%s cannot be read (%s): `koemado models measure` makes it anew", self._file, error)
            return None

    def keep(self, model: Path, listening: Listening, figures: Mapping[str, Any]) -> None:
        """Remember a measurement and what it found.  Raises OSError."""
        try:
            known = self._all()
        except (ValueError, TypeError):
            known = {}
        known[_fingerprint(model)] = {"model": model.name, **listening.plain(), "figures": dict(figures)}
        write_atomically(self._file, json.dumps(known, ensure_ascii=False, indent=1).encode())

    def _all(self) -> dict[str, Any]:
        if not self._file.exists():
            return {}
        known = json.loads(self._file.read_text(encoding="utf-8"))
        if not isinstance(known, dict):
            raise TypeError("it holds no table")
        return known


def _fingerprint(model: Path) -> str:
    """Of the acoustic model: its length and both ends."""
    path = next((model / name for name in ("am/final.mdl", "final.mdl") if (model / name).exists()), None)
    if path is None:
        return model.name
    digest = hashlib.sha256(str(path.stat().st_size).encode())
    with path.open("rb") as file:
        digest.update(file.read(_END_BYTES))
        file.seek(max(0, path.stat().st_size - _END_BYTES))
        digest.update(file.read())
    return digest.hexdigest()[:32]
