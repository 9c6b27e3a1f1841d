"""Recordings through unmodified Vosk as a microphone would bring them, in pieces of 100 ms."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import vosk

from intents.morae import MORA_PHONES, normalise
from voice.errors import ModelError
from voice.modelkit.shards import Wave
from voice.modelkit.topology import RATE_HZ

CHUNK: Final = RATE_HZ // 10  # samples of one piece
_HISS: Final = 10.0  # standard deviation of silence on the scale of int16


@dataclass(frozen=True, slots=True)
class Heard:
    """What Vosk made of a recording."""

    morae: list[str]
    seconds: float  # spent decoding
    results: Sequence[dict[str, Any]]  # Vosk's own, one for each utterance it found

    @property
    def text(self) -> str:
        """The morae in one string."""
        return "".join(self.morae)


def open_model(folder: Path) -> vosk.Model:
    """Open a model's folder without Vosk's log.  Raises ModelError when it is none."""
    vosk.SetLogLevel(-1)
    if not (folder / "am" / "final.mdl").exists():
        raise ModelError(f"{folder} is no model: am/final.mdl is missing")
    try:
        return vosk.Model(str(folder))
    except Exception as error:  # Vosk raises the base class
        raise ModelError(f"Vosk cannot open {folder}: is there a graph in it?") from error


def recognise(model: vosk.Model, wave: Wave, alternatives: int = 0) -> Heard:
    """Decode a recording; with `alternatives`, the results have that many."""
    recogniser = vosk.KaldiRecognizer(model, RATE_HZ)
    if alternatives:
        recogniser.SetMaxAlternatives(alternatives)
    began, results = time.perf_counter(), []
    for low in range(0, len(wave), CHUNK):
        if recogniser.AcceptWaveform(wave[low : low + CHUNK].tobytes()):
            results.append(json.loads(recogniser.Result()))
    results.append(json.loads(recogniser.FinalResult()))
    spent = time.perf_counter() - began
    said = [mora for result in results for mora in _text(result).split() if mora in MORA_PHONES]
    return Heard(normalise(said), spent, results)


def _text(result: dict[str, Any]) -> str:
    best: dict[str, str] = result["alternatives"][0] if "alternatives" in result else result
    return best.get("text", "")


def silence(seconds: float, rng: np.random.Generator, level: float = _HISS) -> Wave:
    """A quiet room, or with another level a loud hiss."""
    return (rng.standard_normal(int(RATE_HZ * seconds)) * level).astype(np.int16)


def framed(wave: Wave, rng: np.random.Generator) -> Wave:
    """A recording between 0.3 s and 0.5 s of silence."""
    return np.concatenate([silence(0.3, rng), wave, silence(0.5, rng)])


def noisy(wave: Wave, snr_db: float, rng: np.random.Generator) -> Wave:
    """A recording in noise that is half rumble, half hiss."""
    noise = np.cumsum(rng.standard_normal(len(wave))) * 0.02 + rng.standard_normal(len(wave))
    noise -= noise.mean()
    noise *= wave.std() / noise.std() * 10 ** (-snr_db / 20)
    return np.clip(wave + noise, -32768, 32767).astype(np.int16)
