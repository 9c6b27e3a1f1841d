"""A recogniser on another machine, spoken to in Wyoming: a bigger model than this device can carry.

Where an utterance begins and ends is judged here, as ever; each is one connection.  While the other side is gone the
local model hears instead.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, BinaryIO, Final, cast

import numpy as np

from intents.morae import MORA_PHONES
from intents.transcripts import Hypothesis, Transcript, typed
from voice.audio import RECOGNITION_RATE_HZ, Samples
from voice.recognition.decoding import Decoded, Decoder, DecoderSource
from voice.recognition.speech_detection import SpeechDetector
from voice.recognition.vosk_recognizer import KanaHearing, VoskRecognizer
from voice.wyoming_service.address import Address
from voice.wyoming_service.errors import RequestRefused
from voice.wyoming_service.framing import read_event_from
from voice.wyoming_service.information import LANGUAGES
from voice.wyoming_service.protocol import (
    AudioChunk,
    AudioStart,
    AudioStop,
    Error,
    Eventable,
    Transcribe,
    write_event,
)
from voice.wyoming_service.protocol import Transcript as Written

log = logging.getLogger(__name__)

_UNDER_WAY: Final = "…"  # shown while the other side listens; it tells nothing before the end
_PIECE_WITHIN_S: Final = 30.0  # of the last: whoever stopped feeding has forgotten the utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long the other side is waited for, in seconds."""

    connect_s: float = 2.0
    answer_s: float = 8.0  # after the end of the utterance
    retry_s: float = 30.0  # until it is asked again, once it was gone


