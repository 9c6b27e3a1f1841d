"""Whether what was heard is the wake word, from posteriors of phones: pure, no audio, no model.

Two stages. A Viterbi search for the phrase anywhere in the stream finds candidates: each phone takes one row (30 ms)
or more and is compared with whatever was heard best in that row; it may be skipped at a price. Then the best path of
a candidate is looked at: how well the phones were heard, the worst of the last word, how long they took, how many are
missing, whether it was quiet before; a logistic regression over that gives log odds. `python -m benchmarks.fit_wake`
learns it on development sounds, over many phrases, so that none is special. Source of the ratio of keyword and best
other: Rohlicek et al., "Continuous hidden Markov modeling for speaker-independent word spotting" (1989).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from intents.morae import UNIT_ID, VOWELS
from voice.wake.phrases import WakePhrase

Rows = NDArray[np.float32]  # (rows, units or states)

SKIP_COST: Final = 8.0  # of a phone that was not heard at all, in natural logarithms
LONG_SKIP_COST: Final = 0.3  # of a long mark: ねえ and ね
LONG_AS_VOWEL: Final = 0.3  # how far a long mark counts as the vowel that it prolongs
LEAST_LOG: Final = -8.0  # of a row: one bad row must not decide
QUIET_ROWS: Final = 6  # before the phrase, 180 ms
ROWS_A_PHONE: Final = 8  # at most, on average, 240 ms
UNHEARD: Final = -3.0  # what a skipped phone counts
FEATURES: Final = ("mean", "weakest_of_last", "pace", "skipped", "quiet_before", "path")
_WORST: Final = -1e6
_SILENCE, _LONG = "<sil>", "H"
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What was learned."""

    candidate: float  # the least score of the search that is looked at, a phone
    weights: Mapping[str, float]  # of FEATURES, for log odds
    bias: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A candidate that was looked at; rows count from the beginning of what was given to the spotter."""

    start: int  # the first row of the phrase
    end: int  # the row behind its last
    known: int  # the row behind the one in which it was found
    score: float  # log odds
    features: Mapping[str, float] = field(repr=False)  # what it was made of, by FEATURES


@dataclass(frozen=True, slots=True)
class _State:
    phone: str
    in_last_word: bool

    @property
    def counts(self) -> bool:
        """Whether the phone is evidence; a pause and a long mark may be there or not."""
        return self.phone not in (_SILENCE, _LONG)


class Spotter:
    """Searches a stream of rows for one phrase."""

    def __init__(self, phrase: WakePhrase, evidence: Evidence) -> None:
        self._evidence = evidence
        self._states = _states(phrase)
        self._emitting = _emissions(phrase)
        self._skip = np.array([_skip_cost(state.phone) for state in self._states])
        self._counting = np.array([state.counts for state in self._states])
        self._last = np.array([state.counts and state.in_last_word for state in self._states])
        self._spoken = np.array([state.phone != _SILENCE for state in self._states])
        self._size = int(self._counting.sum())
        self._most = (len(self._states) * ROWS_A_PHONE) + QUIET_ROWS
        self.reset()

    def reset(self) -> None:
        """Begin a new stream."""
        self._path = np.full(len(self._states), _WORST)
        self._start = np.zeros(len(self._states), np.int64)
        self._seen = 0
        self._kept: Rows = np.zeros((0, len(self._states)), np.float32)
        self._quiet: Rows = np.zeros(0, np.float32)

    def forget(self) -> None:
        """What was heard so far is done with; rows are counted on."""
        self._path[:] = _WORST

    def accept(self, posteriors: Rows) -> list[Match]:
        """Take the next rows (rows, units); what was looked at, a candidate for each row that ends one."""
        best = posteriors.max(axis=1, keepdims=True)
        logs = np.maximum(np.log(posteriors @ self._emitting + _TINY) - np.log(best + _TINY), LEAST_LOG)
        self._kept = np.concatenate([self._kept, logs])
        self._quiet = np.concatenate([self._quiet, posteriors[:, 0]])
        first = self._seen - len(self._kept) + len(logs)  # the number of the first row that is kept
        found: list[Match] = []
        for row in logs:
            self._step(row)
            self._seen += 1
            if self._is_candidate():
                found.append(self._look(first))
        self._kept, self._quiet = self._kept[-self._most :], self._quiet[-self._most :]
        return found

    def _step(self, row: Rows) -> None:
        """Every state from itself, the one before, or the one before that."""
        path, start, now = self._path, self._start, self._seen
        best, began = path.copy(), start.copy()
        for place, cost in ((1, 0.0), (2, None)):
            came, since = _from(path, start, place, now, self._skip if cost is None else None)
            better = came > best
            best, began = np.where(better, came, best), np.where(better, since, began)
        self._path, self._start = best + row, began

    def _is_candidate(self) -> bool:
        length = self._seen - int(self._start[-1])
        if length < self._size:  # faster than anybody speaks
            return False
        return float(self._path[-1]) / self._size >= self._evidence.candidate

    def _look(self, first: int) -> Match:
        logs = self._kept[: self._seen - first][-self._most :]
        base = self._seen - len(logs)
        began, states = best_path(logs, self._skip)
        features = self._features(logs[began:], states, self._quiet[: base - first + began][-QUIET_ROWS:])
        weights = self._evidence.weights
        score = self._evidence.bias + sum(weights[name] * value for name, value in features.items())
        return Match(start=base + began, end=self._seen, known=self._seen, score=float(score), features=features)

    def _features(self, logs: Rows, states: NDArray[np.int64], quiet: Rows) -> dict[str, float]:
        rows = logs[np.arange(len(states)), states]
        counts = np.bincount(states, minlength=len(self._states))
        sums = np.bincount(states, weights=rows, minlength=len(self._states))
        heard = np.where(counts > 0, sums / np.maximum(counts, 1), UNHEARD)
        values = (
            float(heard[self._counting].mean()),
            float(np.sort(heard[self._last])[:2].mean()),
            float(np.log(counts[self._spoken].sum() / self._size)),
            float((counts[self._counting] == 0).mean()),
            float(quiet.mean()) if len(quiet) else 1.0,
            float(rows.mean()),
        )
        return dict(zip(FEATURES, values, strict=True))


def best_path(logs: Rows, skip: NDArray[np.float64]) -> tuple[int, NDArray[np.int64]]:
    """The best path to the last row in the last state: its first row, and the state of each row from there on."""
    path = np.full(logs.shape[1], _WORST)
    came = np.zeros(logs.shape, np.int64)  # from how many states before
    for number, row in enumerate(logs):
        nothing = np.zeros(logs.shape[1], np.int64)
        ways = np.stack([path, *(_from(path, nothing, place, 0, s)[0] for place, s in ((1, None), (2, skip)))])
        came[number] = ways.argmax(axis=0)
        path = ways.max(axis=0) + row
    state, states = logs.shape[1] - 1, list[int]()
    for number in range(len(logs) - 1, -1, -1):
        states.append(state)
        state -= int(came[number, state])
        if state < 0:
            break
    return len(logs) - len(states), np.array(states[::-1], np.int64)


def _from(
    path: NDArray[np.float64], start: NDArray[np.int64], place: int, now: int, skip: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The paths of the states so many before; a phrase begins now in its first state, or with `skip` in its second."""
    came, since = np.full(len(path), _WORST), np.full(len(path), now)
    came[place:], since[place:] = path[:-place], start[:-place]
    came[place - 1] = 0.0
    if skip is not None:
        came[1:] -= skip[:-1]
        came[0] = _WORST
    return came, since


def _states(phrase: WakePhrase) -> list[_State]:
    states: list[_State] = []
    for number, word in enumerate(phrase.words):
        is_last = number == len(phrase.words) - 1
        states += [_State(_SILENCE, is_last)] * bool(states) + [_State(phone, is_last) for phone in word]
    return states


def _skip_cost(phone: str) -> float:
    return {_SILENCE: 0.0, _LONG: LONG_SKIP_COST}.get(phone, SKIP_COST)


def _emissions(phrase: WakePhrase) -> Rows:
    """How far each unit, when heard, speaks for each state; shape (units, states)."""
    heard_as = np.eye(len(UNIT_ID), dtype=np.float32)
    columns: list[Rows] = []
    vowel = ""
    for state in _states(phrase):
        row = heard_as[UNIT_ID[state.phone]]
        if state.phone in VOWELS:
            vowel = state.phone
            row = row + LONG_AS_VOWEL * heard_as[UNIT_ID[_LONG]]
        elif state.phone == _LONG and vowel:
            row = row + heard_as[UNIT_ID[vowel]]
        columns.append(row)
    return np.ascontiguousarray(np.stack(columns, axis=1), np.float32)
