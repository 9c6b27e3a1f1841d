"""Sounds for the wake word: calls by synthetic customers near and far, in noise; hours of other talk.

Everything follows from the part ("dev" or "test") and a seed.  The two parts share no voice, no noise, no room, no seed
and no text but the wake word.  The voice of "test" is a style the embedded model was not trained on (of a
speaker it knows in other styles), with its formants moved (`_warped`); "dev" has another such style among trained ones.
"""

import csv
import random
import re
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soundfile

from benchmarks import wake_surroundings
from benchmarks.spoken import LEVEL, ROOM_TONE, Customer, noises
from benchmarks.takes import in_room, under
from voice.audio import RECOGNITION_RATE_HZ, Samples
from voice.audio_files import resample
from voice.errors import SynthesisError
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.prosody import Prosody

Part = Literal["dev", "test"]

DATA: Final = Path(__file__).parent / "data" / "wake.toml"
VOICES: Final = {
    "dev": (
        "mei_normal", "mei_happy", "mei_sad", "tohoku-f01-neutral", "tohoku-f01-happy", "nitech_m001", "nitech_lite",
        "tohoku-f01-sad",
    ),
    "test": ("mei_bashful",),
}  # fmt: skip
WARPS: Final = {"dev": (-2, 1, 3), "test": (-3, 0, 2, 4)}
SEMITONES_A_WARP: Final = -1.2  # lower formants go with a lower voice
SNRS_DB: Final = (None, 20.0, 10.0)
DISTANCES: Final = (1.0, 0.5, 0.2)  # of the level of the speech; the further ones in a room
BEFORE_S, AFTER_S, PAUSE_S = 1.0, 1.6, (0.0, 0.5)
_ALL_PASS: Final = re.compile(rb"ALPHA=0\.(\d\d)")
_LONGEST_SENTENCE: Final = 80
_babble: Final[list[Samples]] = []  # of development voices, made once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """A wake word in its surroundings."""

    samples: Samples
    ended_s: float  # where its last sound ends
    condition: str
    who: str
    text: str  # all that is said


