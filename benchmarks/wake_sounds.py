"""Sounds for the wake word: calls by synthetic customers near and far, in noise; hours of other talk.

Everything follows from the part and a seed. From "fit" the detector learns, on "dev" its threshold is chosen, "test"
measures: they share no voice, no noise, no room, no seed and no text but the wake word. The voices of "dev" and "test"
are styles the embedded model was not trained on (of speakers it knows in other styles), formants moved (`_warped`);
those of "fit" are the ones it knows. Noises and rooms are calculated but for the test's, which were recorded.
"""

import csv
import random
import re
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soundfile

from benchmarks import wake_surroundings
from benchmarks.spoken import LEVEL, ROOM_TONE, Customer, noises
from benchmarks.takes import in_room, under
from benchmarks.wake_near import likenesses
from voice.audio import RECOGNITION_RATE_HZ, Samples
from voice.audio_files import resample
from voice.errors import SynthesisError
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.prosody import Prosody

Part = Literal["fit", "dev", "test"]

DATA: Final = Path(__file__).parent / "data" / "wake.toml"
VOICES: Final = {
    "fit": (
        "mei_normal", "mei_happy", "mei_sad", "mei_angry", "tohoku-f01-neutral", "tohoku-f01-happy", "tohoku-f01-angry",
        "nitech_m001", "nitech_lite",
    ),
    "dev": ("tohoku-f01-sad",),
    "test": ("mei_bashful",),
}  # fmt: skip
WARPS: Final = {"fit": (-4, -3, -2, -1, 0, 1, 2, 3, 4), "dev": (-3, -1, 1, 3), "test": (-3, 0, 2, 4)}
SURROUNDINGS: Final = {"fit": 61, "dev": 62}  # seeds of what is calculated
ROOMS: Final = {"fit": 40, "dev": 10}
SEMITONES_A_WARP: Final = -1.2  # lower formants go with a lower voice
SNRS_DB: Final = (None, 20.0, 10.0)
SNRS_TO_FIT_DB: Final = (None, 20.0, 15.0, 10.0, 10.0, 6.0)
DISTANCES: Final = (1.0, 0.5, 0.2)  # of the level of the speech; the further ones in a room
BEFORE_S, AFTER_S, PAUSE_S = 1.0, 1.6, (0.0, 0.5)
_ALL_PASS: Final = re.compile(rb"ALPHA=0\.(\d\d)")
_LONGEST_SENTENCE: Final = 80
_PARTS: Final = ("test", "dev", "fit")
BABBLE_SHARE: Final = 0.3
MOST_ENGINES: Final = 60


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
        self._noise = np.random.default_rng([seed, _PARTS.index(part)])
        self._snrs_db = SNRS_TO_FIT_DB if part == "fit" else SNRS_DB
        self._folder = tempfile.TemporaryDirectory()
        self._engines: dict[Customer, OpenJTalkSynthesizer] = {}
        self._babble: list[Samples] = []
        self._text = tomllib.loads(DATA.read_text(encoding="utf-8"))[part]

    def calls(self, count: int, wakes: Sequence[str] = ()) -> Iterator[Call]:
        """Wake words; every second one with a question behind it."""
        for number in range(count):
            snr_db = self._snrs_db[number % len(self._snrs_db)]
            distance = DISTANCES[number // len(self._snrs_db) % len(DISTANCES)]
            question = self._rng.choice(self._text["questions"]) if number % 2 else ""
            yield self._call(self._rng.choice(wakes or self._text["wakes"]), question, snr_db, distance)

    def near(self) -> Iterator[Samples]:
        """Talk that sounds like the wake word, each sentence by three voices."""
        for text in self._text["near"]:
            for _ in range(3):
                yield self._placed(self._spoken(text, self._customer()), self._rng.choice(SNRS_DB), 1.0, AFTER_S)

    def alike(self, phrase: str, count: int) -> Iterator[Samples]:
        """Words that are nearly the wake word, among others, near and far, most of them in noise."""
        texts = _sentences(self._shared, self._part)
        for said in islice(likenesses(phrase, self._rng), count):
            around = [self._rng.choice(texts)[:12] if self._rng.random() < share else "" for share in (0.4, 0.6)]
            try:
                speech = self._spoken("、".join(filter(None, [around[0], said])) + around[1], self._customer())
            except SynthesisError:
                continue
            yield self._placed(speech, self._rng.choice(self._snrs_db), self._rng.choice(DISTANCES), 0.7)

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
            snr_db = self._rng.choice((None, *self._snrs_db))
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
        pitch, speed = self._rng.choice((-1.5, 0.0, 1.5)), self._rng.choice((0.85, 0.95, 1.05, 1.2, 1.35))
        return Customer(voice=voice, pitch=SEMITONES_A_WARP * warp + pitch, speed=speed)

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
        if len(self._engines) > MOST_ENGINES:
            self._engines.clear()
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
            if not self._babble:
                self._babble = [self._chatter(voices) for voices in (3, 4, 6, 8)]
            calculated = wake_surroundings.noises(SURROUNDINGS[self._part])
            found = self._babble if self._rng.random() < BABBLE_SHARE else calculated
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
        if self._part == "test":
            found = _rooms(self._shared)
        else:
            found = wake_surroundings.rooms(SURROUNDINGS[self._part], ROOMS[self._part])
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
def _sentences(shared: Path, part: Part) -> tuple[str, ...]:
    """Answers of public offices: a quarter to fit, a quarter to develop, half for the test, with everyday commands."""
    with (shared / "text/jagovfaqs-sample/docs.tsv").open(encoding="utf-8", newline="") as file:
        docs = [row["text"] or "" for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    with (shared / "text/xsid-ja/ja.valid.tsv").open(encoding="utf-8", newline="") as file:
        commands = [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    texts = {"fit": docs[::4], "dev": docs[2::4], "test": [*docs[1::2], *commands]}[part]
    pieces = (piece.strip() for text in texts for piece in re.split(r"(?<=[。？！])|\\n|\s{2,}", text))
    return tuple(dict.fromkeys(p for p in pieces if 6 <= len(p) <= _LONGEST_SENTENCE and "http" not in p))
