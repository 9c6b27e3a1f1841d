"""What the baselines found, kept in build/bench: they do not change while the ranker does."""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from benchmarks import baselines
from benchmarks.baselines import Baseline, Ranking, Row, all_baselines


def kept_rankings(rows: Sequence[Row], folder: Path) -> list[Baseline]:
    """Every baseline over the rows; each is built only when it is asked something new."""
    shelf = _Shelf(rows, folder)
    return [KeptRanking(name, place, shelf) for place, name in enumerate(baselines.NAMES)]


class KeptRanking:
    """A baseline that asks itself only once."""

    def __init__(self, name: str, place: int, shelf: "_Shelf") -> None:
        self.name, self._place, self._shelf = name, place, shelf

    def rank(self, text: str, limit: int) -> Ranking:
        """As the baseline ranks."""
        return self._shelf.found(f"{self.name} {limit} {text}", lambda b: b[self._place].rank(text, limit))


class _Shelf:
    def __init__(self, rows: Sequence[Row], folder: Path) -> None:
        self._rows = rows
        digest = hashlib.sha256(repr([(row.text, row.topic) for row in rows]).encode())
        digest.update(Path(baselines.__file__).read_bytes())
        digest.update(" ".join(version(name) for name in ("rapidfuzz", "sudachidict_core")).encode())
        self._file = folder / f"baselines-{digest.hexdigest()[:16]}.jsonl"
        self._known = _read(self._file)

    @cached_property
    def _baselines(self) -> list[Baseline]:
        return all_baselines(self._rows)

    def found(self, key: str, rank: Callable[[list[Baseline]], Ranking]) -> Ranking:
        """What is kept under the key, else what `rank` gives."""
        if key not in self._known:
            self._known[key] = rank(self._baselines)
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, self._known[key]], ensure_ascii=False) + "\n")
        return self._known[key]


def _read(file: Path) -> dict[str, Ranking]:
    out: dict[str, Ranking] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            key, found = json.loads(line)
        except ValueError:  # cut short when a run was stopped
            continue
        out[key] = [(topic, score) for topic, score in found]
    return out
