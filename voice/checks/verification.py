"""The round trip over the base in use: settings in, trials out."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from intents.readings import reading_of
from intents.transcripts import NOTHING_HEARD, Transcript
from kb.articles import Article
from voice import compose, recognition
from voice.audio_files import AudioFile
from voice.checks.kept_hearing import KeptHearing
from voice.checks.round_trip import Asking, Noise, Trial, askings, first_utterance, judged, take
from voice.knowledge import valid
from voice.ports import SpeechRecognizer
from voice.settings import Settings

_MODEL_FILES: Final = ("am/final.mdl", "graph/Gr.fst", "graph/HCLr.fst", "graph/HCLG.fst", "conf/model.conf")
SAMPLE_SEED: Final = 1  # the same sample every time, so that it can be gone on with


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How the customers speak."""

    voice: Path | None = None  # an .htsvoice file; None is the voice of the settings
    noise: Path | None = None  # a sound file
    snr_db: float = 10.0  # of speech over noise
    sample: int | None = None  # so many wordings instead of all

    def described(self) -> str:
        """In one line, for the report."""
        voice = self.voice.stem if self.voice else "the assistant's own"
        return f"voice: {voice}, " + (f"noise: {self.noise.name} at {self.snr_db:g} dB" if self.noise else "no noise")


class Verification:
    """Speaks, hears and judges; what has been heard before is judged anew, not heard anew."""

    def __init__(self, settings: Settings, conditions: Conditions, *, fresh: bool = False) -> None:
        self._settings = settings
        self._mind = compose.knowledge(settings).current()
        self._noise = _noise(conditions)
        self._voice = compose.synthesizer(_as_customer(settings, conditions), cached=False)
        self.wanted = _sampled(askings(_told(settings)), conditions.sample)
        self._kept = KeptHearing(settings.cache_dir / "verify", self._conditions())
        if fresh:
            self._kept.forget()
        self._ears: compose.Ears | None = None

    @property
    def left(self) -> int:
        """How many wordings have still to be spoken."""
        return sum(asking.said not in self._kept for asking in self.wanted)

    def trials(self) -> Iterator[Trial]:
        """One for each wording, as soon as it is known.  Raises ModelError, SynthesisError."""
        for asking in self.wanted:
            if asking.said not in self._kept:
                self._kept.keep(asking.said, self._heard(asking.said))
            yield judged(asking, self._kept[asking.said], self._mind.understanding)

    def _heard(self, said: str) -> Transcript:
        """Nothing when there is nothing to say."""
        if not reading_of(said):
            return NOTHING_HEARD
        return first_utterance(self._recognizer(), take(said, self._voice, self._noise))

    def _recognizer(self) -> SpeechRecognizer:
        """A new one for each wording, as for each customer; the models are loaded when the first is needed."""
        self._ears = self._ears or compose.Ears(self._settings)
        return self._ears.recognizer(self._mind)

    def _conditions(self) -> Iterator[bytes]:
        """Everything that what is heard depends on."""
        yield self._voice.fingerprint.encode()
        folder = compose.model_folder(self._settings)
        for name in _MODEL_FILES:
            yield _digest(folder / name)
        yield repr(self._settings.compiled_phrases and sorted(self._mind.phrases)).encode()
        yield repr(self._noise and self._noise.snr_db).encode()
        yield self._noise.samples.tobytes() if self._noise else b""
        for source in sorted(Path(recognition.__file__).parent.iterdir()):
            yield _digest(source)


def _digest(file: Path) -> bytes:
    """b"" for what is no file."""
    return hashlib.sha256(file.read_bytes()).digest() if file.is_file() else b""


def _as_customer(settings: Settings, conditions: Conditions) -> Settings:
    if conditions.voice is None:
        return settings
    return settings.model_copy(update={"speech_engine": "openjtalk", "speech_voice": str(conditions.voice)})


def _told(settings: Settings) -> tuple[Article, ...]:
    return valid(compose.knowledge_base(settings).articles(), date.today())


def _sampled(wanted: tuple[Asking, ...], count: int | None) -> tuple[Asking, ...]:
    if count is None or count >= len(wanted):
        return wanted
    chosen = random.Random(SAMPLE_SEED).sample(range(len(wanted)), count)  # noqa: S311 - nothing secret
    return tuple(wanted[place] for place in sorted(chosen))


def _noise(conditions: Conditions) -> Noise | None:
    if conditions.noise is None:
        return None
    samples = np.concatenate([chunk.samples for chunk in AudioFile(conditions.noise).chunks()])
    return Noise(samples=samples, snr_db=conditions.snr_db)
