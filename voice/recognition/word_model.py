"""A language model of whole words over morae: an n-gram of words, each said mora by mora, with a way out for any other.

Words are told apart by sound alone, so homophones are one word.  Costs stand as early in a word as the words still
possible allow (look-ahead), for the decoder prunes by them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from voice.modelkit.ngram import Arc, LmState, MoraLm, append, ngram
from voice.recognition.spoken_words import Word

Sentence = tuple[Sequence[Word], float]  # words and how often they count


def word_ngram(sentences: Iterable[Sentence], order: int) -> MoraLm:
    """An n-gram whose labels are words: the morae with spaces between; all that was ever seen is kept."""
    labelled = [([" ".join(word) for word in words], weight) for words, weight in sentences]
    vocabulary = sorted({word for words, _ in labelled for word in words})
    return ngram(labelled, order, (0.0,) * order, vocabulary=vocabulary)


def expanded(words: MoraLm) -> MoraLm:
    """The model of words as one of morae; the states of the words keep their numbers."""
    lm = MoraLm([LmState(backoff=state.backoff, end=state.end, skips=list(state.skips)) for state in words.states])
    lm.start = words.start
    for number, state in enumerate(words.states):
        tree = _Node()
        for word, (cost, target) in state.arcs.items():
            tree.add(word.split(), cost, target)
        _grow(lm, number, tree, 0.0)
    return lm


def with_unknown(lm: MoraLm, loop: MoraLm, *, leave: float, come_back: float) -> MoraLm:
    """Let a stretch of speech be any morae of `loop`: `leave` to enter it between two words, `come_back` behind it.

    Changes `lm`.
    """
    words, morae = _shortest(lm), _shortest(loop)
    shift = append(lm, loop)
    for number in range(shift, len(lm.states)):
        if number not in (loop.start + shift, morae + shift):  # something was said: no circle of silent steps
            lm.states[number].skips.append(Arc(come_back, words))
    lm.states[words].skips.append(Arc(leave, morae + shift))
    if lm.start != words:
        lm.states[lm.start].skips.append(Arc(leave, loop.start + shift))
    return lm


def _shortest(lm: MoraLm) -> int:
    """The state that remembers nothing."""
    return next(number for number, state in enumerate(lm.states) if state.arcs and state.backoff is None)


@dataclass(slots=True)
class _Node:
    """Where words with the same beginning are: what may follow, and the word that ends here."""

    children: dict[str, "_Node"] = field(default_factory=dict)
    end: Arc | None = None
    best: float = float("inf")  # the cheapest word from here on

    def add(self, morae: Sequence[str], cost: float, target: int) -> None:
        here = self
        for mora in morae:
            here.best = min(here.best, cost)
            here = here.children.setdefault(mora, _Node())
        here.best = min(here.best, cost)
        here.end = Arc(cost, target)


def _grow(lm: MoraLm, number: int, node: _Node, paid: float) -> None:
    """Write a node's branches as states; `paid` of each word's cost has been paid on the way here."""
    for mora, child in node.children.items():
        if child.end and not child.children:
            lm.states[number].arcs[mora] = Arc(child.end.cost - paid, child.end.target)
            continue
        inner = lm.state()
        lm.states[number].arcs[mora] = Arc(child.best - paid, inner)
        if child.end:
            lm.states[inner].skips.append(Arc(child.end.cost - child.best, child.end.target))
        _grow(lm, inner, child, child.best)
