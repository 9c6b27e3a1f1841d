"""Conversations of browsers: the recogniser, dialogue and voice of the device, behind the desk's gateway."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from threading import Event as Flag
from typing import Final

import numpy as np

from intents.answers import Spoken
from intents.echo import is_echo
from intents.transcripts import NOTHING_HEARD, Transcript, typed
from server.gateway.ports import Event, Heard, Partial, Sound, SoundEnd, SpeechBegan, Talk, Told
from voice.assistant import Assistant, Turn, tokyo_time
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk
from voice.gateway_showing import choices_of, form_of, shown, steps_of
from voice.ports import SpeechRecognizer
from voice.speaker import Speaker
from voice.speech.pcm import resampled

SOUND_RATE_HZ: Final = 24_000  # of speech hardly anything is higher than 12 kHz
PIECE_S: Final = 0.25  # of sound in a message
FEWEST_SIGNS: Final = 3  # of a running utterance, before it stops an answer; はい does when it is complete

Listening = Callable[[Assistant], SpeechRecognizer]  # from any thread


class BrowserRoom:
    """Makes talks that share the model, the base and the voice; a `TalkRoom`."""

    sound_rate_hz: Final = SOUND_RATE_HZ

    def __init__(
        self,
        assistant: Callable[[], Assistant],
        listening: Listening,
        speaker: Speaker,
        now: Callable[[], datetime] = tokyo_time,
    ) -> None:
        self._assistant = assistant
        self._now = now
        self._listening = listening
        self._speaker = speaker

    def open(self) -> Talk:
        """See `TalkRoom`."""
        return BrowserTalk(self._assistant(), self._listening, self._speaker, self._now)


class BrowserTalk:
    """One customer at a browser; a `Talk`.  A recogniser is made with the first sound: who types needs none."""

    def __init__(
        self, assistant: Assistant, listening: Listening, speaker: Speaker, now: Callable[[], datetime]
    ) -> None:
        self._assistant = assistant
        self._now = now
        self._listening = listening
        self._speaker = speaker
        self._recognizer: SpeechRecognizer | None = None
        self._expecting: object = None
        self._partial = ""
        self._interrupted = False  # the answer, by the running utterance
        self._turn = 0
        self._told: Told | None = None  # last
        self._said: tuple[Spoken, ...] = ()  # in it
        self._answered = False  # something since the talk button was pressed
        self._hushed = Flag()

    def greet(self) -> Iterator[Event]:
        """See `Talk`: the greeting, or after a break what was said last."""
        if self._told:
            self._recognizer, self._partial, self._interrupted = None, "", False  # what the break cut is not joined on
            yield self._told
            return
        yield from self._tell(self._assistant.opening() or self._assistant.greet())

    def hear(self, pcm: bytes) -> Iterator[Event]:
        """See `Talk`."""
        recognizer = self._ready()
        samples = np.frombuffer(pcm, "<i2").astype(np.int16)
        found = recognizer.accept(AudioChunk(samples=samples, rate_hz=RECOGNITION_RATE_HZ))
        yield from self._heard_so_far(recognizer.partial())
        for transcript in found:
            yield from self._took(transcript)

    def let_go(self) -> Iterator[Event]:
        """See `Talk`."""
        found = self._recognizer.finish() if self._recognizer else ()
        self._partial = ""
        for transcript in found:
            yield from self._took(transcript)
        answered, self._answered = self._answered, False
        if not found and not answered:
            yield from self._answer(NOTHING_HEARD)
        elif not found:
            yield Partial(text="")  # there is nothing to wait for

    def read(self, text: str) -> Iterator[Event]:
        """See `Talk`."""
        yield Heard(text=text)
        yield from self._tell(self._assistant.hear(typed(text)))

    def fill(self, fields: Mapping[str, str]) -> Iterator[Event]:
        """See `Talk`."""
        yield from self._tell(self._assistant.fill(fields))

    def hush(self) -> None:
        """See `Talk`."""
        self._hushed.set()

    def close(self) -> None:
        """See `Talk`."""
        self._hushed.set()
        self._assistant.forget()

    def _ready(self) -> SpeechRecognizer:
        """The recogniser for what is expected now."""
        expecting = self._assistant.expecting
        if self._recognizer is None or (expecting != self._expecting and not self._partial):
            self._recognizer, self._expecting = self._listening(self._assistant), expecting
        return self._recognizer

    def _heard_so_far(self, partial: str) -> Iterator[Event]:
        if partial == self._partial:
            return
        self._partial = partial
        if not self._interrupted and self._is_somebody(partial):
            self._interrupted = True
            yield SpeechBegan()
        yield Partial(text=shown(partial))

    def _is_somebody(self, partial: str) -> bool:
        """Whether enough was heard to tell a customer from Koemado's own voice."""
        return len(partial) >= FEWEST_SIGNS and not is_echo(typed(partial), self._said)

    def _took(self, transcript: Transcript) -> Iterator[Event]:
        self._partial, self._interrupted = "", False
        if is_echo(transcript, self._said):
            yield Partial(text="")
            return
        self._answered = True
        yield from self._answer(transcript)

    def _answer(self, transcript: Transcript) -> Iterator[Event]:
        yield Heard(text=shown(transcript.best.text) if transcript.best else "")
        yield from self._tell(self._assistant.hear(transcript))

    def _tell(self, turn: Turn) -> Iterator[Event]:
        self._turn += 1
        number, self._said = self._turn, turn.reaction.says
        self._hushed.clear()
        told = self._told = self._shown(turn, number)
        if turn.reaction.finished:
            self._assistant.forget()
        yield told
        for pcm in self._spoken(turn):
            if self._hushed.is_set():
                return
            yield Sound(turn=number, pcm=pcm)
        yield SoundEnd(turn=number)

    def _shown(self, turn: Turn, number: int) -> Told:
        state, now = self._assistant.state, self._now()
        step, steps = steps_of(state)
        return Told(
            turn=number,
            texts=tuple(spoken.text for spoken in turn.reaction.says),
            outcome=str(turn.reaction.outcome),
            title=turn.article.title if turn.article else "",
            choices=choices_of(state, now),
            step=step,
            steps=steps,
            form=form_of(state, now),
            finished=turn.reaction.finished,
        )

    def _spoken(self, turn: Turn) -> Iterator[bytes]:
        size = int(SOUND_RATE_HZ * PIECE_S)
        for chunk in self._speaker.rendered(turn.reaction.says, turn.pace):
            samples = resampled(chunk, SOUND_RATE_HZ).samples
            for start in range(0, len(samples), size):
                yield samples[start : start + size].astype("<i2").tobytes()
