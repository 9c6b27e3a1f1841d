"""Live conversation: by microphone, or by keyboard where there is none."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

from intents.transcripts import Transcript, typed
from voice.assistant import Assistant, Turn
from voice.audio import AudioChunk
from voice.microphone import Microphone
from voice.ports import AudioSource, SpeechRecognizer
from voice.speaker import Speaker, SpeechTimes

LOOK_EVERY_S = 5.0  # for news, while nobody speaks

Show = Callable[[Turn, SpeechTimes], None]
ShowPartial = Callable[[str], None]


def utterances(
    source: AudioSource,
    recognizer: SpeechRecognizer,
    show_partial: ShowPartial = lambda _: None,
    idle: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Transcript, float]]:
    """Each utterance of the source with the milliseconds its recognition took beyond listening.

    For a live source that is the time from the endpoint to the transcript; a file is recognised as fast as it can be.
    `idle` is called again and again while nobody speaks.
    """
    spent = 0.0
    for chunk in source.chunks():
        began = time.perf_counter()
        found = recognizer.accept(chunk)
        spent += time.perf_counter() - began
        partial = recognizer.partial()
        show_partial(partial)
        for transcript in found:
            yield transcript, spent * 1000
            spent = 0.0
        if not partial and not found:
            idle()
    began = time.perf_counter()
    for transcript in recognizer.finish():
        yield transcript, (spent + time.perf_counter() - began) * 1000


def converse_by_text(lines: Iterable[str], assistant: Assistant, speaker: Speaker, show: Show) -> None:
    """One turn a line, until the lines end or the customer says goodbye."""
    _open(assistant, speaker, show)
    for line in lines:
        if line.strip() and _told(assistant.hear(typed(line)), speaker, show):
            return


def converse_by_voice(
    microphone: Microphone,
    recognizer_for: Callable[[Assistant], SpeechRecognizer],
    assistant: Assistant,
    speaker: Speaker,
    show: Show,
    show_partial: ShowPartial,
) -> None:
    """Listen and answer in turns, for ever: after a goodbye the next customer is heard.  Raises AudioDeviceError.

    While the assistant speaks, what the microphone hears is thrown away: it would hear itself.  A recogniser is asked for
    whenever something else is to be expected: another question of the assistant's, or a changed base.
    """
    _open(assistant, speaker, show)
    idle = _Idle(assistant, microphone, speaker, show)
    with closing(microphone.chunks()) as chunks:
        while True:
            expecting = _expected(assistant)
            for transcript, _ in utterances(_Opened(chunks), recognizer_for(assistant), show_partial, idle):
                if _told(assistant.hear(transcript), speaker, show):
                    assistant.forget()
                microphone.forget()
                if _expected(assistant) != expecting:  # what it takes is compiled before anybody speaks again
                    break


class _Opened:
    """A microphone that stays open while recognisers change."""

    def __init__(self, chunks: Iterator[AudioChunk]) -> None:
        self._chunks = chunks

    def chunks(self) -> Iterator[AudioChunk]:
        """Return what comes next."""
        return self._chunks


def _expected(assistant: Assistant) -> tuple[int, object, bool]:
    """Return what decides which words will be said: the base, and what was asked."""
    return id(assistant.mind), assistant.stage, assistant.asks_yes_or_no


def _open(assistant: Assistant, speaker: Speaker, show: Show) -> bool:
    """Tell the news of calls that were asked for earlier; False where there is none."""
    turn = assistant.opening()
    if turn is not None:
        _told(turn, speaker, show)
    return turn is not None


class _Idle:
    """Tells news when it comes, between two conversations."""

    def __init__(self, assistant: Assistant, microphone: Microphone, speaker: Speaker, show: Show) -> None:
        self._assistant, self._microphone, self._speaker, self._show = assistant, microphone, speaker, show
        self._looked_at = time.monotonic()

    def __call__(self) -> None:
        now_s = time.monotonic()
        if now_s - self._looked_at < LOOK_EVERY_S or not self._assistant.is_idle:
            return
        self._looked_at = now_s
        if _open(self._assistant, self._speaker, self._show):
            self._microphone.forget()


def _told(turn: Turn, speaker: Speaker, show: Show) -> bool:
    show(turn, speaker.say(turn.reaction.says, turn.pace))
    return turn.reaction.finished