class Sounds:
    """Makes the sounds of one part; voices are kept."""

    def __init__(self, part: Part, shared: Path, *, seed: int = 0) -> None:
        self._part: Part = part
        self._shared = shared
        self._rng = random.Random(f"{part}{seed}")
        self._noise = np.random.default_rng([seed, part == "dev"])
        self._folder = tempfile.TemporaryDirectory()
        self._engines: dict[Customer, OpenJTalkSynthesizer] = {}
        self._text = tomllib.loads(DATA.read_text(encoding="utf-8"))[part]

    def calls(self, count: int, wakes: Sequence[str] = ()) -> Iterator[Call]:
        """Wake words; every second one with a question behind it."""
        for number in range(count):
            snr_db, distance = SNRS_DB[number % len(SNRS_DB)], DISTANCES[number // len(SNRS_DB) % len(DISTANCES)]
            question = self._rng.choice(self._text["questions"]) if number % 2 else ""
            yield self._call(self._rng.choice(wakes or self._text["wakes"]), question, snr_db, distance)

    def near(self) -> Iterator[Samples]:
        """Talk that sounds like the wake word, each sentence by three voices."""
        for text in self._text["near"]:
            for _ in range(3):
                yield self._placed(self._spoken(text, self._customer()), self._rng.choice(SNRS_DB), 1.0, AFTER_S)

    def talk(self, hours: float) -> Iterator[Samples]:
        """Other people's sentences, one after the other, near and far, half of them in noise."""
        said_s = 0.0
        for text in self._sentences():
            if said_s >= hours * 3600:
                return
            try:
                speech = self._spoken(text, self._customer())
            except SynthesisError:
                continue
            snr_db = self._rng.choice((None, None, 20.0, 10.0))
            take = self._placed(speech, snr_db, self._rng.choice(DISTANCES), self._rng.uniform(0.1, 0.7))
            said_s += len(take) / RECOGNITION_RATE_HZ
            yield take

    def _call(self, wake: str, question: str, snr_db: float | None, distance: float) -> Call:
        customer = self._customer()
        speech = _trimmed(self._spoken(wake, customer))
        end = len(speech)
        if question:
            pause = np.zeros(int(self._rng.uniform(*PAUSE_S) * RECOGNITION_RATE_HZ))
            speech = np.concatenate([speech, pause, _trimmed(self._spoken(question, customer))])
        if before := self._rng.choice([*self._text["before"], *[""] * 15]):
            gap = np.zeros(int(self._rng.uniform(0.1, 0.4) * RECOGNITION_RATE_HZ))
            opening = np.concatenate([_trimmed(self._spoken(before, customer)), gap])
            speech, end = np.concatenate([opening, speech]), end + len(opening)
        voice = customer.voice.stem if customer.voice else ""
        return Call(
            samples=self._placed(speech, snr_db, distance, AFTER_S),
            ended_s=BEFORE_S + end / RECOGNITION_RATE_HZ,
            condition=f"{'clean' if snr_db is None else f'{snr_db:g} dB'}, {_distance(distance)}",
            who=f"{voice} x{customer.speed:.2f} {customer.pitch:+.1f}",
            text=before + wake + question,
        )

    def _placed(self, speech: np.ndarray, snr_db: float | None, distance: float, after_s: float) -> Samples:
        """Where it is said, `BEFORE_S` after the beginning; far away in a room."""
        heard = in_room(speech, self._room())[: len(speech) + 4_000] if distance < 1 else speech
        size = RECOGNITION_RATE_HZ
        framed = np.concatenate([np.zeros(int(BEFORE_S * size)), heard * distance, np.zeros(int(after_s * size))])
        if snr_db is not None:
            bed = np.roll(self._bed(), -int(self._noise.integers(size * 4)))
            framed = framed + under(framed / distance, bed, snr_db) * distance
        framed = framed + self._noise.standard_normal(len(framed)) * ROOM_TONE
        return np.clip(np.rint(framed), -32768, 32767).astype(np.int16)

    def _customer(self) -> Customer:
        warp = self._rng.choice(WARPS[self._part])
        voice = self._warped(self._rng.choice(VOICES[self._part]), warp)
        pitch = SEMITONES_A_WARP * warp + self._rng.choice((-1.5, 0.0, 1.5))
        return Customer(voice=voice, pitch=pitch, speed=self._rng.choice((0.85, 0.95, 1.05, 1.2, 1.35)))

    def _warped(self, voice: str, warp: int) -> Path:
        """The voice with its all-pass constant moved by hundredths: another length of the throat."""
        path = Path(self._folder.name) / f"{voice}{warp:+d}.htsvoice"
        if not path.exists():
            data = (self._shared / "voices" / f"{voice}.htsvoice").read_bytes()
            found = _ALL_PASS.search(data)
            if not found:
                raise ValueError(f"{voice} has no all-pass constant")
            path.write_bytes(data[: found.start(1)] + b"%02d" % (int(found[1]) + warp) + data[found.end(1) :])
        return path

    def _spoken(self, text: str, customer: Customer) -> np.ndarray:
        plain = Customer(voice=customer.voice, pitch=customer.pitch, speed=customer.speed)
        if plain not in self._engines:
            prosody = Prosody(speed=plain.speed, pitch_semitones=plain.pitch)
            self._engines[plain] = OpenJTalkSynthesizer(plain.voice, prosody)
        chunk = self._engines[plain].synthesize(text)
        wave = resample(chunk.samples, chunk.rate_hz, RECOGNITION_RATE_HZ).astype(np.float64)
        return np.asarray(wave * LEVEL / max(1.0, np.abs(wave).max()))

    def _bed(self) -> Samples:
        if self._part == "test":
            found = _noises(self._shared)
        else:
            _babble[:] = _babble or [self._chatter(voices) for voices in (4, 8)]
            found = [*_made_noises(), *wake_surroundings.noises(), *_babble]
        return found[self._rng.randrange(len(found))]

    def _chatter(self, voices: int) -> Samples:
        """So many voices of this part at once, 20 s."""
        size, texts = RECOGNITION_RATE_HZ * 20, _sentences(self._shared, self._part)
        mixed = np.zeros(size)
        for _ in range(voices):
            said = [_trimmed(self._spoken(self._rng.choice(texts), self._customer())) for _ in range(3)]
            mixed += np.roll(np.resize(np.concatenate(said), size), self._rng.randrange(size))
        return np.rint(mixed / np.abs(mixed).max() * 20_000).astype(np.int16)

    def _room(self) -> Samples:
        found = wake_surroundings.rooms() if self._part == "dev" else _rooms(self._shared)
        return found[self._rng.randrange(len(found))]

    def _sentences(self) -> Iterator[str]:
        while True:
            texts = [*_sentences(self._shared, self._part)]
            self._rng.shuffle(texts)
            yield from texts


def human(shared: Path) -> Iterator[tuple[str, Samples]]:
    """All recordings of human speech and all noises, by name."""
    for file in sorted([*(shared / "speech").rglob("*.wav"), *(shared / "noise").rglob("*.wav")]):
        samples, rate_hz = soundfile.read(file, dtype="int16", always_2d=True)
        if file.parent.name != "ir":
            yield file.stem, resample(samples[:, 0].copy(), rate_hz, RECOGNITION_RATE_HZ)


def _distance(distance: float) -> str:
    return {1.0: "near", 0.5: "in a room", 0.2: "far in a room"}[distance]


def _trimmed(speech: np.ndarray) -> np.ndarray:
    """Without the quiet at both ends."""
    loud = np.flatnonzero(np.abs(speech) > LEVEL / 100)
    return speech[loud[0] : loud[-1] + 1]


@cache
def _noises(shared: Path) -> list[Samples]:
    return [*noises(shared).values()]


@cache
def _rooms(shared: Path) -> list[Samples]:
    found = []
    for file in sorted((shared / "noise" / "ir").glob("*.wav")):
        samples, rate_hz = soundfile.read(file, dtype="int16")
        found.append(resample(samples, rate_hz, RECOGNITION_RATE_HZ))
    return found


@cache
def _made_noises() -> list[Samples]:
    """White, pink and brown noise, hum, ticks and buzz, 10 s each: no recording is among them."""
    rng, size = np.random.default_rng(5), RECOGNITION_RATE_HZ * 10
    made = []
    for power in (0.0, 0.5, 1.0, 0.5, 1.0, 0.7):
        spectrum = np.fft.rfft(rng.standard_normal(size)) / np.maximum(np.arange(size // 2 + 1), 20.0) ** power
        wave = np.fft.irfft(spectrum, size)
        made.append(wave / np.abs(wave).max() * (1 + 0.7 * np.sin(np.arange(size) / rng.uniform(2e3, 2e4))))
    ticks = np.zeros(size)
    for start in range(2_000, size - 800, 7_000):
        ticks[start : start + 800] = rng.standard_normal(800) * np.exp(-np.arange(800) / 120)
    seconds = np.arange(size) / RECOGNITION_RATE_HZ
    buzz = np.asarray(sum((np.sin(2 * np.pi * 97 * k * seconds) / k for k in range(1, 30)), np.zeros(size)))
    return [np.rint(w / np.abs(w).max() * 20_000).astype(np.int16) for w in [*made, ticks, buzz]]


@cache
def _sentences(shared: Path, part: Part) -> tuple[str, ...]:
    """Half of the answers of public offices; for the test everyday commands too."""
    with (shared / "text/jagovfaqs-sample/docs.tsv").open(encoding="utf-8", newline="") as file:
        docs = [row["text"] or "" for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    with (shared / "text/xsid-ja/ja.valid.tsv").open(encoding="utf-8", newline="") as file:
        commands = [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    texts = docs[::2] if part == "dev" else [*docs[1::2], *commands]
    pieces = (piece.strip() for text in texts for piece in re.split(r"(?<=[。？！])|\\n|\s{2,}", text))
    return tuple(dict.fromkeys(p for p in pieces if 6 <= len(p) <= _LONGEST_SENTENCE and "http" not in p))