class RemoteSpeech:
    """The other side, as one recogniser after the other asks it: whether it is there, and its log."""

    def __init__(
        self, address: Address, waits: Waits | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._address = address
        self._waits = waits or Waits()
        self._monotonic = monotonic
        self._gone_until = 0.0
        self._is_gone = False

    def begin(self) -> "Exchange | None":
        """Begin an utterance; None while the other side is gone."""
        if self._is_gone and self._monotonic() < self._gone_until:
            return None
        return Exchange(self._address, self._waits)

    def lost(self, reason: str) -> None:
        """Leave it alone for a while; the first time of an outage is logged."""
        if not self._is_gone:
            wait_s = self._waits.retry_s
            log.warning(
                "the recogniser at %s does not answer (%s): the local model hears, asking again every %g s",
                *(self._address, reason, wait_s),
            )
        self._is_gone, self._gone_until = True, self._monotonic() + self._waits.retry_s

    def found(self) -> None:
        """Note that it answers."""
        self._is_gone = False


class Exchange:
    """One utterance there, its text back; a thread of its own waits for the network.  For one use."""

    def __init__(self, address: Address, waits: Waits) -> None:
        self._address = address
        self._waits = waits
        self._pieces: SimpleQueue[bytes | None] = SimpleQueue()
        self._text: str | None = None
        self._over = Event()
        self.reason = "too slow"  # why there is no text
        Thread(target=self._run, name="wyoming-remote", daemon=True).start()

    @property
    def is_lost(self) -> bool:
        """Whether nothing will come of it."""
        return self._over.is_set() and self._text is None

    def send(self, samples: Samples) -> None:
        """Pass on a piece; never waits."""
        self._pieces.put(samples.astype("<i2").tobytes())

    def answer(self) -> str | None:
        """End the utterance and wait for its text; None when there is none in time."""
        self._pieces.put(None)
        self._over.wait(self._waits.answer_s)
        return self._text

    def abandon(self) -> None:
        """Nobody wants to know any more."""
        self._pieces.put(None)

    def _run(self) -> None:
        try:
            with self._address.connected(self._waits.connect_s) as line:
                line.settimeout(self._waits.answer_s)
                with cast(BinaryIO, line.makefile("rwb")) as file:
                    self._speak(file)
                    self._text = _text_from(file)
        except Empty:
            self.reason = "nothing to send"
        except OSError as error:
            self.reason = error.strerror or "too slow"
        except RequestRefused as error:
            self.reason = str(error)
        finally:
            self._over.set()

    def _speak(self, file: BinaryIO) -> None:
        sound: dict[str, Any] = {"rate": RECOGNITION_RATE_HZ, "width": 2, "channels": 1}
        _write(file, Transcribe(language=LANGUAGES[0]))
        _write(file, AudioStart(**sound, timestamp=0))
        while (data := self._pieces.get(timeout=_PIECE_WITHIN_S)) is not None:
            _write(file, AudioChunk(**sound, audio=data))
        _write(file, AudioStop())


def _write(file: BinaryIO, event: Eventable) -> None:
    write_event(event.event(), file)


def _text_from(file: BinaryIO) -> str:
    while (event := read_event_from(file)) is not None:
        if Error.is_type(event.type):
            raise RequestRefused("refused", "it refuses")  # its own words may be anything
        if Written.is_type(event.type):
            text = event.data.get("text")
            if isinstance(text, str):
                return text
            raise RequestRefused("bad-event", "its transcript has no text")
    raise RequestRefused("closed", "it hung up")


class RemoteDecoder:
    """A decoder that asks the other side, and the local one when that is gone; nothing of an utterance is lost."""

    def __init__(self, remote: RemoteSpeech, local: Decoder) -> None:
        self._remote = remote
        self._local = local
        self._exchange: Exchange | None = None
        self._kept: list[Samples] = []  # what the local decoder has not been fed
        self._begun = False

    def feed(self, samples: Samples) -> bool:
        """Pass on; the end is never found here."""
        if not self._begun:
            self._begun, self._exchange = True, self._remote.begin()
        if self._exchange is None:
            self._local.feed(samples)
            return False
        self._kept.append(samples)
        self._exchange.send(samples)
        if self._exchange.is_lost:
            self._fall_back(self._exchange)
        return False

    def partial(self) -> tuple[str, ...]:
        """What the local model hears, or a mark while the other side listens."""
        if self._exchange is None:
            return self._local.partial() if self._begun else ()
        return (_UNDER_WAY,)

    def take(self) -> tuple[Decoded, ...]:
        """Wait for the text; the local model's n-best list when there is none."""
        exchange = self._exchange
        if exchange is not None:
            text = exchange.answer()
            if text is not None:
                self._remote.found()
                self._forget()
                return (Decoded(words=(text,), confidence=1.0),) if text.strip() else ()
            self._fall_back(exchange)
        self._forget()
        return self._local.take()

    def discard(self) -> None:
        """Forget what was fed."""
        if self._exchange is not None:
            self._exchange.abandon()
        elif self._begun:
            self._local.discard()
        self._forget()

    def _fall_back(self, exchange: Exchange) -> None:
        self._remote.lost(exchange.reason)
        self._local.feed(np.concatenate(self._kept))
        self._exchange, self._kept = None, []

    def _forget(self) -> None:
        self._exchange, self._kept, self._begun = None, [], False


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """A DecoderSource of the other side, backed by a local one."""

    remote: RemoteSpeech
    local: DecoderSource

    def decoder(self, n_best: int) -> RemoteDecoder:
        """Make a decoder for one stream.  Raises ModelError when the local graph is unusable."""
        return RemoteDecoder(self.remote, self.local.decoder(n_best))


class WrittenHearing:
    """The words are a text as people write it, or the morae of the embedded model that stands in."""

    def hypothesis(self, decoded: Decoded) -> Hypothesis:
        """Return the text without spaces, as Whisper and others put them, and the reading of the dictionary."""
        if all(word in MORA_PHONES for word in decoded.words):
            return KanaHearing().hypothesis(decoded)
        found = typed("".join("".join(decoded.words).split())).best
        text, reading = (found.text, found.reading) if found else ("", "")
        return Hypothesis(text=text, reading=reading, confidence=decoded.confidence)


class RemoteRecognizer(VoskRecognizer):
    """A SpeechRecognizer whose words come from another machine; all else is as with a local model.

    `local` stands in while the other side is gone; it hears morae.
    """

    def __init__(
        self,
        remote: RemoteSpeech,
        *,
        local: DecoderSource,
        detector: SpeechDetector,
        is_clear: Callable[[Transcript], bool] = lambda _: True,
    ) -> None:
        super().__init__(
            open_model=RemoteSource(remote, local), hearing=WrittenHearing(), detector=detector, is_clear=is_clear
        )
