"""Recordings that are agreed to in a script, gone when the process ends."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from uuid import uuid4

from intents.transcripts import Transcript
from voice.assistant import Assistant
from voice.recording_talk import Erased, RecordingTalk
from voice.recordings import Recording
from voice.simulation.play import Hear
from voice.simulation.script import NONE, CustomerLine, Failure, Script

_STAND_IN = bytes(3_200)  # for the sound of a line that is typed, a tenth of a second


class GivenRecordings:
    """A `RecordingBoard` in memory."""

    def __init__(self) -> None:
        self.kept: list[Recording] = []
        self._asked = False

    def may_ask(self, now: datetime) -> bool:
        """See `RecordingBoard`; a script is one day."""
        return not self._asked

    def note_asked(self, now: datetime) -> None:
        """See `RecordingBoard`."""
        self._asked = True

    def keep(self, recording: Recording) -> bool:
        """See `RecordingBoard`."""
        self.kept.append(recording)
        return True

    def erase(self, *, last: bool) -> Erased:
        """See `RecordingBoard`."""
        had_any, self.kept = bool(self.kept), self.kept[:-1] if last else []
        return Erased.HERE if had_any else Erased.NOTHING

    def talk(self, now: Callable[[], datetime]) -> RecordingTalk:
        """Return what asks every customer."""
        conversation, turns = uuid4(), count()
        return RecordingTalk(self, now, share=1.0, place=lambda: (conversation, next(turns)), chance=lambda: 0.0)


def with_sound(hear: Hear) -> Hear:
    """Hear the same; what was typed gets a sound."""

    def heard(line: CustomerLine, assistant: Assistant) -> tuple[Transcript, ...]:
        found = hear(line, assistant)
        return tuple(replace(one, sound=one.sound or _STAND_IN) if one.best else one for one in found)

    return heard


def unmet_recorded(script: Script, kept: Sequence[Recording]) -> tuple[Failure, ...]:
    """What of the recording is not as expected.  Each line is taken for one turn."""
    if script.recorded is None:
        return ()
    found = sorted(str(each.turn + 1) for one in kept for each in one.utterances)
    if found == sorted(script.recorded):
        return ()
    wanted = ", ".join(script.recorded) or NONE
    return (Failure(script.recorded_at, f"recorded are lines {', '.join(found) or NONE}, not {wanted}"),)
