"""What the smart speaker hears: its microphone without its own voice, the wake word in it, and what customers say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from intents.answers import Spoken
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.barge_in import is_customer, is_interruption
from voice.echo_free import EchoFree
from voice.ports import SpeechRecognizer
from voice.recognition.echo_canceller import Cleaned
from voice.speech.output_stage import PlayedSound
from voice.wake.lookback import Lookback
from voice.wake.wake import Wake, WakeWords

WAKE_RINGS_S: Final = 0.1  # the room still holds the wake word's last vowel
_NO_SAMPLES: Final[Samples] = np.zeros(0, np.int16)
_NOTHING: Final = Cleaned(subtracted=_NO_SAMPLES, suppressed=_NO_SAMPLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the recogniser made of a piece of sound."""

    found: Sequence[Transcript] = ()  # utterances that ended in it
    partial: str = ""
    hears_speech: bool = False
    is_somebody: bool = False  # and not the echo of what is said; only known over speech


class SpeakerEars:
    """One microphone.  Each piece of sound is taken, and then given to the recogniser where the box listens."""

    def __init__(self, wake: WakeWords | None, played: PlayedSound, *, monotonic: Callable[[], float]) -> None:
        """Without `wake` the button alone wakes it."""
        self._wake = wake
        self._echo_free = EchoFree(played, monotonic=monotonic)
        self._lookback = Lookback()
        self._recognizer: SpeechRecognizer | None = None
        self._cleaned = _NOTHING

    @property
    def hears_speech(self) -> bool:
        """Whether an utterance has begun."""
        return self._recognizer is not None and self._recognizer.hears_speech

    def reopened(self) -> None:
        """The stream begins anew."""
        self._echo_free.reopened()
        self._lookback.reset()
        if self._wake:
            self._wake.reset()

    def listen_with(self, recognizer: SpeechRecognizer) -> None:
        """Another conversation or another question: an utterance begins anew."""
        self._recognizer = recognizer

    def take(self, chunk: AudioChunk) -> Wake | None:
        """Take the next piece; the wake word, where it ended in it."""
        self._cleaned = self._echo_free.take(chunk)
        self._lookback.accept(_chunk(self._cleaned.suppressed))
        return self._wake.accept(_chunk(self._cleaned.subtracted)) if self._wake else None

    def listen(self) -> Heard:
        """Give the piece to the recogniser, as natural as it came."""
        return self._recognized(_chunk(self._cleaned.subtracted))

    def listen_over_speech(self) -> Heard:
        """Give it to the recogniser with what remained of the box's own voice turned down."""
        return self._recognized(_chunk(self._cleaned.suppressed))

    def after(self, wake: Wake) -> Sequence[Transcript]:
        """Give what came in one breath with the wake word to the recogniser; utterances that are over already."""
        heard = self._lookback.since(wake.ended_at_s + WAKE_RINGS_S)
        return self._recognizer.accept(heard) if self._recognizer else ()

    def finish(self) -> Sequence[Transcript]:
        """End the utterance now."""
        return self._recognizer.finish() if self._recognizer else ()

    def interrupts(self, heard: Heard, said: Sequence[Spoken]) -> bool:
        """Whether a customer talks over what is just said."""
        return heard.is_somebody and is_interruption(heard.partial, said)

    def customers(self, found: Sequence[Transcript], said: Sequence[Spoken]) -> list[Transcript]:
        """What of it the box did not say itself; until it knows the room, only what is a reply, 「止めて」."""
        known = self._echo_free.is_somebody
        return [one for one in found if (known or reply_in(one) is Reply.STOP) and is_customer(one, said)]

    def _recognized(self, sound: AudioChunk) -> Heard:
        if self._recognizer is None:
            return Heard()
        found = self._recognizer.accept(sound)
        return Heard(
            found=found,
            partial=self._recognizer.partial(),
            hears_speech=self._recognizer.hears_speech,
            is_somebody=self._echo_free.is_somebody,
        )


def _chunk(samples: Samples) -> AudioChunk:
    return AudioChunk(samples=samples, rate_hz=RECOGNITION_RATE_HZ)
