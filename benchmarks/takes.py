"""Questions spoken by synthetic customers in clean, noisy and reverberant conditions, the same sound for the same words.

Customer, noise, its place and the room tone follow from a hash of the text and the condition, so a question sounds the same in
every run and in every selection of questions.  The dry speech is kept in build/bench/takes.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.spoken import AFTER_MS, BEFORE_MS, LEVEL, ROOM_TONE, Customer, customers
from voice.audio import RECOGNITION_RATE_HZ, Samples
from voice.audio_files import resample
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.prosody import Prosody

Sounds = Sequence[tuple[str, Samples]]
SNRS_DB = (20.0, 10.0, 5.0)
PER_MS = RECOGNITION_RATE_HZ // 1000
LOUD = LEVEL / 50  # what counts as the loud part of the speech, which the noise is measured against


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Where a question is asked."""

    name: str
    noises: Sounds = ()  # one is laid under each question
    snr_db: float = 0.0  # over the loud parts of the speech
    room: Samples | None = None  # impulse response at 16 kHz


CLEAN = Condition(name="clean")


def conditions(shared: Path | None) -> tuple[list[Condition], list[str]]:
    """The conditions there are sounds for, and what is left out for want of them."""
    found, missing = [CLEAN], []
    for kind, folder in (("babble", "noise/babble"), ("ESC", "noise/esc10")):
        sounds = _sounds(shared, folder)
        found += [Condition(name=f"{kind} {snr:g} dB", noises=sounds, snr_db=snr) for snr in SNRS_DB if sounds]
        if not sounds:
            missing.append(f"(b) {kind} at {', '.join(f'{s:g}' for s in SNRS_DB)} dB: {_where(shared, folder)}")
    rooms = _sounds(shared, "noise/ir")
    found += [Condition(name=f"room {name}", room=response) for name, response in rooms]
    if not rooms:
        missing.append(f"(b) room responses: {_where(shared, 'noise/ir')}")
    return found, missing


def _where(shared: Path | None, folder: str) -> str:
    return f"{shared / folder} holds no WAV file" if shared else "KOEMADO_SHARED is not set"


def _sounds(shared: Path | None, folder: str) -> Sounds:
    files = sorted((shared / folder).glob("*.wav")) if shared else []
    return [(file.stem, soundfile.read(file, dtype="int16")[0]) for file in files]


class Stage:
    """Speaks questions; voices and dry speech are kept."""

    def __init__(self, shared: Path | None, kept: Path) -> None:
        self.customers = customers(shared)
        self._kept = kept
        self._voices: dict[Customer, OpenJTalkSynthesizer] = {}

    def take_key(self, text: str, condition: Condition) -> str:
        """Changes with everything the sound depends on."""
        name, noise = self._noise(text, condition)
        digest = hashlib.sha256(self._dry_key(text).encode())
        digest.update(f"{condition.name} {condition.snr_db} {name} {BEFORE_MS} {AFTER_MS} {LEVEL} {ROOM_TONE}".encode())
        for sound in (noise, condition.room):
            digest.update(b"" if sound is None else sound.tobytes())
        return digest.hexdigest()[:32]

    def take(self, text: str, condition: Condition) -> Samples:
        """The question at 16 kHz with quiet before and after it.  Raises SynthesisError."""
        speech = self._dry(text).astype(np.float64)
        if condition.room is not None:
            speech = in_room(speech, condition.room)
        framed = np.concatenate([np.zeros(BEFORE_MS * PER_MS), speech, np.zeros(AFTER_MS * PER_MS)])
        rng = np.random.default_rng(_number(f"{text} {condition.name}"))
        framed += rng.standard_normal(len(framed)) * ROOM_TONE
        _, noise = self._noise(text, condition)
        if noise is not None:
            framed += under(framed, np.roll(noise, -int(rng.integers(len(noise)))), condition.snr_db)
        return _pcm(framed)

    def customer(self, text: str) -> Customer:
        """Who asks this."""
        return self.customers[_number(text) % len(self.customers)]

    @staticmethod
    def _noise(text: str, condition: Condition) -> tuple[str, Samples | None]:
        if not condition.noises:
            return "", None
        return condition.noises[_number(f"{text} noise") % len(condition.noises)]

    def _voice(self, customer: Customer) -> OpenJTalkSynthesizer:
        if customer not in self._voices:
            prosody = Prosody(speed=customer.speed, pitch_semitones=customer.pitch)
            self._voices[customer] = OpenJTalkSynthesizer(customer.voice, prosody)
        return self._voices[customer]

    def _dry_key(self, text: str) -> str:
        voice = self._voice(self.customer(text))
        return hashlib.sha256(f"{voice.fingerprint} {LEVEL} {text}".encode()).hexdigest()[:32]

    def _dry(self, text: str) -> Samples:
        """Only the speech, at 16 kHz, its peak at LEVEL."""
        file = self._kept / f"{self._dry_key(text)}.flac"
        if file.exists():
            samples: Samples = soundfile.read(file, dtype="int16")[0]
            return samples
        chunk = self._voice(self.customer(text)).synthesize(text)
        wave = resample(chunk.samples, chunk.rate_hz, RECOGNITION_RATE_HZ).astype(np.float64)
        speech = _pcm(wave * LEVEL / max(1.0, np.abs(wave).max()))
        write_whole(file, lambda path: soundfile.write(path, speech, RECOGNITION_RATE_HZ, format="FLAC"))
        return speech


def in_room(speech: NDArray[np.float64], response: Samples) -> NDArray[np.float64]:
    """The speech with a room's response of energy 1, as loud as before at its peak."""
    heard = response.astype(np.float64)
    heard /= np.sqrt(np.sum(heard**2))
    size = len(speech) + len(heard) - 1
    wave = np.fft.irfft(np.fft.rfft(speech, size) * np.fft.rfft(heard, size), size)
    return np.asarray(wave * (np.abs(speech).max() / max(1e-9, np.abs(wave).max())))


def under(speech: NDArray[np.float64], noise: Samples, snr_db: float) -> NDArray[np.float64]:
    """The noise as long as the speech, at so many dB under its loud parts."""
    bed = np.resize(noise, len(speech)).astype(np.float64)
    loud = speech[np.abs(speech) > LOUD]
    power = float(np.mean(loud**2)) if len(loud) else 1.0
    gain = (power / max(1e-9, float(np.mean(bed**2)))) ** 0.5 * 10 ** (-snr_db / 20)
    return np.asarray(bed * gain)


def described(stage: Stage) -> Mapping[str, int | list[str]]:
    """The customers, for the report."""
    names = [
        f"{c.voice.stem if c.voice else 'mei_normal'} x{c.speed:g} {c.pitch:+g} semitones" for c in stage.customers
    ]
    return {"voices": len({c.voice for c in stage.customers}), "customers": names}


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file, and put it in place when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    try:
        write(Path(name))
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big")


def _pcm(wave: NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)
