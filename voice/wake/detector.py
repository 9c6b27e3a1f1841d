"""The wake word in a stream: a gate for sound, the acoustic model on what passes, one search for each phrase.

In silence only the gate works.  Times are counted in audio, not by the clock, so it runs as fast as it is fed.
"""

import tomllib
from collections import deque
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.modelkit.topology import SUBSAMPLING
from voice.recognition.speech_detection import WINDOW
from voice.wake.acoustics import Acoustics, read_layers
from voice.wake.cepstra import SHIFT
from voice.wake.ear import Ear, ear_for
from voice.wake.gate import LoudnessGate
from voice.wake.hearing import Bars, Hearing, shipped_bars
from voice.wake.matching import Evidence, Match
from voice.wake.phrases import WakePhrase, wake_phrases
from voice.wake.wake import Wake

LEAD_IN: Final = 78  # windows that are heard from before it opens, 2.5 s: ねえ, and a pause
STAYS: Final = 40  # windows without sound after which it closes, 1.3 s
AT_ONCE: Final = 2  # windows that the model takes together
ROW: Final = SUBSAMPLING * SHIFT  # samples of a row
SURE: Final = 2.0  # log odds above the threshold at which nothing better is waited for
BETTER_WITHIN: Final = 5  # rows: what was found may only be the beginning of the phrase and chance
DECIDED_WITHIN: Final = 12  # rows
LAST_VOWEL: Final = 3  # rows: what is sure at once is so before its last vowel is over


class WakeWordDetector:
    """A `WakeWords` over an acoustic model of ours, whichever recognises the questions.  One stream, one thread."""

    def __init__(
        self,
        phrases: Sequence[WakePhrase],
        acoustics: Acoustics,
        *,
        ears: Mapping[str, Ear] | None = None,
        bars: Bars | None = None,
    ) -> None:
        """`ears`, trained with these acoustics, by the text of their phrase; without one the search hears alone."""
        self._acoustics = acoustics
        self._gate = LoudnessGate()
        bars, ears = bars or shipped_bars(), ears or {}
        self._hearings = [Hearing(phrase, evidence(), ears.get(phrase.text), bars) for phrase in phrases]
        self._threshold = bars.search
        self.reset()

    def reset(self) -> None:
        """A new stream begins; its clock starts at 0."""
        self._gate.reset()
        self._rest: Samples = np.zeros(0, np.int16)
        self._windows: deque[Samples] = deque(maxlen=LEAD_IN)  # what came last, since the last wake word
        self._waiting: list[Samples] = []  # while open: what the model has not had yet
        self._taken = 0  # samples of the stream
        self._quiet = STAYS  # windows since a sound
        self._begin()

    def accept(self, chunk: AudioChunk) -> Wake | None:
        """Take the next piece of the stream; the wake word if its end was noticed in it.

        Of several in one piece the first; it is noticed some 0.2 s after its last sound, 0.5 s when in doubt.  Raises
        ValueError at another rate than 16 kHz.
        """
        if chunk.rate_hz != RECOGNITION_RATE_HZ:
            raise ValueError(f"the wake word is heard at {RECOGNITION_RATE_HZ} Hz, not {chunk.rate_hz}")
        wave = np.concatenate([self._rest, chunk.samples])
        whole = len(wave) - len(wave) % WINDOW
        self._rest = wave[whole:]
        found = [wake for at in range(0, whole, WINDOW) if (wake := self._window(wave[at : at + WINDOW]))]
        return found[0] if found else None

    @property
    def is_listening(self) -> bool:
        """Whether the gate is open, and the model works."""
        return self._quiet < STAYS

    def _window(self, window: Samples) -> Wake | None:
        was_open = self.is_listening
        self._taken += WINDOW
        self._quiet = 0 if self._gate.rises(window) else self._quiet + 1
        self._windows.append(window)
        if not self.is_listening:
            return None
        if was_open:
            self._waiting.append(window)
        else:
            self._open()
        return self._heard() if len(self._waiting) >= AT_ONCE else None

    def _open(self) -> None:
        self._begin()
        self._began = self._taken - WINDOW * len(self._windows)
        self._waiting = list(self._windows)

    def _begin(self) -> None:
        self._acoustics.reset()
        for hearing in self._hearings:
            hearing.reset()
        self._began = 0  # the sample with which the rows begin
        self._rows = 0
        self._best: tuple[str, Match] | None = None
        self._since = 0  # the row in which the first match was found

    def _heard(self) -> Wake | None:
        logs = self._acoustics.accept(np.concatenate(self._waiting))
        self._waiting = []
        self._rows += len(logs)
        for hearing in self._hearings:
            for match in hearing.accept(logs):
                self._consider(hearing.text, match)
        return self._decided()

    def _consider(self, text: str, match: Match) -> None:
        if match.score < self._threshold or (self._best and self._best[1].score >= self._threshold + SURE):
            return
        if self._best is None:
            self._since = match.known
        if self._best is None or match.score > self._best[1].score:
            self._best = text, match

    def _decided(self) -> Wake | None:
        """The best match, once it cannot be expected to become better."""
        if self._best is None:
            return None
        text, match = self._best
        is_sure = match.score >= self._threshold + SURE
        if not is_sure and self._rows < min(match.known + BETTER_WITHIN, self._since + DECIDED_WITHIN):
            return None
        self._best = None
        self._windows.clear()  # or it would be heard again when the gate opens anew
        for hearing in self._hearings:
            hearing.forget()
        end = self._began + (match.end + LAST_VOWEL * is_sure) * ROW
        return Wake(phrase=text, score=match.score, ended_at_s=end / RECOGNITION_RATE_HZ)


def wake_word_detector(texts: Sequence[str], model: Path) -> WakeWordDetector:
    """The detector for these wake words with the acoustic model in a folder, which must be one of ours (the embedded).

    Raises SettingsError for a phrase that is no wake word, ModelDamaged for a model that cannot be used.
    """
    phrases, acoustics = wake_phrases(texts), Acoustics(read_layers(model))
    ears = {phrase.text: ear for phrase in phrases if (ear := ear_for(phrase, model))}
    return WakeWordDetector(phrases, acoustics, ears=ears)


@cache
def evidence() -> Evidence:
    """What data/evidence.toml says."""
    learned = tomllib.loads(files("voice.wake").joinpath("data", "evidence.toml").read_text(encoding="utf-8"))
    return Evidence(candidate=learned["candidate"], weights=learned["weights"], bias=learned["bias"])
