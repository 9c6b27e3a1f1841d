"""Synthetic customers: a text spoken by a given voice, in a given noise, at 16 kHz."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from voice.audio import RECOGNITION_RATE_HZ, Samples
from voice.audio_files import resample
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.prosody import Prosody

ROOM_TONE = 5.0  # standard deviation, on the int16 scale: no microphone is ever perfectly still
LEVEL = 0.4 * 32767  # peak of the speech
BEFORE_MS, AFTER_MS = 300, 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody who asks."""

    voice: Path | None = None  # .htsvoice; None is Open JTalk's own (Mei)
    speed: float = 1.0
    pitch: float = 0.0  # semitones


class Studio:
    """Speaks texts as customers; engines are kept."""

    def __init__(self, *, seed: int = 1) -> None:
        self._engines: dict[Customer, OpenJTalkSynthesizer] = {}
        self._rng = np.random.default_rng(seed)

    def take(self, text: str, customer: Customer) -> Samples:
        """The text at 16 kHz with quiet before and after it, over faint room tone."""
        chunk = self._engine(customer).synthesize(text)
        speech = resample(chunk.samples, chunk.rate_hz, RECOGNITION_RATE_HZ).astype(np.float64)
        speech *= LEVEL / max(1.0, np.abs(speech).max())
        framed = np.concatenate([np.zeros(BEFORE_MS * 16), speech, np.zeros(AFTER_MS * 16)])
        return _pcm(framed + self._rng.standard_normal(len(framed)) * ROOM_TONE)

    def in_noise(self, speech: Samples, noise: Samples, snr_db: float) -> Samples:
        """The speech with noise at a signal-to-noise ratio over the loud part of the speech."""
        start = int(self._rng.integers(len(noise)))
        bed = np.resize(np.roll(noise, -start), len(speech)).astype(np.float64)
        loud = speech[np.abs(speech.astype(np.int32)) > LEVEL / 50]
        gain = np.sqrt(np.mean(loud.astype(np.float64) ** 2) / max(1e-9, np.mean(bed**2))) * 10 ** (-snr_db / 20)
        return _pcm(speech + bed * gain)

    def _engine(self, customer: Customer) -> OpenJTalkSynthesizer:
        if customer not in self._engines:
            prosody = Prosody(speed=customer.speed, pitch_semitones=customer.pitch)
            self._engines[customer] = OpenJTalkSynthesizer(customer.voice, prosody)
        return self._engines[customer]


def _pcm(wave: np.ndarray) -> Samples:
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)


def shared_folder() -> Path | None:
    """The folder of third-party test data that KOEMADO_SHARED names, None when it is not set."""
    name = os.environ.get("KOEMADO_SHARED")
    return Path(name) if name else None


def customers(shared: Path | None) -> tuple[Customer, ...]:
    """Voices to ask with: styles the embedded model was not trained on where they are at hand, else Mei varied."""
    if shared is None:
        return (Customer(pitch=-3.0), Customer(pitch=2.0, speed=1.15), Customer(pitch=-1.0, speed=0.9))
    bashful, sad = shared / "voices/mei_bashful.htsvoice", shared / "voices/tohoku-f01-sad.htsvoice"
    return (
        Customer(voice=bashful),
        Customer(voice=sad, pitch=-2.0, speed=1.1),
        Customer(voice=bashful, pitch=-3.0, speed=1.15),
        Customer(voice=sad, pitch=1.0, speed=0.95),
    )


def noises(shared: Path | None, *, seed: int = 2) -> dict[str, Samples]:
    """Noise beds by name: babble and household sounds where they are at hand, else brown noise made here."""
    if shared is None:
        walk = np.cumsum(np.random.default_rng(seed).standard_normal(16_000 * 10))
        walk -= np.convolve(walk, np.ones(1600) / 1600, "same")
        return {"brown": _pcm(walk / np.abs(walk).max() * 8000)}
    files = [*sorted((shared / "noise/babble").glob("*.wav")), *sorted((shared / "noise/esc10").glob("*.wav"))[::4]]
    return {f.stem: soundfile.read(f, dtype="int16")[0] for f in files}


def rows(path: Path) -> list[dict[str, str]]:
    """A TSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
