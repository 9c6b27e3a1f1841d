"""Stand-ins that ship: a synthesizer that hums, a sink without a loudspeaker, a loudspeaker that a test drives."""

from collections import deque
from collections.abc import Callable
from threading import Condition, Event

import numpy as np

from voice.audio import AudioChunk, Samples
from voice.errors import SynthesisError
from voice.speech.loudspeaker import BLOCK_MS, Fill, RateRefused
from voice.speech.prosody import NORMAL, Prosody

HUM_RATE_HZ = 16_000
HUM_HZ = 220.0
MS_PER_CHARACTER = 200
REMEMBERED = 100  # chunks; a device without a loudspeaker runs for years
REMEMBERED_SAMPLES = 4_800_000  # of all of them but the last: 9.6 MB


class HummingSynthesizer:
    """A tone of 200 ms for each letter or digit, at once and always the same; remembers what it was asked."""

    def __init__(self, prosody: Prosody = NORMAL) -> None:
        self._prosody = prosody
        self.texts: list[str] = []

    @property
    def fingerprint(self) -> str:
        """As the port has it."""
        return f"humming 1 {self._prosody.sound_key}"

    def synthesize(self, text: str) -> AudioChunk:
        """Hum.  Raises SynthesisError when the text has no letter or digit."""
        self.texts.append(text)
        letters = sum(map(str.isalnum, text))
        if not letters:
            raise SynthesisError("nothing to say: the text has no word that can be spoken")
        seconds = np.arange(int(letters * MS_PER_CHARACTER * HUM_RATE_HZ / 1000 / self._prosody.speed)) / HUM_RATE_HZ
        pitch_hz = HUM_HZ * 2 ** (self._prosody.pitch_semitones / 12)
        wave = 8000 * np.sin(2 * np.pi * pitch_hz * seconds)
        return AudioChunk(samples=wave.astype(np.int16), rate_hz=HUM_RATE_HZ)


class SilentSink:
    """No loudspeaker: `play` returns at once and makes no sound, but what was played can be looked at.

    With `held=True` it plays as slowly as the test wants: `play` waits for `release` or `stop`.
    """

    def __init__(self, *, held: bool = False) -> None:
        self.played: deque[AudioChunk] = deque(maxlen=REMEMBERED)
        self.cut_short = 0  # how often `stop` ended a running `play`
        self._held = held
        self._playing = False
        self._changed = Condition()

    def play(self, chunk: AudioChunk) -> None:
        """Remember the chunk; wait if held."""
        with self._changed:
            self._remember(chunk)
            if not self._held or not len(chunk.samples):
                return
            self._playing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._playing)

    def _remember(self, chunk: AudioChunk) -> None:
        self.played.append(chunk)
        while len(self.played) > 1 and sum(len(one.samples) for one in self.played) > REMEMBERED_SAMPLES:
            self.played.popleft()

    def stop(self) -> None:
        """End a held `play`."""
        with self._changed:
            self.cut_short += self._playing
            self._end()

    def release(self) -> None:
        """Let a held `play` reach its end."""
        with self._changed:
            self._end()

    def wait_until_playing(self, timeout_s: float) -> bool:
        """Whether a held `play` has begun within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._playing, timeout_s)

    def _end(self) -> None:
        self._playing = False
        self._changed.notify_all()


class FakeLoudspeaker:
    """Hardware for `SounddeviceSink(open_stream=loudspeaker.open_stream)`: it consumes blocks of 20 ms.

    By itself as soon as it is started, or with `driven=True` one block for each `play_block`.
    """

    def __init__(self, *, only_rate_hz: int | None = None, driven: bool = False) -> None:
        self.heard: list[Samples] = []  # block by block
        self.rate_hz = 0  # of the last stream
        self.open_streams = 0
        self._only_rate_hz = only_rate_hz
        self._driven = driven
        self._started = Event()

    def open_stream(
        self, *, device: str | int | None, rate_hz: int, fill: Fill, ended: Callable[[], None]
    ) -> "FakeLoudspeaker":
        """As OpenStream has it; any `device` is this one."""
        if self._only_rate_hz not in (None, rate_hz):
            raise RateRefused(self._only_rate_hz or 0)
        self.rate_hz, self._fill, self._ended = rate_hz, fill, ended
        self.open_streams += 1
        return self

    def start(self) -> None:
        """Play all of it, or let the test begin."""
        self._started.set()
        while not self._driven and self.play_block():
            pass

    def close(self) -> None:
        """Nothing more is heard."""
        self.open_streams -= 1
        self._started.clear()

    def play_block(self) -> bool:
        """Let 20 ms pass; whether there is more."""
        block = np.zeros(self.rate_hz * BLOCK_MS // 1000, np.int16)
        more = self._fill(block)
        self.heard.append(block)
        if not more:
            self._ended()
        return more

    def unplug(self) -> None:
        """What PortAudio does when the device goes away."""
        self._ended()

    def wait_until_playing(self, timeout_s: float) -> bool:
        """Whether a stream has been started within the time."""
        return self._started.wait(timeout_s)

    @property
    def sound(self) -> Samples:
        """Everything that was heard."""
        return np.concatenate([np.zeros(0, np.int16), *self.heard])
