"""The smart speaker: a thin loop over `speaker_states`.

Three threads: the microphone's fills its queue; this loop hears, and decides; one other thinks and speaks, so that a
customer can be heard over an answer.  While the other thinks, this loop leaves the assistant alone.
"""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final

from intents.called import without_call
from intents.device_wishes import DeviceWish, MicrophoneOff, SetVolume, device_sentence, device_wish
from intents.patience import AFTERWARDS_MS, ANSWER_MS, Patience
from intents.transcripts import NOTHING_HEARD, Transcript
from voice.assistant import Assistant, Turn
from voice.audio import AudioChunk
from voice.errors import AudioDeviceError
from voice.ports import SpeechRecognizer
from voice.speaker_box import Box, Manner
from voice.speaker_ears import SpeakerEars
from voice.speaker_lookout import Lookout
from voice.speaker_mouth import CHIMES, Job, Mouth
from voice.speaker_states import BUTTONS, Effect, Event, Mode, SpeakerState, light, step
from voice.speech.earcons import Earcon
from voice.waiting import Quiet, Waiting
from voice.wake.wake import Wake

FOLLOW_UP: Final = Patience(wait_ms=ANSWER_MS, asks=False)  # nobody needs the wake word for so long
NEWS_AFTER_MS: Final = 1_200  # of quiet after the wake word: who has a question asks it by then
CHIME_AFTER_MS: Final = 350  # of quiet after the wake word
RETRY_S: Final = 2.0  # until a microphone that went away is looked for again


@dataclass(frozen=True, slots=True)
class _News:
    """An event from another thread."""

    event: Event
    job: Job | None = None


