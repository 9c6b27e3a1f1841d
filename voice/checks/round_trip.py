"""Every wording spoken by a synthetic customer, heard by the recogniser in use, and matched: does it reach its article?"""

import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from intents.answers import Spoken
from intents.conversation import Understanding
from intents.decision import Ambiguous, Matched, decide
from intents.replies import reply_in
from intents.transcripts import NOTHING_HEARD, Transcript
from kb.articles import Article
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.audio_files import resample
from voice.ports import SpeechRecognizer, SpeechSynthesizer
from voice.speaker import speakable

LEVEL: Final = 0.4 * 32767  # peak of the speech
ROOM_TONE: Final = 5.0  # standard deviation on the int16 scale: no microphone is ever perfectly still
BEFORE_MS, AFTER_MS = 300, 1_500
_LOUD: Final = LEVEL / 50  # quieter samples are pauses and do not count as speech level


class Verdict(StrEnum):
    """What a wording came to."""

    RIGHT = "right"  # its own article is answered
    ASKED = "asked"  # a question back names its own article
    WRONG = "wrong"  # another article is answered, or a reply was heard
    NOT_UNDERSTOOD = "not_understood"  # nothing heard, a human, or a question back about others only


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A wording to be tried."""

    article: Article
    text: str

    @property
    def said(self) -> str:
        """What the synthesiser is given."""
        return speakable(Spoken(text=self.text, overrides=self.article.readings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of it."""

    asking: Asking
    heard: str  # "" when nothing was
    verdict: Verdict
    instead: str = ""  # the article answered or asked about in its place, or the reply heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What is mixed into the speech."""

    samples: Samples  # 16 kHz mono
    snr_db: float


def askings(articles: Iterable[Article]) -> tuple[Asking, ...]:
    """Every variant, in the order of the articles (titles are not asked)."""
    return tuple(Asking(article=article, text=text) for article in articles for text in article.variants)


def take(said: str, voice: SpeechSynthesizer, noise: Noise | None) -> Samples:
    """One wording with quiet before and after it, over faint room tone; the same every time.  Raises SynthesisError."""
    chance = np.random.default_rng(zlib.crc32(said.encode()))
    chunk = voice.synthesize(said)
    speech = resample(chunk.samples, chunk.rate_hz, RECOGNITION_RATE_HZ).astype(np.float64)
    speech *= LEVEL / max(1.0, float(np.abs(speech).max()))
    framed = np.concatenate([np.zeros(BEFORE_MS * 16), speech, np.zeros(AFTER_MS * 16)])
    framed += chance.standard_normal(len(framed)) * ROOM_TONE
    if noise:
        framed += _bed(noise, framed, int(chance.integers(len(noise.samples))))
    return np.asarray(np.clip(np.rint(framed), -32768, 32767), np.int16)


def _bed(noise: Noise, speech: NDArray[np.float64], start: int) -> NDArray[np.float64]:
    """The noise as long as the speech, at its ratio to the loud part of the speech."""
    bed = np.resize(np.roll(noise.samples, -start), len(speech)).astype(np.float64)
    loud = speech[np.abs(speech) > _LOUD]
    power = float(np.mean(loud**2)) if len(loud) else 0.0
    gain = math.sqrt(power / max(1e-9, float(np.mean(bed**2)))) * 10 ** (-noise.snr_db / 20)
    return np.asarray(bed * gain, np.float64)


def first_utterance(recognizer: SpeechRecognizer, speech: Samples) -> Transcript:
    """What is heard first in a recording."""
    chunk = AudioChunk(samples=speech, rate_hz=RECOGNITION_RATE_HZ)
    return next(iter([*recognizer.accept(chunk), *recognizer.finish()]), NOTHING_HEARD)


def judged(asking: Asking, heard: Transcript, mind: Understanding) -> Trial:
    """What the conversation would make of it, as the first turn."""
    if heard.best is None:
        return Trial(asking=asking, heard="", verdict=Verdict.NOT_UNDERSTOOD)
    verdict, instead = _verdict(asking.article.id, heard, mind)
    return Trial(asking=asking, heard=heard.best.text, verdict=verdict, instead=instead)


def _verdict(article_id: str, heard: Transcript, mind: Understanding) -> tuple[Verdict, str]:
    reply = reply_in(heard)
    if reply:
        return Verdict.WRONG, f"reply {reply}"
    decision = decide(mind.matcher.rank(heard), mind.costs)
    if isinstance(decision, Matched):
        answered = decision.candidate.topic.id
        return (Verdict.RIGHT, "") if answered == article_id else (Verdict.WRONG, answered)
    if isinstance(decision, Ambiguous):
        named = [c.topic.id for c in decision.candidates]
        return (Verdict.ASKED if article_id in named else Verdict.NOT_UNDERSTOOD), " or ".join(named)
    return Verdict.NOT_UNDERSTOOD, ""


def must_be_mended(trials: Sequence[Trial], *, strict: bool) -> bool:
    """Whether a wording was answered wrongly, one about danger was not answered, or an article was never reached.

    `strict`: whether any wording was not answered right.
    """
    if strict:
        return any(t.verdict is not Verdict.RIGHT for t in trials)
    reached = {t.asking.article.id for t in trials if t.verdict in (Verdict.RIGHT, Verdict.ASKED)}
    return any(
        t.verdict is Verdict.WRONG
        or t.asking.article.id not in reached
        or (t.asking.article.safety and t.verdict is not Verdict.RIGHT)
        for t in trials
    )
