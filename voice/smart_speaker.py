"""The smart speaker: a thin loop over `speaker_states`.

Three threads: the microphone's fills its queue; this loop hears, and decides; one other thinks and speaks, so that a
customer can be heard over an answer.  While the other thinks, this loop leaves the assistant alone.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final

from hardware.ports import ButtonEvent, Buttons, Indicator
from intents.device_wishes import DeviceWish, MicrophoneOff, SetVolume, device_sentence, device_wish
from intents.patience import AFTERWARDS_MS, ANSWER_MS, Patience
from intents.replies import Reply, reply_in
from intents.transcripts import NOTHING_HEARD, Transcript
from voice.assistant import Assistant, Turn
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk
from voice.barge_in import is_customer, is_interruption
from voice.echo_free import EchoFree
from voice.errors import AudioDeviceError
from voice.ports import AudioSink, LiveSource, SpeechRecognizer
from voice.speaker import Speaker
from voice.speaker_mouth import Job, Mouth
from voice.speaker_states import Effect, Event, Mode, SpeakerState, light, step
from voice.speech.earcons import Earcon
from voice.speech.output_stage import OutputStage
from voice.volume import KeptVolume
from voice.waiting import Waiting
from voice.wake.lookback import Lookback
from voice.wake.wake import WakeWords

FOLLOW_UP: Final = Patience(wait_ms=ANSWER_MS, asks=False)  # nobody needs the wake word for so long
NEWS_AFTER_MS: Final = 1_200  # of quiet after the wake word: who has a question asks it by then
WAKE_RINGS_S: Final = 0.1  # the room still holds the wake word's last vowel
LOOK_EVERY_MS: Final = 5_000
RETRY_S: Final = 2.0  # until a microphone that went away is looked for again

_BUTTONS: Final = {
    ButtonEvent.PRESSED: Event.PRESSED,
    ButtonEvent.HELD: Event.HELD,
    ButtonEvent.RELEASED: Event.RELEASED,
    ButtonEvent.MUTE_ON: Event.SWITCH_ON,
    ButtonEvent.MUTE_OFF: Event.SWITCH_OFF,
}
_CHIMES: Final = {
    Effect.CHIME_HEARD: Earcon.HEARD,
    Effect.CHIME_SLEEP: Earcon.SLEEP,
    Effect.CHIME_MUTED: Earcon.MUTED,
    Effect.CHIME_UNMUTED: Earcon.UNMUTED,
    Effect.CHIME_REFUSED: Earcon.ERROR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What the speaker is made of."""

    source: LiveSource
    sink: AudioSink  # plays through the stage
    stage: OutputStage
    speaker: Speaker
    buttons: Buttons
    indicator: Indicator
    volume: KeptVolume
    wake: WakeWords | None = None  # without it: the button only


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How it behaves, and what it is told from outside."""

    earcons: bool = True
    tells_at_once: Callable[[], bool] = lambda: False  # whether news may be told now to whoever is in the room
    news_waits: Callable[[], bool] = lambda: False
    is_offline: Callable[[], bool] = lambda: False
    is_lost: Callable[[], bool] = lambda: False  # whether the source gives silence for want of a microphone
    show: Callable[[Turn], None] = lambda _: None
    show_partial: Callable[[str], None] = lambda _: None
    monotonic: Callable[[], float] = time.monotonic


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
        self._box, self._ears, self._assistant = box, ears, assistant
        self._manner = manner or Manner()
        self.state = SpeakerState()
        self._events: SimpleQueue[_News] = SimpleQueue()
        self._echo_free = EchoFree(box.stage.played, monotonic=self._manner.monotonic)
        self._lookback = Lookback()
        self._recognizer: SpeechRecognizer | None = None
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
        self._since_look_ms = float(LOOK_EVERY_MS)
        self._news = self._offline = self._told_news = False
        box.stage.set_volume(box.volume.percent)

    def run(self) -> None:
        """Be there.  Raises nothing that a microphone may come back from."""
        self._box.buttons.watch(lambda event: self._events.put(_News(_BUTTONS[event])))
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
        if self.state.is_muted:
            self._take_news(self._events.get())
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
        self._echo_free.reopened()
        self._lookback.reset()
        if self._box.wake:
            self._box.wake.reset()
        with closing(self._box.source.chunks()) as chunks:
            for chunk in chunks:
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
        cleaned = self._echo_free.take(chunk)
        self.mouth.keep_silent()
        heard = AudioChunk(samples=cleaned.suppressed, rate_hz=RECOGNITION_RATE_HZ)
        self._lookback.accept(heard)
        woken = self._box.wake and self._box.wake.accept(
            AudioChunk(samples=cleaned.subtracted, rate_hz=RECOGNITION_RATE_HZ)
        )
        if woken:
            self._woken(woken.ended_at_s)
        elif self.state.mode is Mode.LISTENING:
            self._listen(heard, passed_ms)
        elif self.state.mode is Mode.SPEAKING:
            self._listen_over_speech(heard)
        self._rest(passed_ms)

    def _woken(self, ended_at_s: float) -> None:
        before = self.state.mode
        self._do(Event.WAKE, chimes=False)
        if before is Mode.THINKING or self._recognizer is None:
            return
        self.understand(self._recognizer.accept(self._lookback.since(ended_at_s + WAKE_RINGS_S)))
        if before is not Mode.LISTENING and self.state.mode is Mode.LISTENING and not self._recognizer.hears_speech:
            self.mouth.chime(Earcon.HEARD)  # never into the question that follows in the same breath

    def _listen(self, heard: AudioChunk, passed_ms: float) -> None:
        if self._recognizer is None:
            return
        found, hears_speech = self._recognizer.accept(heard), self._recognizer.hears_speech
        self._manner.show_partial(self._recognizer.partial())
        self._quiet_ms = 0.0 if hears_speech else self._quiet_ms + passed_ms
        if found:
            self.understand(found)
        elif self._waiting.is_over(passed_ms, hears_speech=hears_speech or self.state.is_held):
            patience = self._assistant.patience
            self._do(Event.NOBODY if patience and patience.asks else Event.TIRED)
        elif self._news and not self._told_news and self._quiet_ms >= NEWS_AFTER_MS and self._assistant.is_idle:
            self._told_news = True
            self._do(Event.NEWS)

    def _listen_over_speech(self, heard: AudioChunk) -> None:
        if self._recognizer is None:
            return
        found, partial_text = self._recognizer.accept(heard), self._recognizer.partial()
        if self._recognizer.hears_speech and self._echo_free.is_somebody:
            self._box.stage.duck()
        else:
            self._box.stage.unduck()
        if self._echo_free.is_somebody and is_interruption(partial_text, self.mouth.job.says):
            self._do(Event.INTERRUPTED)
        customers = self._customers(found)
        if customers:
            self.understand(customers)

    def _customers(self, found: Sequence[Transcript]) -> list[Transcript]:
        """What of it the box did not say itself; until it knows the room, only what is a reply, 「止めて」."""
        said = self.mouth.job.says
        known = self._echo_free.is_somebody
        return [one for one in found if (known or reply_in(one) is Reply.STOP) and is_customer(one, said)]

    def understand(self, found: Sequence[Transcript]) -> None:
        """React to utterances that have ended; to none but the first."""
        if self._overlaps and self.state.mode is Mode.LISTENING:
            found = self._customers(found)
        if not found:
            return
        self._overlaps = False
        self._heard = found[0]
        volume = self._box.volume
        self._wish = device_wish(self._heard, percent=volume.percent, before=volume.before)
        if isinstance(self._wish, MicrophoneOff):
            self._do(Event.MUTE_WISH)
        else:
            self._do(Event.WISH if self._wish else Event.HEARD)

    def _rest(self, passed_ms: float) -> None:
        """What is to be done now and then, in audio time."""
        self._asleep_ms = self._asleep_ms + passed_ms if self.state.mode is Mode.SLEEPING else 0.0
        if self._asleep_ms >= AFTERWARDS_MS and self._assistant.patience is not None:
            self._assistant.forget()
        self._since_look_ms += passed_ms
        if self._since_look_ms < LOOK_EVERY_MS or self.state.mode is Mode.THINKING:
            return
        self._since_look_ms = 0.0
        before, self._news = self._news, self._manner.news_waits()
        self._offline = self._manner.is_offline()
        if self._news and self.state.mode is Mode.SLEEPING:
            if self._manner.tells_at_once():
                self._do(Event.NEWS)
            elif not before:
                self.mouth.chime(Earcon.MESSAGE)
        self._show()

    def _take_all_news(self) -> None:
        while not self._events.empty():
            self._take_news(self._events.get())

    def _take_news(self, news: _News) -> None:
        if news.job is None:
            self._do(news.event)
        elif not news.job.hushed.is_set():
            self._overlaps = bool(
                news.event is Event.SAID and self.state.mode is Mode.SPEAKING and self._recognizer
                and self._recognizer.hears_speech
            )  # fmt: skip
            self._do(news.event)

    def _do(self, event: Event, *, chimes: bool = True) -> None:
        self.state, effects = step(self.state, event)
        for effect in effects:
            if effect not in _CHIMES:
                self._EFFECTS[effect](self)
            elif chimes or effect is not Effect.CHIME_HEARD:
                self.mouth.chime(_CHIMES[effect])
        if effects:
            self._box.stage.unduck()
        self._show()

    def _show(self) -> None:
        self._box.indicator.show(light(self.state, news=self._news, offline=self._offline))

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
        self._recognizer = self._ears(self._assistant)
        self._overlaps = False
        self._wait_anew()

    def _wait_anew(self) -> None:
        patience = self._assistant.patience
        self._waiting = Waiting(patience if patience and patience.asks else FOLLOW_UP)
        self._quiet_ms = 0.0

    def _finish(self) -> None:
        if self._recognizer is not None:
            self.understand(self._recognizer.finish())

    def _react(self) -> None:
        self._answer(partial(self._assistant.hear, self._heard))

    def _react_to_silence(self) -> None:
        self._answer(partial(self._assistant.hear, NOTHING_HEARD))

    def _tell_news(self) -> None:
        self._news = False
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