class SmartSpeaker:
    """Runs until its source ends: a microphone never does."""

    def __init__(
        self,
        box: Box,
        ears: Callable[[Assistant], SpeechRecognizer],
        assistant: Assistant,
        manner: Manner | None = None,
    ) -> None:
        self._box, self._recognizers, self._assistant = box, ears, assistant
        self._manner = manner or Manner()
        self.state = SpeakerState()
        self._events: SimpleQueue[_News] = SimpleQueue()
        self._ears = SpeakerEars(box.wake, box.stage.played, monotonic=self._manner.monotonic)
        self._lookout = Lookout(self._manner)
        self._waiting = Waiting(FOLLOW_UP)
        self.mouth = Mouth(
            box.speaker, box.sink, lambda event, job: self._events.put(_News(event, job)), self._manner.show,
            tones=self._manner.earcons,
        )  # fmt: skip
        self._cut: Turn | None = None  # the answer that was stopped last, until another is given
        self._heard: Transcript = NOTHING_HEARD
        self._wish: DeviceWish | None = None
        self._overlaps = False  # the running utterance began while something was being said
        self._quiet_ms = self._asleep_ms = 0.0
        self._tone = Quiet(None)  # that answers the wake word, never into a question in the same breath
        self._called = ""  # the wake word that the next utterance follows
        self._told_news = False
        box.stage.set_volume(box.volume.percent)

    def run(self) -> None:
        """Be there.  Raises nothing that a microphone may come back from."""
        self._box.buttons.watch(lambda event: self._events.put(_News(BUTTONS[event])))
        try:
            while not self._is_over():
                pass
        finally:
            self.mouth.close()
            self._box.buttons.close()
            self._box.indicator.close()

    def _is_over(self) -> bool:
        """Go on until the microphone is closed, lost or at its end; whether it was at its end."""
        self._show()
        self._manner.turned()
        if self.state.is_muted:
            with suppress(Empty):
                self._take_news(self._events.get(timeout=RETRY_S))
            return False
        try:
            return self._hear_stream()
        except AudioDeviceError:
            self._do(Event.LOST)
            with suppress(Empty):
                self._take_news(self._events.get(timeout=RETRY_S))
            return False

    def _hear_stream(self) -> bool:
        self._box.source.forget()
        self._ears.reopened()
        with closing(self._box.source.chunks()) as chunks:
            for chunk in chunks:
                self._manner.turned()
                self._do(Event.LOST if self._manner.is_lost() else Event.FOUND)
                self._take_all_news()
                if self.state.is_muted:
                    return False
                self.take(chunk)
                if self.state.is_muted:
                    return False
        return True

    def take(self, chunk: AudioChunk) -> None:
        """Take the next piece of sound."""
        passed_ms = len(chunk.samples) * 1000 / chunk.rate_hz
        wake = self._ears.take(chunk)
        self.mouth.keep_silent()
        if wake:
            self._woken(wake)
        elif self.state.mode is Mode.LISTENING:
            self._listen(passed_ms)
        elif self.state.mode is Mode.SPEAKING:
            self._listen_over_speech()
        self._rest(passed_ms)

    def _woken(self, wake: Wake) -> None:
        before = self.state.mode
        self._do(Event.WAKE, chimes=False)
        if before is Mode.THINKING:
            return
        self._called = wake.phrase
        self.understand(self._ears.after(wake))
        if before is not Mode.LISTENING:
            self._tone = Quiet(CHIME_AFTER_MS)

    def _listen(self, passed_ms: float) -> None:
        heard = self._ears.listen()
        self._manner.show_partial(heard.partial)
        self._quiet_ms = 0.0 if heard.hears_speech else self._quiet_ms + passed_ms
        if self._tone.has_come(passed_ms, hears_speech=heard.hears_speech or bool(heard.found)):
            self.mouth.chime(Earcon.HEARD)
        if heard.found:
            self.understand(heard.found)
        elif self._waiting.is_over(passed_ms, hears_speech=heard.hears_speech or self.state.is_held):
            patience = self._assistant.patience
            self._do(Event.NOBODY if patience and patience.asks else Event.TIRED)
        elif self._may_tell_news():
            self._told_news = True
            self._do(Event.NEWS)

    def _may_tell_news(self) -> bool:
        is_quiet = self._quiet_ms >= NEWS_AFTER_MS and self._assistant.is_idle
        return self._lookout.news and not self._told_news and is_quiet

    def _listen_over_speech(self) -> None:
        heard, said = self._ears.listen_over_speech(), self.mouth.job.says
        if heard.hears_speech and heard.is_somebody:
            self._box.stage.duck()
        else:
            self._box.stage.unduck()
        if self._ears.interrupts(heard, said):
            self._do(Event.INTERRUPTED)
        if customers := self._ears.customers(heard.found, said):
            self.understand(customers)

    def understand(self, found: Sequence[Transcript]) -> None:
        """React to utterances that have ended; to none but the first."""
        if self._overlaps and self.state.mode is Mode.LISTENING:
            found = self._ears.customers(found, self.mouth.job.says)
        if not found:
            return
        self._overlaps = False
        self._heard = without_call(found[0], self._called) if self._called else found[0]
        volume = self._box.volume
        self._wish = device_wish(self._heard, percent=volume.percent, before=volume.before, called=bool(self._called))
        self._called = ""
        if isinstance(self._wish, MicrophoneOff):
            self._do(Event.MUTE_WISH)
        else:
            self._do(Event.WISH if self._wish else Event.HEARD)

    def _rest(self, passed_ms: float) -> None:
        """What is to be done now and then, in audio time."""
        self._asleep_ms = self._asleep_ms + passed_ms if self.state.mode is Mode.SLEEPING else 0.0
        if self._asleep_ms >= AFTERWARDS_MS and self._assistant.patience is not None:
            self._assistant.forget()
        if not self._lookout.pass_time(passed_ms) or self.state.mode is Mode.THINKING:
            return
        is_new = self._lookout.look()
        if self._lookout.news and self.state.mode is Mode.SLEEPING:
            if self._manner.tells_at_once():
                self._do(Event.NEWS)
            elif is_new:
                self.mouth.chime(Earcon.MESSAGE)
        self._show()

    def _take_all_news(self) -> None:
        while not self._events.empty():
            self._take_news(self._events.get())

    def _take_news(self, news: _News) -> None:
        if news.job is None:
            self._do(news.event)
        elif not news.job.hushed.is_set():
            was_speaking = news.event is Event.SAID and self.state.mode is Mode.SPEAKING
            self._overlaps = was_speaking and self._ears.hears_speech
            self._do(news.event)

    def _do(self, event: Event, *, chimes: bool = True) -> None:
        self.state, effects = step(self.state, event)
        for effect in effects:
            if effect not in CHIMES:
                self._EFFECTS[effect](self)
            elif chimes or effect is not Effect.CHIME_HEARD:
                self.mouth.chime(CHIMES[effect])
        if effects:
            self._box.stage.unduck()
        self._show()

    def _show(self) -> None:
        self._box.indicator.show(light(self.state, news=self._lookout.news, offline=self._lookout.offline))

    def _stop(self) -> None:
        """Be silent; a conversation that ended with what was being said is over."""
        self.mouth.stop()
        self._cut = self.mouth.job.turn
        if self.mouth.job.ends_conversation:
            self._assistant.forget()

    def _forget(self) -> None:
        self._assistant.forget()
        self._cut, self._told_news = None, False

    def _listen_anew(self) -> None:
        self._ears.listen_with(self._recognizers(self._assistant))
        self._overlaps = False
        self._wait_anew()

    def _wait_anew(self) -> None:
        patience = self._assistant.patience
        self._waiting = Waiting(patience if patience and patience.asks else FOLLOW_UP)
        self._quiet_ms = 0.0

    def _finish(self) -> None:
        self.understand(self._ears.finish())

    def _react(self) -> None:
        self._answer(partial(self._assistant.hear, self._heard))

    def _react_to_silence(self) -> None:
        self._answer(partial(self._assistant.hear, NOTHING_HEARD))

    def _tell_news(self) -> None:
        self._lookout.told()
        self._answer(self._assistant.opening)

    def _answer(self, make: Callable[[], Turn | None]) -> None:
        self._cut = None
        self.mouth.answer(make)

    def _obey(self) -> None:
        wish, cut = self._wish, self._cut
        if not isinstance(wish, SetVolume):
            return
        self._box.volume.set(wish.percent)
        self._box.stage.set_volume(wish.percent)
        self._cut = None
        self.mouth.say_aside((device_sentence(wish.says),) if wish.says else (), Earcon.VOLUME, cut)

    def _say_muted(self) -> None:
        self._cut = None
        self.mouth.say_aside((device_sentence("muted"),), Earcon.MUTED, None)

    def _chime_done(self) -> None:
        self.mouth.chime(Earcon.DONE)

    def _nothing(self) -> None:
        """The loop itself opens and closes the microphone, by the state."""

    _EFFECTS: Final = {
        Effect.STOP: _stop,
        Effect.CLOSE_MICROPHONE: _nothing,
        Effect.OPEN_MICROPHONE: _nothing,
        Effect.FORGET: _forget,
        Effect.LISTEN: _listen_anew,
        Effect.LISTEN_ON: _wait_anew,
        Effect.FINISH: _finish,
        Effect.REACT: _react,
        Effect.REACT_TO_SILENCE: _react_to_silence,
        Effect.TELL_NEWS: _tell_news,
        Effect.OBEY: _obey,
        Effect.SAY_MUTED: _say_muted,
        Effect.CHIME_DONE: _chime_done,
    }
