"""Language models over morae: interpolated absolute discounting with back-off, and trees of phrases.

Source: Ney, Essen and Kneser, "On structuring probabilistic dependences in stochastic language modelling" (1994).  The
discounted mass of a history goes to the next shorter one, down to the uniform distribution over all morae and the end.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from voice.modelkit.topology import SENTENCE_END, SENTENCE_START, WORDS

Gram = tuple[str, ...]
WeightedReading = tuple[Sequence[str], float]  # katakana morae and how often they count

_LEAST_REST: Final = 1e-4  # of a history whose every continuation was kept: never -log(0)
_BIGRAM: Final = 2


class Arc(NamedTuple):
    """A step of a language model: its cost (-log probability) and the state behind it."""

    cost: float
    target: int


@dataclass(slots=True)
class LmState:
    """What a history may be followed by."""

    arcs: dict[str, Arc] = field(default_factory=dict)  # by mora
    backoff: Arc | None = None  # to a shorter history; None for the shortest
    end: float | None = None  # the cost of ending here; None when a sentence cannot
    skips: list[Arc] = field(default_factory=list)  # further steps without a mora; never in a circle


@dataclass(slots=True)
class MoraLm:
    """A language model as an automaton whose labels are katakana morae."""

    states: list[LmState] = field(default_factory=list)
    start: int = 0

    def state(self) -> int:
        """Add an empty state; its number."""
        self.states.append(LmState())
        return len(self.states) - 1


def ngram(
    sentences: Iterable[WeightedReading],
    order: int = 4,
    cutoffs: Sequence[float] = (1, 1, 2, 3),
    discount: float = 0.75,
    vocabulary: Sequence[str] = WORDS,
) -> MoraLm:
    """Estimate an n-gram model from weighted lists of katakana morae, or of other labels if `vocabulary` names them all.

    `cutoffs[n - 1]` is the least count with which an n-gram is kept.  Every history's outcomes sum to one, back-off
    included.  Raises ValueError without sentences, or when there is not one cut-off for every length.
    """
    if len(cutoffs) != order:
        raise ValueError(f"an n-gram of order {order} needs {order} cut-offs, not {len(cutoffs)}")
    counts = _count(sentences, order)
    if not counts[0]:
        raise ValueError("an n-gram needs at least one sentence")
    histories = _histories(_kept(counts, cutoffs))
    model = _Estimate(histories, _totals(counts, histories), discount, (*vocabulary, SENTENCE_END))
    return _automaton(histories, model, order)


def _count(sentences: Iterable[WeightedReading], order: int) -> list[defaultdict[Gram, float]]:
    """Count the n-grams of every length; counts[n - 1] are those of length n."""
    counts: list[defaultdict[Gram, float]] = [defaultdict(float) for _ in range(order)]
    for reading, weight in sentences:
        padded = (SENTENCE_START, *reading, SENTENCE_END)
        for end in range(2, len(padded) + 1):
            for n in range(1, min(order, end) + 1):
                counts[n - 1][padded[end - n : end]] += weight
    return counts


def _kept(counts: Sequence[Mapping[Gram, float]], cutoffs: Sequence[float]) -> list[dict[Gram, float]]:
    """Drop rare n-grams, but none that a longer kept one needs as its suffix or its history."""
    kept = [
        {gram: count for gram, count in of_length.items() if count >= least}
        for of_length, least in zip(counts, cutoffs, strict=True)
    ]
    for n in range(len(kept) - 1, 0, -1):
        for gram in kept[n]:
            for shorter in (gram[1:], gram[:-1]):
                if shorter != (SENTENCE_START,):  # nothing predicts the start
                    kept[n - 1].setdefault(shorter, counts[n - 1][shorter])
    return kept


def _histories(kept: Iterable[Mapping[Gram, float]]) -> dict[Gram, dict[str, float]]:
    histories: defaultdict[Gram, dict[str, float]] = defaultdict(dict)
    for of_length in kept:
        for gram, count in of_length.items():
            histories[gram[:-1]][gram[-1]] = count
    return {history: histories[history] for history in sorted(histories, key=len)}


def _totals(counts: Iterable[Mapping[Gram, float]], histories: Mapping[Gram, object]) -> dict[Gram, float]:
    """How often every history was seen, dropped continuations included."""
    totals: defaultdict[Gram, float] = defaultdict(float)
    for of_length in counts:
        for gram, count in of_length.items():
            if gram[:-1] in histories:
                totals[gram[:-1]] += count
    return totals


class _Estimate:
    """Probabilities of the kept n-grams and the mass that every history leaves to the shorter one."""

    def __init__(
        self,
        histories: Mapping[Gram, Mapping[str, float]],
        totals: Mapping[Gram, float],
        discount: float,
        outcomes: Sequence[str],  # what may follow a history
    ) -> None:
        self.outcomes = outcomes
        self.prob: dict[Gram, float] = {}
        self.rest: dict[Gram, float] = {}
        for history, seen in histories.items():  # shorter ones first
            self._add(history, seen, totals[history], discount)
        for word in outcomes:
            self.prob.setdefault((word,), self.rest[()] / len(outcomes))

    def _add(self, history: Gram, seen: Mapping[str, float], total: float, discount: float) -> None:
        mass = sum(max(count - discount, 0.0) for count in seen.values()) / total
        self.rest[history] = max(1.0 - mass, _LEAST_REST)
        for word, count in seen.items():
            lower = self.of(history[1:], word) if history else 1.0 / len(self.outcomes)
            self.prob[(*history, word)] = max(count - discount, 0.0) / total + self.rest[history] * lower

    def of(self, history: Gram, word: str) -> float:
        """Back off until the n-gram is known."""
        gram = (*history, word)
        if gram in self.prob:
            return self.prob[gram]
        if not history:
            return self.rest.get((), 1.0) / len(self.outcomes)
        return self.rest.get(history, 1.0) * self.of(history[1:], word)


def _automaton(histories: dict[Gram, dict[str, float]], model: _Estimate, order: int) -> MoraLm:
    lm = MoraLm()
    ids = {history: lm.state() for history in histories}
    everything = dict.fromkeys((*histories[()], *model.outcomes))  # the shortest history knows every outcome
    for history, number in ids.items():
        state = lm.states[number]
        if history:
            state.backoff = Arc(-math.log(model.rest[history]), ids[_known(history[1:], ids)])
        for word in histories[history] if history else everything:
            cost = -math.log(model.prob[(*history, word)])
            if word == SENTENCE_END:
                state.end = cost
            else:
                behind = (*history, word)[-(order - 1) :] if order > 1 else ()
                state.arcs[word] = Arc(cost, ids[_known(behind, ids)])
    lm.start = ids.get((SENTENCE_START,), ids[()])
    return lm


def _known(history: Gram, ids: Mapping[Gram, int]) -> Gram:
    """Shorten a history until the model has it."""
    while history not in ids:
        history = history[1:]
    return history


def phrase_loop(readings: Iterable[Sequence[str]]) -> MoraLm:
    """Make a bigram of the phrases in which every mora was also heard once by itself: speech that is no phrase."""
    heard: list[WeightedReading] = [(reading, 1) for reading in readings]
    return ngram([*heard, *(([word], 1) for word in WORDS)], order=_BIGRAM, cutoffs=(1, 1))


def phrase_tree(
    readings: Iterable[Sequence[str]], fallback: MoraLm | None = None, cost: float = 6.0, mora_cost: float = 0.5
) -> MoraLm:
    """Make a prefix tree of phrases, each ending free of cost.

    `fallback` takes other speech; it is entered for `cost`, and each of its morae costs `mora_cost` more than it says.
    """
    lm = MoraLm()
    lm.start = root = lm.state()
    lm.states[root].end = 0.0  # silence must have a way out, or it becomes a mora
    for reading in readings:
        _add_phrase(lm, root, reading)
    if fallback:
        lm.states[root].backoff = Arc(cost, fallback.start + append(lm, fallback, mora_cost))
    return lm


def _add_phrase(lm: MoraLm, root: int, reading: Iterable[str]) -> None:
    here = root
    for mora in reading:
        if mora not in lm.states[here].arcs:
            lm.states[here].arcs[mora] = Arc(0.0, lm.state())
        here = lm.states[here].arcs[mora].target
    lm.states[here].end = 0.0


def append(lm: MoraLm, other: MoraLm, mora_cost: float = 0.0) -> int:
    """Copy the states of another model behind those of `lm`; by how much their numbers moved."""
    shift = len(lm.states)
    for state in other.states:
        arcs = {mora: Arc(cost + mora_cost, target + shift) for mora, (cost, target) in state.arcs.items()}
        backoff = Arc(state.backoff.cost, state.backoff.target + shift) if state.backoff else None
        skips = [Arc(cost, target + shift) for cost, target in state.skips]
        lm.states.append(LmState(arcs, backoff, state.end, skips))
    return shift
