"""Open JTalk as a pyttsx3 driver: after `register_openjtalk_driver()`, `pyttsx3.init("openjtalk")` works.

The contract is that of `pyttsx3/drivers/dummy.py` (2.99).  `say` and `save_to_file` only lay the job down; the loop
does it.  So a queue of any length needs no recursion, and a job laid down before `runAndWait` is not lost (with the
drivers that ship with pyttsx3 a second `runAndWait` may say nothing: #126, #131).
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Condition, get_ident
from types import ModuleType
from typing import Any

from voice.audio import AudioChunk
from voice.errors import VoiceError
from voice.ports import AudioSink
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.pcm import scaled
from voice.speech.playback import default_sink
from voice.speech.prosody import PITCH_RANGE, SPEED_RANGE, Prosody
from voice.speech.wav_sink import WavFileSink

NAME = "pyttsx3.drivers.openjtalk"
NORMAL_RATE = 200  # what pyttsx3 calls words per minute; its drivers start with it
MIDDLE_PITCH, PITCH_STEPS = 50, 4.0  # 0 to 99 as espeak has it; steps a semitone
RETRY_STOP_S = 0.02
LONGEST_STOP_S = 2.0

MakeSink = Callable[[], AudioSink]


def register_openjtalk_driver(make_sink: MakeSink = default_sink) -> None:
    """Let pyttsx3 find the driver in this process; `make_sink` is called at the first `say`."""
    module = ModuleType(NAME)
    module.buildDriver = lambda proxy: OpenJTalkDriver(proxy, make_sink)  # type: ignore[attr-defined]
    sys.modules[NAME] = module


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    text: str
    path: Path | None  # None: aloud


class OpenJTalkDriver:
    """What a pyttsx3 engine talks to.  `stop` may come from any thread, all else from the engine's own."""

    def __init__(self, proxy: Any, make_sink: MakeSink) -> None:
        self._proxy = proxy
        self._make_sink = make_sink
        self._sink: AudioSink | None = None
        self._changed = Condition()  # guards the six below
        self._waiting: _Job | None = None  # at most one: the proxy is busy while it waits
        self._running_in: int | None = None  # thread of the running job
        self._stopping = False
        self._looping = False
        self._ended_early = False
        self._voice = ""  # path of a voice file; "" is the bundled one
        self._prosody = Prosody()
        self._synthesizer: OpenJTalkSynthesizer | None = None

    def say(self, text: str) -> None:
        """Lay down an utterance to be heard."""
        self._lay_down(_Job(text=text, path=None))

    def save_to_file(self, text: str, filename: str) -> None:
        """Lay down an utterance to be written as WAV."""
        self._lay_down(_Job(text=text, path=Path(filename)))

    def _lay_down(self, job: _Job) -> None:
        self._proxy.setBusy(True)
        with self._changed:
            self._waiting = job
            self._changed.notify_all()

    def startLoop(self) -> None:  # noqa: N802
        """Work until `endLoop`; an idle engine that is told to run and wait calls that before this."""
        self._looping = not self._ended_early
        self._ended_early = False
        if self._looping:
            self._let_queue_in()
        while self._looping:
            self._work(wait=True)

    def endLoop(self) -> None:  # noqa: N802
        """Let `startLoop` return after the running job."""
        with self._changed:
            self._ended_early = not self._looping
            self._looping = False
            self._changed.notify_all()

    def iterate(self) -> Iterator[None]:
        """For a loop of the caller's: one job a step at the most."""
        self._let_queue_in()
        while True:
            self._work(wait=False)
            yield

    def _let_queue_in(self) -> None:
        """Unless a job waits from before the loop: it comes first, for the queue may hold the end of the loop."""
        if self._waiting is None:
            self._proxy.setBusy(False)

    def stop(self) -> None:
        """End the running utterance and drop the waiting one; silent when it returns (within 100 ms of playing)."""
        with self._changed:
            dropped, self._waiting = self._waiting, None
            self._stopping = True
            running_in = self._running_in
        if running_in is not None:
            self._silence(in_callback=running_in == get_ident())
        elif dropped:
            self._proxy.setBusy(False)

    def _silence(self, *, in_callback: bool) -> None:
        """Again and again: the job may be between rendering and playing, where `AudioSink.stop` does nothing yet.

        A callback runs before or after playing, in the job's own thread: waiting there would never end.
        """
        for _ in range(0 if in_callback else int(LONGEST_STOP_S / RETRY_STOP_S)):
            if self._sink is not None:
                self._sink.stop()
            with self._changed:
                if self._changed.wait_for(lambda: self._running_in is None, RETRY_STOP_S):
                    return

    def _work(self, *, wait: bool) -> None:
        job = self._taken(wait=wait)
        if job is None:
            return
        self._proxy.notify("started-utterance")
        completed = self._performed(job)
        self._proxy.notify("finished-utterance", completed=completed)
        self._proxy.setBusy(False)

    def _taken(self, *, wait: bool) -> _Job | None:
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._waiting is not None or not self._looping)
            job, self._waiting = self._waiting, None
            if job is not None:
                self._running_in, self._stopping = get_ident(), False
            return job

    def _performed(self, job: _Job) -> bool:
        """Whether it was heard or written to its end."""
        try:
            self._perform(job)
        except VoiceError as error:
            self._proxy.notify("error", exception=error)
            return False
        finally:
            with self._changed:
                self._running_in = None
                self._changed.notify_all()
        return not self._stopping

    def _perform(self, job: _Job) -> None:
        chunk = self._rendered(job.text)
        if self._stopping:
            return
        if job.path is None:
            self._sink = self._sink or self._make_sink()
            self._sink.play(chunk)
        else:
            with WavFileSink(job.path) as file:
                file.play(chunk)

    def _rendered(self, text: str) -> AudioChunk:
        if self._synthesizer is None:
            self._synthesizer = OpenJTalkSynthesizer(Path(self._voice) if self._voice else None, self._prosody)
        chunk = self._synthesizer.synthesize(text)
        return replace(chunk, samples=scaled(chunk.samples, self._prosody.volume))

    def getProperty(self, name: str) -> object:  # noqa: N802
        """One of voices, voice, rate, volume, pitch (0 to 99).  Raises KeyError."""
        if name == "voices":
            return self._voices()
        values = {
            "voice": self._voice,
            "rate": round(NORMAL_RATE * self._prosody.speed),
            "volume": self._prosody.volume,
            "pitch": round(MIDDLE_PITCH + PITCH_STEPS * self._prosody.pitch_semitones),
        }
        return values[name]

    def _voices(self) -> list[Any]:
        from pyttsx3.voice import Voice  # pyttsx3 is there when this is called

        bundled = Voice("", "Open JTalk, Mei", ["ja"], "Female", "Adult")
        return [bundled, *([Voice(self._voice, Path(self._voice).stem, ["ja"])] if self._voice else [])]

    def setProperty(self, name: str, value: Any) -> None:  # noqa: N802
        """Numbers out of range are clipped, as pyttsx3 wants it.  Raises KeyError, ValueError."""
        match name:
            case "voice":
                self._voice = str(value or "")
            case "rate":
                self._prosody = replace(self._prosody, speed=_clipped(float(value) / NORMAL_RATE, SPEED_RANGE))
            case "volume":
                self._prosody = replace(self._prosody, volume=_clipped(float(value), (0.0, 1.0)))
            case "pitch":
                semitones = (float(value) - MIDDLE_PITCH) / PITCH_STEPS
                self._prosody = replace(self._prosody, pitch_semitones=_clipped(semitones, PITCH_RANGE))
            case _:
                raise KeyError(f"unknown property {name}")
        self._synthesizer = None

    def destroy(self) -> None:
        """The engine goes away, and the proxy with it."""
        with self._changed:
            self._waiting, self._stopping = None, True
        if self._sink is not None:
            self._sink.stop()


def _clipped(value: float, allowed: tuple[float, float]) -> float:
    return min(max(value, allowed[0]), allowed[1])
