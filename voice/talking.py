"""Live conversation: by microphone, or by keyboard where there is none."""

import time
from collections.abc import Callable, Iterable, Iterator

from intents.transcripts import Transcript, typed
from voice.assistant import Assistant, Mind, Turn
from voice.microphone import Microphone
from voice.ports import AudioSource, SpeechRecognizer
from voice.speaker import Speaker, SpeechTimes

Show = Callable[[Turn, SpeechTimes], None]
ShowPartial = Callable[[str], None]


def utterances(
    source: AudioSource, recognizer: SpeechRecognizer, show_partial: ShowPartial = lambda _: None
) -> Iterator[tuple[Transcript, float]]:
    """Each utterance of the source with the milliseconds its recognition took beyond listening.

    For a live source that is the time from the endpoint to the transcript; a file is recognised as fast as it can be.
    """
    spent = 0.0
    for chunk in source.chunks():
        began = time.perf_counter()
        found = recognizer.accept(chunk)
        spent += time.perf_counter() - began
        show_partial(recognizer.partial())
        for transcript in found:
            yield transcript, spent * 1000
            spent = 0.0
    began = time.perf_counter()
    for transcript in recognizer.finish():
        yield transcript, (spent + time.perf_counter() - began) * 1000


def converse_by_text(lines: Iterable[str], assistant: Assistant, speaker: Speaker, show: Show) -> None:
    """One turn a line, until the lines end or the customer says goodbye."""
    for line in lines:
        if line.strip() and _told(assistant.hear(typed(line)), speaker, show):
            return


def converse_by_voice(
    microphone: Microphone,
    recognizer_for: Callable[[Mind], SpeechRecognizer],
    assistant: Assistant,
    speaker: Speaker,
    show: Show,
    show_partial: ShowPartial,
) -> None:
    """Listen and answer in turns, for ever: after a goodbye the next customer is heard.  Raises AudioDeviceError.

    While the assistant speaks, what the microphone hears is thrown away: it would hear itself.
    """
    while True:
        mind = assistant.mind
        for transcript, _ in utterances(microphone, recognizer_for(mind), show_partial):
            if _told(assistant.hear(transcript), speaker, show):
                assistant.forget()
            microphone.forget()
            if assistant.mind is not mind:  # a changed base is compiled before anybody speaks again
                break


def _told(turn: Turn, speaker: Speaker, show: Show) -> bool:
    show(turn, speaker.say(turn.reaction.says, turn.pace))
    return turn.reaction.finished
