"""Recordings of human speakers with the morae they say: single words to train on, sentences to measure with."""

import csv
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import resample_poly

from intents.morae import LONG, normalise, spelled
from voice.modelkit.open_jtalk import reading_of
from voice.modelkit.shards import Clip, Wave
from voice.modelkit.topology import RATE_HZ

_WORD_LEVEL: Final = 3000  # standard deviation of a word when words are joined, on the scale of int16
_DICTIONARY_KANA: Final = ("wav/tofugu", "wav/spco")  # recordings whose manifest has the reading as spelled
_GROUP_SIZES: Final = (1, 1, 2, 3, 4)


def names_in(path: Path | None) -> frozenset[str]:
    """Read names, one a line; none without a file."""
    return frozenset(path.read_text(encoding="utf-8").splitlines()) if path else frozenset()


def human_words(folder: Path, held_out: Collection[str], *, wanted: bool = False) -> Iterator[Clip]:
    """Yield the recordings named 漢字【かな】.ogg, without the held-out names or (wanted) those alone."""
    for path in sorted(folder.glob("*.ogg")):
        if "【" not in path.stem or (path.stem in held_out) != wanted:
            continue
        word, kana = path.stem.rstrip("】").split("【", 1)
        dictionary = spelled(kana)
        if dictionary:
            reading = _pronounced(word.strip("〜～"), dictionary)
            yield Clip(wave=_read_wave(path), reading=tuple(reading), text=word, source=path.stem, speaker="human")


def _pronounced(word: str, dictionary: list[str]) -> list[str]:
    """Prefer Open JTalk's reading, which knows long vowels, unless it reads the word differently."""
    try:
        reading = reading_of(word) or []
    except KeyError:
        return dictionary
    same = len(reading) == len(dictionary)
    return reading if same and all(_alike(*pair) for pair in zip(reading, dictionary, strict=True)) else dictionary


def _alike(mora: str, other: str) -> bool:
    return mora == other or LONG in (mora, other)


def _read_wave(path: Path) -> Wave:
    samples, rate_hz = soundfile.read(path, always_2d=True)
    mono = samples.mean(1)
    common = np.gcd(RATE_HZ, rate_hz)
    return _as_int16(resample_poly(mono, RATE_HZ // common, rate_hz // common) * 32767)


def _as_int16(wave: npt.NDArray[np.floating]) -> Wave:
    clipped: Wave = np.clip(wave, -32768, 32767).astype(np.int16)
    return clipped


def joined(words: Sequence[Clip], rng: np.random.Generator) -> Clip:
    """One to four words in a row with short gaps, so that single words also teach connected speech."""
    picked = [words[int(rng.integers(len(words)))] for _ in range(int(rng.choice(_GROUP_SIZES)))]
    pieces: list[npt.NDArray[np.floating]] = []
    for word in picked:
        wave = word.wave.astype(np.float32)
        pieces += [wave / (wave.std() + 1e-9) * _WORD_LEVEL, np.zeros(int(RATE_HZ * rng.uniform(0.0, 0.35)))]
    reading = normalise(mora for word in picked for mora in word.reading)
    return Clip(wave=_as_int16(np.concatenate(pieces)), reading=tuple(reading), speaker="human")


def human_sets(folder: Path) -> dict[str, list[Clip]]:
    """Human recordings with a reading, by source, from a folder with a manifest.tsv (file, transcript, reading, tier).

    Roughly aligned, English, unreadable and not 16 kHz recordings are left out.
    """
    sets: dict[str, list[Clip]] = {}
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["tier"] != "approx" and "en.wav" not in row["file"]:
                for clip in _manifest_clip(folder, row):
                    sets.setdefault(Path(row["file"]).parts[1], []).append(clip)
    return sets


def _manifest_clip(folder: Path, row: dict[str, str]) -> Iterator[Clip]:
    by_kana = row["file"].startswith(_DICTIONARY_KANA)
    try:
        reading = spelled(row["reading"]) if by_kana else reading_of(row["transcript"])
    except KeyError:
        reading = None
    wave, rate_hz = soundfile.read(folder / row["file"], dtype="int16")
    if reading and rate_hz == RATE_HZ:
        yield Clip(
            wave=wave, reading=tuple(reading), text=row["transcript"], source=row["file"], speaker=row["speaker"]
        )
