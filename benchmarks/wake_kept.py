"""What the wake word's development would otherwise make again: sounds, and the rows that a model makes of them.

Kept in build/wake, by part, kind, amount and seed; for the rows by model too. Delete the folder after changes to the
sounds. With both kept, hours of talk go through the detector in the time that its search and its ear take.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.takes import write_whole
from benchmarks.wake_sounds import Part, Sounds
from voice.audio import RECOGNITION_RATE_HZ, Samples
from voice.wake.acoustics import Acoustics, read_layers

Kind = Literal["calls", "talk", "near", "alike"]
Rows = NDArray[np.float32]

FOLDER: Final = Path("build/wake")
PIECE_H: Final = 0.5  # of talk, made and kept at once
PIECE_SEEDS: Final = 100  # from one such piece to the next
RIGHT_CONTEXT: Final = RECOGNITION_RATE_HZ // 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Take:
    """A sound, and where in it the wake word ends; None when nobody says it."""

    samples: Samples
    ended_s: float | None
    condition: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to make: so many calls or likenesses, or hours of talk."""

    part: Part
    kind: Kind
    amount: float
    seed: int
    phrase: str = "ねえ、こえまど"

    @property
    def name(self) -> str:
        """Of its file."""
        phrase = "" if self.phrase == "ねえ、こえまど" else hashlib.sha256(self.phrase.encode()).hexdigest()[:8]
        return f"{self.part}-{self.kind}-{self.amount:g}-{self.seed}{phrase}"


def talk(part: Part, hours: float, seed: int) -> Iterator[Order]:
    """Talk in pieces, so that more of it needs only the rest to be made."""
    while hours > 0:
        yield Order(part=part, kind="talk", amount=min(PIECE_H, hours), seed=seed)
        seed, hours = seed + PIECE_SEEDS, hours - PIECE_H


def takes(order: Order, shared: Path) -> list[Take]:
    """The sounds, made when they are not kept."""
    file = FOLDER / f"{order.name}.npz"
    if not file.exists():
        made = [*_made(order, Sounds(order.part, shared, seed=order.seed))]
        write_whole(file, lambda path: _write(path, made))
    with np.load(file) as data:
        pieces = np.split(data["samples"], np.cumsum(data["sizes"])[:-1])
        ends = [None if np.isnan(end) else float(end) for end in data["ends"]]
        notes = [str(note).split("|") for note in data["notes"]]
    return [Take(samples=s, ended_s=e, condition=c, who=w) for s, e, (c, w) in zip(pieces, ends, notes, strict=True)]


def rows(order: Order, shared: Path, model: Path) -> list[Rows]:
    """Log-probabilities of each take, some 0.25 s longer than it."""
    file = FOLDER / f"{order.name}-{_digest(model)}.npz"
    if not file.exists():
        acoustics = Acoustics(read_layers(model))
        found = [_rows(acoustics, take.samples) for take in takes(order, shared)]
        write_whole(file, lambda path: _write_rows(path, found))
    with np.load(file) as data:
        whole = data["rows"].astype(np.float32)
        return np.split(whole, np.cumsum(data["sizes"])[:-1])


class RememberedAcoustics(Acoustics):
    """Acoustics that compute what they have not heard before, and remember it by all that came since the reset."""

    def __init__(self, model: Path) -> None:
        self._memory: dict[bytes, Rows] = {}
        self._file = FOLDER / f"heard-{_digest(model)}.npz"
        self._known = 0
        self._heard = hashlib.blake2b(digest_size=12)
        self._unheard: list[Samples] = []
        super().__init__(read_layers(model))
        if self._file.exists():
            self._load()

    def reset(self) -> None:
        """Begin a new stream."""
        super().reset()
        self._heard, self._unheard = hashlib.blake2b(digest_size=12), []

    def accept(self, samples: Samples) -> Rows:
        """The rows that are known now, from memory if they are in it."""
        self._heard.update(samples.tobytes())
        key = self._heard.digest()
        if key not in self._memory:
            for before in self._unheard:
                super().accept(before)
            self._unheard = []
            self._memory[key] = super().accept(samples).astype(np.float16)
        else:
            self._unheard.append(samples)
        return self._memory[key].astype(np.float32)

    def keep(self) -> None:
        """Write what is new to disk."""
        if len(self._memory) > self._known:
            write_whole(self._file, self._write_memory)

    def _write_memory(self, path: Path) -> None:
        keys = np.frombuffer(b"".join(self._memory), np.uint8).reshape(len(self._memory), -1)
        found = [*self._memory.values()]
        with path.open("wb") as file:
            np.savez(file, keys=keys, rows=np.concatenate(found), sizes=np.array([len(f) for f in found]))

    def _load(self) -> None:
        with np.load(self._file) as data:
            pieces = np.split(data["rows"], np.cumsum(data["sizes"])[:-1])
            self._memory = {key.tobytes(): piece for key, piece in zip(data["keys"], pieces, strict=True)}
        self._known = len(self._memory)


def _made(order: Order, sounds: Sounds) -> Iterator[Take]:
    if order.kind == "calls":
        for call in sounds.calls(int(order.amount), [order.phrase] if order.phrase != "ねえ、こえまど" else ()):
            yield Take(samples=call.samples, ended_s=call.ended_s, condition=call.condition, who=call.who)
        return
    others = {
        "talk": lambda: sounds.talk(order.amount),
        "near": sounds.near,
        "alike": lambda: sounds.alike(order.phrase, int(order.amount)),
    }
    for samples in others[order.kind]():
        yield Take(samples=samples, ended_s=None, condition="", who="")


def _write(path: Path, made: list[Take]) -> None:
    with path.open("wb") as file:
        np.savez(
            file,
            samples=np.concatenate([take.samples for take in made]),
            sizes=np.array([len(take.samples) for take in made]),
            ends=np.array([np.nan if take.ended_s is None else take.ended_s for take in made]),
            notes=np.array([f"{take.condition}|{take.who}" for take in made]),
        )


def _rows(acoustics: Acoustics, samples: Samples) -> Rows:
    acoustics.reset()
    return acoustics.accept(np.concatenate([samples, np.zeros(RIGHT_CONTEXT, np.int16)]))


def _write_rows(path: Path, found: list[Rows]) -> None:
    with path.open("wb") as file:
        np.savez(file, rows=np.concatenate(found).astype(np.float16), sizes=np.array([len(f) for f in found]))


def _digest(model: Path) -> str:
    return hashlib.sha256((model / "am" / "final.mdl").read_bytes()).hexdigest()[:12]
