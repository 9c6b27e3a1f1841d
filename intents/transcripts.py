"""What a recogniser (or a keyboard) hands to understanding."""

import unicodedata
from dataclasses import dataclass, field

from intents.readings import reading_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One way to hear an utterance."""

    text: str  # as written for people, no spaces between words
    reading: str  # katakana morae in normal form, "" when it has none
    confidence: float  # 0.0 to 1.0; share of its recogniser's n-best list


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Everything heard in one utterance, best first.  No hypotheses means that nothing was said."""

    hypotheses: tuple[Hypothesis, ...]
    duration_ms: int  # length of the audio, not of the decoding; 0 for typed text
    # What was taken for this utterance, 16 kHz mono s16le, in memory alone; empty unless recordings are offered.
    sound: bytes = field(default=b"", compare=False, repr=False)

    @property
    def best(self) -> Hypothesis | None:
        """The leading hypothesis, None when nothing was heard."""
        return self.hypotheses[0] if self.hypotheses else None


NOTHING_HEARD = Transcript(hypotheses=(), duration_ms=0)


def typed(text: str, *, duration_ms: int = 0) -> Transcript:
    """A text as if it had been heard without a doubt; nothing heard if there is nothing to it."""
    text = text.encode("utf-8", "replace").decode()  # what a terminal could not decode
    if not text.strip():
        return NOTHING_HEARD
    heard = Hypothesis(text=text.strip(), reading=reading_of(unicodedata.normalize("NFKC", text)), confidence=1.0)
    return Transcript(hypotheses=(heard,), duration_ms=duration_ms)
