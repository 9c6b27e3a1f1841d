"""Where speech goes: a loudspeaker that can be stopped at once, a WAV file, or nowhere."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from threading import Event, Lock

from hardware.stream_formats import COMMON_RATES_HZ
from voice.audio import AudioChunk, Samples
from voice.errors import AudioDeviceError
from voice.ports import AudioSink
from voice.speech.fakes import SilentSink
from voice.speech.loudspeaker import OpenStream, OutputStream, PortAudioStream, RateRefused, has_loudspeaker
from voice.speech.pcm import resampled, scaled
from voice.speech.wav_sink import WavFileSink

__all__ = ["SilentSink", "SounddeviceSink", "WavFileSink", "default_sink", "has_loudspeaker"]

Through = Callable[[Samples, int], Samples]  # a block and its rate -> what is heard of it; in the audio thread
STALL_S = 3.0  # a Bluetooth loudspeaker may take two to wake up

_log = logging.getLogger(__name__)


class SounddeviceSink:
    """A loudspeaker through PortAudio; one chunk at a time, a second `play` waits its turn.

    `device` is a number or part of a name, None the system's default.  `through` may change each block as
    it leaves.  Nothing is opened before `play`, and each `play` opens anew, so a loudspeaker plugged in again is found by the next one.
    """

    def __init__(
        self,
        device: str | int | None = None,
        volume: float = 1.0,
        *,
        open_stream: OpenStream = PortAudioStream,
        stall_s: float = STALL_S,
        through: Through | None = None,
    ) -> None:
        self._device = device
        self._volume = volume
        self._open_stream = open_stream
        self._stall_s = stall_s
        self._through = through
        self._turn = Lock()
        self._playhead: _Playhead | None = None

    def play(self, chunk: AudioChunk) -> None:
        """Play to the end or to `stop`; at the device's own rate if it refuses the chunk's.  Raises AudioDeviceError."""
        if not len(chunk.samples):
            return
        with self._turn:
            self._playhead = playhead = _Playhead(self._through)  # before opening, which may take long: `stop` finds it
            try:
                self._play(replace(chunk, samples=scaled(chunk.samples, self._volume)), playhead)
            finally:
                self._playhead = None

    def _play(self, chunk: AudioChunk, playhead: "_Playhead") -> None:
        stream = self._opened(chunk, playhead)
        try:
            if not playhead.ended.is_set():
                stream.start()
                playhead.wait(self._stall_s)
        finally:
            stream.close()

    def stop(self) -> None:
        """Silence: the next block (20 ms) is zeros already, and the running `play` drops the stream and returns."""
        playhead = self._playhead
        if playhead is not None:
            playhead.stop()

    def _opened(self, chunk: AudioChunk, playhead: "_Playhead") -> OutputStream:
        try:
            return self._opened_at_its_rate(chunk, playhead)
        except RateRefused as refusal:
            own_rate_hz = refusal.device_rate_hz
        for rate_hz in dict.fromkeys((own_rate_hz, *COMMON_RATES_HZ)):
            with suppress(RateRefused):
                return self._opened_at_its_rate(resampled(chunk, rate_hz), playhead)
        raise AudioDeviceError("the loudspeaker takes no usual rate: `koemado devices` lists others")

    def _opened_at_its_rate(self, chunk: AudioChunk, playhead: "_Playhead") -> OutputStream:
        playhead.samples, playhead.rate_hz = chunk.samples, chunk.rate_hz
        return self._open_stream(
            device=self._device, rate_hz=chunk.rate_hz, fill=playhead.fill, ended=playhead.ended.set
        )


class _Playhead:
    """One chunk on its way out: the audio thread fills, `play` waits, any thread stops."""

    def __init__(self, through: Through | None = None) -> None:
        self.samples: Samples  # set before the stream starts
        self.rate_hz: int  # likewise
        self._through = through
        self.ended = Event()
        self._position = 0
        self._stopped = False

    def fill(self, out: Samples) -> bool:
        piece = self.samples[self._position : self._position + len(out)]
        out[: len(piece)] = 0 if self._stopped else piece
        out[len(piece) :] = 0
        if self._through:
            out[:] = self._through(out, self.rate_hz)
        self._position += len(piece)
        return not self._stopped and self._position < len(self.samples)

    def stop(self) -> None:
        self._stopped = True
        self.ended.set()

    def wait(self, stall_s: float) -> None:
        """Until it has ended.  Raises AudioDeviceError when the device asks for no more before that."""
        seen = -1
        while not self.ended.wait(stall_s):
            if self._position == seen:
                break
            seen = self._position
        if self._position < len(self.samples) and not self._stopped:
            raise AudioDeviceError("the loudspeaker went away while it played: plug it in again, then repeat")


def default_sink(device: str | int | None = None, volume: float = 1.0) -> AudioSink:
    """The loudspeaker, or silence (with a warning in the log) on a machine that has none."""
    if has_loudspeaker():
        return SounddeviceSink(device, volume)
    _log.warning("no loudspeaker found: answers are shown but not heard")
    return SilentSink()
