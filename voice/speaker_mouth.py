"""What the smart speaker says, beside the loop that hears: thoughts, sentences and tones, one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event as Flag
from typing import Final

from intents.answers import Spoken
from intents.conversation import Pace
from intents.prompts import prompt
from voice.assistant import Turn
from voice.background_work import BackgroundWork
from voice.ports import AudioSink
from voice.speaker import Speaker
from voice.speaker_states import Effect, Event
from voice.speech.earcons import Earcon, sound

CHIMES: Final = {
    Effect.CHIME_HEARD: Earcon.HEARD,
    Effect.CHIME_SLEEP: Earcon.SLEEP,
    Effect.CHIME_MUTED: Earcon.MUTED,
    Effect.CHIME_UNMUTED: Earcon.UNMUTED,
    Effect.CHIME_REFUSED: Earcon.ERROR,
}


@dataclass(slots=True, eq=False)
class Job:
    """One thing to think about and say."""

    turn: Turn | None = None
    says: tuple[Spoken, ...] = ()
    hushed: Flag = field(default_factory=Flag)

    @property
    def ends_conversation(self) -> bool:
        """Whether the conversation is over with it."""
        return self.turn is not None and self.turn.reaction.finished


Tell = Callable[[Event, Job], None]  # from the other thread


class Mouth:
    """Thinks and speaks in a thread of its own, and tells of ANSWERED, then of SAID or PARTED."""

    def __init__(
        self, speaker: Speaker, sink: AudioSink, tell: Tell, show: Callable[[Turn], None], *, tones: bool
    ) -> None:
        self._speaker, self._sink, self._tell, self._show, self._tones = speaker, sink, tell, show, tones
        self._work = BackgroundWork()
        self.job = Job()  # the last

    @property
    def is_busy(self) -> bool:
        """Whether it thinks or speaks."""
        return self._work.is_busy

    @property
    def was_stopped(self) -> bool:
        """Whether what was said last was cut short."""
        return self.job.hushed.is_set()

    def answer(self, make: Callable[[], Turn | None]) -> None:
        """Let the other thread think, and then say what comes of it."""
        self.job = Job()
        self._work.do(partial(self._answer, self.job, make))

    def say_aside(self, says: tuple[Spoken, ...], earcon: Earcon, again: Turn | None) -> None:
        """Something beside the conversation, or else a tone; then the answer that it interrupted, from its beginning."""
        self.job = Job(turn=again)
        if not says:
            self.chime(earcon)
        said = (*says, *(again.reaction.says if again else ()))
        self._work.do(partial(self._say, self.job, said, again.pace if again else Pace.NORMAL))

    def chime(self, earcon: Earcon) -> None:
        """A tone, behind what is being said."""
        if self._tones:
            self._work.do(partial(self._sink.play, sound(earcon)))

    def stop(self) -> None:
        """Be silent at once."""
        self.job.hushed.set()
        self._sink.stop()

    def keep_silent(self) -> None:
        """Stop a sentence that was about to begin when `stop` was called."""
        if self.was_stopped and self.is_busy:
            self._sink.stop()

    def close(self) -> None:
        """Say nothing more."""
        self.stop()
        self._work.close()

    def _answer(self, job: Job, make: Callable[[], Turn | None]) -> None:
        try:
            job.turn = make()
        except Exception:  # whatever it is, who asked must not wait for an answer; `BackgroundWork` logs it
            self._say(job, (prompt("failed"),), Pace.NORMAL)
            raise
        if job.turn is not None:
            self._show(job.turn)
        self._say(job, job.turn.reaction.says if job.turn else (), job.turn.pace if job.turn else Pace.NORMAL)

    def _say(self, job: Job, says: Sequence[Spoken], pace: Pace) -> None:
        job.says = tuple(says)
        if says:
            self._tell(Event.ANSWERED, job)
        try:
            self._play(job, says, pace)
        except Exception:  # whatever it is, a tone may still be heard; `BackgroundWork` logs it
            self.chime(Earcon.ERROR)
            raise
        finally:
            self._tell(Event.PARTED if job.ends_conversation else Event.SAID, job)

    def _play(self, job: Job, says: Sequence[Spoken], pace: Pace) -> None:
        for chunk in self._speaker.rendered(says, pace):
            if job.hushed.is_set():
                return
            self._sink.play(chunk)
