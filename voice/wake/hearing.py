"""One phrase in the rows of a stream: the search for its phones, and beside it the ear that was trained on it, if any.

Where there is an ear it decides, and what the search found counts too: what has none of the phones is seldom the
phrase. The search alone decides when it is surer than it must be without an ear: for voices unlike those that the ear
was trained on.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice.wake.ear import Ear
from voice.wake.matching import Evidence, Match, Spotter
from voice.wake.phrases import WakePhrase, wake_data

Rows = NDArray[np.float32]

DEAF: Final = 34  # rows after a wake word, 1 s, in which only its end and its echo can be heard
SHARE: Final = 0.45  # of the search's log odds, that the ear's are corrected by
NOTHING, MOST = -6.0, 6.0  # log odds where the search finds nothing, and at most
RECENT: Final = 15  # rows in which the search may have found the end, before the ear is surest
PHRASE_ROWS: Final = 40  # of the phrase, for the ear, which knows its end only


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """How sure each must be, in its own log odds."""

    search: float  # of a phrase that has no ear
    search_beside_ear: float
    ear: float  # with the search's share


class Hearing:
    """Gives what may be the phrase, with scores that are above the bar of the search when it is."""

    def __init__(self, phrase: WakePhrase, evidence: Evidence, ear: Ear | None, bars: Bars) -> None:
        self.text = phrase.text
        self._spotter = Spotter(phrase, evidence)
        self._ear = ear
        self._bars = bars
        self.reset()

    def reset(self) -> None:
        """Begin a new stream."""
        self._spotter.reset()
        self._rows = self._deaf = 0
        self._searched: Rows = np.full(RECENT - 1, NOTHING, np.float32)
        if self._ear:
            self._ear.reset()

    def forget(self) -> None:
        """What was heard so far is done with; rows are counted on."""
        self._spotter.forget()
        self._deaf = self._rows + DEAF

    def accept(self, logs: Rows) -> list[Match]:
        """Take the next rows of log-probabilities (rows, units)."""
        found = self._spotter.accept(np.exp(logs))
        if self._ear and len(logs):
            heard = self._heard_by(self._ear, logs, found)
            higher = self._bars.search_beside_ear - self._bars.search
            found = [*(replace(match, score=match.score - higher) for match in found), *heard]
        self._rows += len(logs)
        return [match for match in found if match.known > self._deaf]

    def _heard_by(self, ear: Ear, logs: Rows, found: list[Match]) -> list[Match]:
        scores = ear.accept(logs) + SHARE * self._recently(found, len(logs)) - self._bars.ear + self._bars.search
        ends = range(self._rows + 1, self._rows + len(logs) + 1)
        return [
            Match(start=max(0, end - PHRASE_ROWS), end=end - ear.late, known=end, score=float(score), features={})
            for end, score in zip(ends, scores, strict=True)
        ]

    def _recently(self, found: list[Match], count: int) -> Rows:
        """The best that the search found in the last rows up to each of so many new ones."""
        new = np.full(count, NOTHING, np.float32)
        for match in found:
            new[match.known - self._rows - 1] = np.clip(match.score, NOTHING, MOST)
        known = np.concatenate([self._searched, new])
        self._searched = known[-(RECENT - 1) :]
        return np.asarray(np.lib.stride_tricks.sliding_window_view(known, RECENT).max(axis=1))


def shipped_bars() -> Bars:
    """What data/wake.toml says."""
    return Bars(**wake_data()["bars"])
