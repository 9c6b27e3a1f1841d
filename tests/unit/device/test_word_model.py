import heapq
import itertools
import math

import pytest

from voice.modelkit.ngram import MoraLm, ngram
from voice.modelkit.topology import WORDS
from voice.recognition.word_model import expanded, with_unknown, word_ngram

KA, KAKI, ITAI, KITAI = ("カ",), ("カ", "キ"), ("イ", "タ", "イ"), ("キ", "タ", "イ")
SENTENCES = [([KAKI, ITAI], 2.0), ([KA, KITAI], 1.0), ([KAKI, KITAI], 1.0)]


def cheapest(lm: MoraLm, morae: list[str]) -> float:
    """Of all ways to say the morae; infinite when there is none."""
    waiting, seen = [(0.0, lm.start, 0)], set()
    found = math.inf
    while waiting:
        cost, number, at = heapq.heappop(waiting)
        if (number, at) in seen:
            continue
        seen.add((number, at))
        state = lm.states[number]
        if at == len(morae) and state.end is not None:
            found = min(found, cost + state.end)
        silent = [*state.skips, *([state.backoff] if state.backoff else [])]
        for arc in silent:
            heapq.heappush(waiting, (cost + arc.cost, arc.target, at))
        if at < len(morae) and morae[at] in state.arcs:
            arc = state.arcs[morae[at]]
            heapq.heappush(waiting, (cost + arc.cost, arc.target, at + 1))
    return found


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("words", [[KAKI, ITAI], [KA, KITAI], [KAKI, KAKI], [KAKI], [ITAI, KA, KITAI]])
def test_words_cost_by_their_morae_what_they_cost_as_words(order, words):
    by_word = word_ngram(SENTENCES, order)
    morae = [mora for word in words for mora in word]
    same_sound = [
        [" ".join(w) for w in cut]
        for n in range(1, 5)
        for cut in itertools.product((KA, KAKI, ITAI, KITAI), repeat=n)
        if [m for w in cut for m in w] == morae
    ]
    assert same_sound
    assert cheapest(expanded(by_word), morae) == pytest.approx(min(cheapest(by_word, labels) for labels in same_sound))


def test_a_new_combination_can_be_said_and_a_new_word_cannot():
    lm = expanded(word_ngram(SENTENCES, 3))
    assert cheapest(lm, [*KA, *ITAI]) < math.inf
    assert cheapest(lm, ["ヌ"]) == math.inf


def test_costs_stand_early_and_none_is_won_back_later():
    lm = expanded(word_ngram(SENTENCES, 2))
    inner = range(len(word_ngram(SENTENCES, 2).states), len(lm.states))
    assert len(inner) > 2
    assert all(
        arc.cost >= -1e-9 for number in inner for arc in (*lm.states[number].arcs.values(), *lm.states[number].skips)
    )


@pytest.fixture
def loop() -> MoraLm:
    return ngram([(["ヌ", "ノ"], 1.0)], order=2, cutoffs=(1, 1))


def test_unknown_words_may_stand_anywhere_for_a_price(loop):
    known = cheapest(expanded(word_ngram(SENTENCES, 2)), [*KAKI, *ITAI])

    def price(leave: float, come_back: float) -> float:
        lm = with_unknown(expanded(word_ngram(SENTENCES, 2)), loop, leave=leave, come_back=come_back)
        assert cheapest(lm, [*KAKI, *ITAI]) == pytest.approx(known)
        assert cheapest(lm, ["ヌ", "ノ"]) < cheapest(lm, ["ノ", "ヌ"]) < math.inf
        return cheapest(lm, [*KAKI, "ヌ", "ノ", *ITAI])

    assert price(3.0, 1.0) == pytest.approx(price(2.0, 1.0) + 1.0)
    assert price(2.0, 2.0) == pytest.approx(price(2.0, 1.0) + 1.0)


def test_no_circle_of_silent_steps(loop):
    """The decoder would follow it for ever."""
    lm = with_unknown(expanded(word_ngram(SENTENCES, 3)), loop, leave=0.0, come_back=0.0)
    onward = {
        n: [arc.target for arc in (*state.skips, *([state.backoff] if state.backoff else []))]
        for n, state in enumerate(lm.states)
    }
    while ends := {n for n, targets in onward.items() if not any(t in onward for t in targets)}:
        onward = {n: targets for n, targets in onward.items() if n not in ends}
    assert onward == {}


def test_every_mora_can_be_said_in_the_end(loop):
    lm = with_unknown(expanded(word_ngram(SENTENCES, 3)), loop, leave=2.0, come_back=1.0)
    assert len(WORDS) > 100
    assert all(cheapest(lm, [mora]) < math.inf for mora in WORDS)
