"""Live conversation: by microphone, or by keyboard where there is none."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing

from intents.transcripts import NOTHING_HEARD, Transcript, typed
from voice.assistant import Assistant, Turn
from voice.audio import AudioChunk
from voice.ports import AudioSource, LiveSource, SpeechRecognizer
from voice.speaker import Speaker, SpeechTimes
from voice.waiting import Waiting

LOOK_EVERY_S = 5.0  # for news, in audio time, while no conversation goes on

Show = Callable[[Turn, SpeechTimes], None]
ShowPartial = Callable[[str], None]


def utterances(source: AudioSource, recognizer: SpeechRecognizer) -> Iterator[tuple[Transcript, float]]:
    """Each utterance of the source with the milliseconds its recognition took beyond listening.

    For a live source that is the time from the endpoint to the transcript; a file is recognised as fast as it can be.
    """
    spent = 0.0
    for chunk in source.chunks():
        began = time.perf_counter()
        found = recognizer.accept(chunk)
        spent += time.perf_counter() - began
        for transcript in found:
            yield transcript, spent * 1000
            spent = 0.0
    began = time.perf_counter()
    for transcript in recognizer.finish():
        yield transcript, (spent + time.perf_counter() - began) * 1000


def greet(assistant: Assistant, speaker: Speaker, show: Show) -> None:
    """Say who speaks, and what may be said."""
    _told(assistant.greet(), speaker, show)


def converse_by_text(lines: Iterable[str], assistant: Assistant, speaker: Speaker, show: Show) -> None:
    """One turn a line, until the lines end or the customer says goodbye."""
    if (news := assistant.opening()) is not None:
        _told(news, speaker, show)
    for line in lines:
        if line.strip() and _told(assistant.hear(typed(line)), speaker, show):
            return


def converse_by_voice(
    source: LiveSource,
    recognizer_for: Callable[[Assistant], SpeechRecognizer],
    assistant: Assistant,
    speaker: Speaker,
    show: Show,
    show_partial: ShowPartial,
) -> None:
    """Listen and answer in turns, as long as the source gives sound: a microphone for ever.  Raises AudioDeviceError.

    After a goodbye, or when nobody answers any more, the next customer is heard.  While the assistant speaks, what the
    microphone hears is thrown away: it would hear itself.
    """
    talk = _LiveTalk(source, recognizer_for, assistant, speaker, show)
    talk.begin()
    with closing(source.chunks()) as chunks:
        for chunk in chunks:
            talk.take(chunk)
            show_partial(talk.partial)


class _LiveTalk:
    """Turns for sound, and for silence.

    A recogniser is asked for whenever something else is to be expected: another question of the assistant's, or a changed
    base; and when nobody answered, for what it took for speech was a room.
    """

    def __init__(
        self,
        source: LiveSource,
        recognizer_for: Callable[[Assistant], SpeechRecognizer],
        assistant: Assistant,
        speaker: Speaker,
        show: Show,
    ) -> None:
        self._source, self._recognizer_for, self._assistant = source, recognizer_for, assistant
        self._speaker, self._show = speaker, show
        self._since_look_ms = 0.0

    def begin(self) -> None:
        """Tell what became of calls that were asked for earlier, and listen."""
        self._tell_news()
        self._listen_anew()
        self._waiting = Waiting(self._assistant.patience)

    @property
    def partial(self) -> str:
        """What has been heard of a running utterance."""
        return self._recognizer.partial()

    def _tell_news(self) -> None:
        if (turn := self._assistant.opening()) is not None:
            self._tell(turn)

    def take(self, chunk: AudioChunk) -> None:
        """Take the next piece of sound: react to an utterance that ended in it, or to nobody speaking for too long."""
        passed_ms = len(chunk.samples) * 1000 / chunk.rate_hz
        found, hears_speech = self._recognizer.accept(chunk), self._recognizer.hears_speech
        if found:
            self._hear(found)
        elif self._waiting.is_over(passed_ms, hears_speech=hears_speech):
            self._nobody_answers()
        elif not hears_speech:
            self._look_for_news(passed_ms)

    def _hear(self, found: Sequence[Transcript]) -> None:
        for transcript in found:
            self._tell(self._assistant.hear(transcript))
            if self._assistant.expecting != self._expecting:  # what it takes is compiled before anybody speaks again
                self._listen_anew()
                return

    def _listen_anew(self) -> None:
        self._expecting = self._assistant.expecting
        self._recognizer = self._recognizer_for(self._assistant)

    def _nobody_answers(self) -> None:
        patience = self._assistant.patience
        if patience is not None and patience.asks:
            self._tell(self._assistant.hear(NOTHING_HEARD))
        else:
            self._assistant.forget()
        self._waiting = Waiting(self._assistant.patience)
        self._listen_anew()

    def _look_for_news(self, passed_ms: float) -> None:
        self._since_look_ms += passed_ms
        if self._since_look_ms >= LOOK_EVERY_S * 1000 and self._assistant.patience is None:
            self._since_look_ms = 0.0
            self._tell_news()

    def _tell(self, turn: Turn) -> None:
        if _told(turn, self._speaker, self._show):
            self._assistant.forget()
        self._source.forget()
        self._waiting = Waiting(self._assistant.patience)


def _told(turn: Turn, speaker: Speaker, show: Show) -> bool:
    """Say a turn, which may be nothing; whether the conversation is over."""
    if turn.reaction.says:
        show(turn, speaker.say(turn.reaction.says, turn.pace))
    return turn.reaction.finished
