"""The main job, shown once from end to end: a spoken question, recognition, matching, the spoken answer."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from intents.answers import Spoken
from intents.prompts import prompt
from intents.transcripts import NOTHING_HEARD
from voice import compose
from voice.assistant import Turn
from voice.audio_files import AudioFile
from voice.ports import AudioSink
from voice.settings import Settings
from voice.speaker import SpeechTimes
from voice.speech.playback import SilentSink, WavFileSink
from voice.talking import utterances
from voice.turn_log import TurnLog

ASKING_PITCH: Final = -3.0  # semitones: the customer must not sound like the assistant

Show = Callable[[Turn, SpeechTimes, float], None]


class Demonstration:
    """One demonstration; `note` tells of progress, `show` prints a turn with its recognition time."""

    def __init__(
        self, settings: Settings, *, note: Callable[[str], None], show: Show, turn_log: TurnLog | None = None
    ) -> None:
        self._settings = settings
        self._note = note
        self._show = show
        began = time.perf_counter()
        self.assistant = compose.assistant(settings, turn_log=turn_log)
        mind = self.assistant.mind
        self._note(f"Knowledge base: {len(mind.phrases)} wordings ready in {_since(began)}.")
        began = time.perf_counter()
        self._recognizer = compose.Ears(settings).recognizer(mind)
        self._note(f"Recognition: {compose.model_folder(settings).name} ready in {_since(began)}.")

    def run(self, question: Path | None, text: str | None, out: Path) -> None:
        """Hear `question`, or one synthesised from `text`; write the answer to `out`.  Raises BadAudio."""
        with tempfile.TemporaryDirectory() as folder:
            path = question or self._synthesised(text or prompt("demo_question").text, Path(folder) / "question.wav")
            self._note(f"Listening to {question or 'a synthesised question'}.\n")
            heard = list(utterances(AudioFile(path), self._recognizer)) or [(NOTHING_HEARD, 0.0)]
        with WavFileSink(out) as file:
            for transcript, recognize_ms in heard:
                self._answer(self.assistant.hear(transcript), recognize_ms, file)
        self._note(f"\nThe answer is in {out}.")

    def _synthesised(self, text: str, path: Path) -> Path:
        voice = self._settings.model_copy(update={"speech_pitch": ASKING_PITCH})
        with WavFileSink(path) as file:
            compose.speaker(voice, file, cached=False).say([Spoken(text=text)])
        return path

    def _answer(self, turn: Turn, recognize_ms: float, file: AudioSink) -> None:
        times = compose.speaker(self._settings, file).say(turn.reaction.says, turn.pace)
        self._show(turn, times, recognize_ms)
        loudspeaker = compose.loudspeaker(self._settings)
        if isinstance(loudspeaker, SilentSink):
            self._note("(no loudspeaker here: the answer is not played)")
        else:
            compose.speaker(self._settings, loudspeaker).say(turn.reaction.says, turn.pace)


def _since(began: float) -> str:
    return f"{time.perf_counter() - began:.1f} s"
