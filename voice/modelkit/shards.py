"""Training data on disk: shards of labelled recordings and shards of features, as .npz files without pickles.

A shard appears under its name only when it is whole, so another process may watch for it.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voice.errors import ModelError

Wave = npt.NDArray[np.int16]  # 16 kHz mono
Features = npt.NDArray[np.floating]  # (frames of 10 ms, 40)
Units = npt.NDArray[np.int64]  # numbers of intents.morae.UNITS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """A recording and what is said in it."""

    wave: Wave
    reading: tuple[str, ...]  # katakana morae
    text: str = ""
    source: str = ""  # the set of sentences, or the file
    speaker: str = ""

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.wave) / 16_000


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """The features of a clip and the units spoken in it."""

    feats: Features  # float16 on disk
    units: Units
    path: Units | None = None  # a unit for every output frame (0 is silence), where it is known


def save_clips(path: Path, clips: Sequence[Clip]) -> None:
    """Write a shard of recordings."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as handle:
        np.savez(
            handle,
            waves=_joined([clip.wave for clip in clips], np.int16),
            lengths=np.array([len(clip.wave) for clip in clips], np.int64),
            readings=np.array([" ".join(clip.reading) for clip in clips], np.str_),
            texts=np.array([clip.text for clip in clips], np.str_),
            sources=np.array([clip.source for clip in clips], np.str_),
            speakers=np.array([clip.speaker for clip in clips], np.str_),
        )
    temporary.replace(path)


def load_clips(path: Path) -> list[Clip]:
    """Read a shard of recordings.  Raises ModelError when it is none."""
    part = _load(path, ("waves", "lengths", "readings", "texts", "sources", "speakers"))
    names = zip(part["readings"], part["texts"], part["sources"], part["speakers"], strict=True)
    return [
        Clip(wave=wave, reading=tuple(str(reading).split()), text=str(text), source=str(source), speaker=str(speaker))
        for wave, (reading, text, source, speaker) in zip(_split(part["waves"], part["lengths"]), names, strict=True)
    ]


def save_examples(path: Path, examples: Sequence[Example]) -> None:
    """Write a shard of features, as float16; with the paths when every example has one."""
    temporary = path.with_suffix(".tmp")
    paths = [example.path for example in examples if example.path is not None]
    aligned = len(paths) == len(examples)
    with temporary.open("wb") as handle:
        np.savez(
            handle,
            feats=_joined([example.feats for example in examples], np.float16),
            frames=np.array([len(example.feats) for example in examples], np.int64),
            units=_joined([example.units for example in examples], np.int16),
            lengths=np.array([len(example.units) for example in examples], np.int64),
            paths=_joined(paths if aligned else [], np.int16),
            steps=np.array([len(units) for units in paths] if aligned else [], np.int64),
        )
    temporary.replace(path)


def load_examples(path: Path) -> list[Example]:
    """Read a shard of features.  Raises ModelError when it is none."""
    part = _load(path, ("feats", "frames", "units", "lengths", "paths", "steps"))
    feats, units = _split(part["feats"], part["frames"]), _split(part["units"], part["lengths"])
    known: list[Units] = [path.astype(np.int64) for path in _split(part["paths"], part["steps"])]
    paths: Sequence[Units | None] = known or [None] * len(feats)
    return [Example(f, u.astype(np.int64), p) for f, u, p in zip(feats, units, paths, strict=True)]


def _joined(arrays: Sequence[npt.NDArray[np.generic]], kind: npt.DTypeLike) -> npt.NDArray[np.generic]:
    return np.concatenate(arrays).astype(kind) if arrays else np.zeros(0, kind)


def _split(joined: npt.NDArray[Any], lengths: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    return np.split(joined, np.cumsum(lengths)[:-1]) if len(lengths) else []


def _load(path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as part:
            return {name: part[name] for name in names}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is no shard of training data: {error}") from error
