"""Speaks a base's own questions and strangers' sentences with the installed voice, and has a model hear them."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from intents.readings import reading_of
from kb.articles import Article
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ
from voice.checks.round_trip import Asking, Noise, take
from voice.ports import SpeechSynthesizer
from voice.recognition.listening import Listening, ListeningStore
from voice.recognition.measuring import Heard, strangers
from voice.recognition.phrases import phrase_list
from voice.settings import Settings

_CUSTOMERS: Final = ((0.0, 1.0), (-3.0, 1.1), (2.0, 0.95))  # semitones and speed around the voice's own
_SNR_DB: Final = 15.0
_NOISE_S: Final = 10
_LEAST_VARIANTS: Final = 2


class Measurement:
    """Of the model in use, on a base of which one variant of every article asked about is held out.

    Every sentence is heard twice, in quiet and in brown noise.  Raises what models, base and voice raise.
    """

    def __init__(self, settings: Settings, count: int) -> None:
        self._settings = settings
        self._articles = compose.knowledge_base(settings).articles()
        self.folder = compose.model_folder(settings)
        self.questions = held_out(self._articles, count)
        self.strangers = strangers()[:count]

    @property
    def length(self) -> int:
        """How many takes there are."""
        return 2 * (len(self.questions) + len(self.strangers))

    def takes(self) -> Iterator[Heard]:
        """Each take as it is heard."""
        ears, voices = compose.Ears(self._settings).comparing(self._phrases()), _voices(self._settings)
        for n, (said, reading, is_question) in enumerate(self._sentences()):
            for noise in (None, _noise()):
                opened, expected = ears.hear(take(said, voices[n % len(voices)], noise))
                yield Heard(said=reading, is_question=is_question, opened=opened, expected=expected)

    def keep(self, listening: Listening, figures: Mapping[str, Any]) -> None:
        """Remember what was found for the model.  Raises OSError."""
        ListeningStore(self._settings.data_dir).keep(self.folder, listening, figures)

    def _phrases(self) -> dict[str, str]:
        """All wordings but those held out, by how they sound."""
        unknown = {_reading(question) for question in self.questions}
        wordings = ((text, reading_of(text, a.readings)) for a in self._articles for text in (*a.variants, a.title))
        return phrase_list((text, reading) for text, reading in wordings if reading not in unknown)

    def _sentences(self) -> Iterator[tuple[str, str, bool]]:
        """What is said, its reading, and whether it is a question to this base."""
        yield from ((question.said, _reading(question), True) for question in self.questions)
        yield from ((text, reading_of(text), False) for text in self.strangers)


def held_out(articles: Iterable[Article], count: int) -> tuple[Asking, ...]:
    """One variant of each article with two or more, the same every time; of at most `count` articles, evenly chosen."""
    found = [
        Asking(article=article, text=article.variants[zlib.crc32(article.id.encode()) % len(article.variants)])
        for article in articles
        if len(article.variants) >= _LEAST_VARIANTS
    ]
    step = max(1.0, len(found) / count)
    return tuple(found[int(n * step)] for n in range(min(count, len(found))))


def _reading(question: Asking) -> str:
    return reading_of(question.text, question.article.readings)


def _voices(settings: Settings) -> list[SpeechSynthesizer]:
    changes = ({"speech_pitch": pitch, "speech_speed": speed} for pitch, speed in _CUSTOMERS)
    return [compose.synthesizer(settings.model_copy(update=change), cached=False) for change in changes]


def _noise() -> Noise:
    """Brown noise, the same every time."""
    chance = np.random.default_rng(1)
    walk = np.cumsum(chance.standard_normal(_NOISE_S * RECOGNITION_RATE_HZ))
    walk -= np.convolve(walk, np.ones(1600) / 1600, "same")
    return Noise(samples=np.asarray(walk / np.abs(walk).max() * 8000, np.int16), snr_db=_SNR_DB)
