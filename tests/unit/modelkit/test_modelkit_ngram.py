import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.modelkit.ngram import MoraLm, ngram, phrase_loop, phrase_tree
from voice.modelkit.topology import SENTENCE_END, WORDS

SENTENCES = [(["カ", "キ", "カ", "ク"], 3), (["カ", "キ"], 1), (["ア", "カ", "キ", "ア"], 2), (["ン"], 1)]


def probability(lm: MoraLm, number: int, outcome: str) -> float:
    """What the automaton says, back-off included."""
    state = lm.states[number]
    cost = state.end if outcome == SENTENCE_END else state.arcs[outcome].cost if outcome in state.arcs else None
    if cost is not None:
        return math.exp(-cost)
    return math.exp(-state.backoff.cost) * probability(lm, state.backoff.target, outcome)


@pytest.mark.parametrize(
    ("order", "cutoffs"), [(1, (1,)), (2, (1, 1)), (3, (1, 2, 2)), (4, (1, 1, 2, 3)), (4, (2, 2, 2, 2))]
)
def test_every_state_sums_to_one(order, cutoffs):
    lm = ngram(SENTENCES, order, cutoffs)
    assert len(lm.states) >= order
    for number in range(len(lm.states)):
        total = sum(probability(lm, number, outcome) for outcome in (*WORDS, SENTENCE_END))
        assert total == pytest.approx(1.0, abs=1e-9)


def test_labels_of_ones_own_sum_to_one():
    lm = ngram([(["返品", "したい"], 2), (["したい"], 1)], 2, (1, 1), vocabulary=["したい", "修理", "返品"])
    total = sum(probability(lm, lm.start, outcome) for outcome in ("したい", "修理", "返品", SENTENCE_END))
    assert total == pytest.approx(1.0, abs=1e-9)
    assert probability(lm, lm.start, "修理") > 0


reading = st.lists(st.sampled_from(["ア", "カ", "ン", "ー"]), max_size=6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(reading, st.integers(1, 5)), min_size=1, max_size=8), st.integers(1, 4))
def test_any_sentences_sum_to_one(sentences, order):
    lm = ngram(sentences, order, (1, 1, 2, 2)[:order])
    for number in range(len(lm.states)):
        total = sum(probability(lm, number, outcome) for outcome in (*WORDS, SENTENCE_END))
        assert total == pytest.approx(1.0, abs=1e-9)


def test_unigrams_are_discounted_counts_and_a_share_of_the_uniform():
    lm = ngram([(["カ"], 3)], order=1, cutoffs=(1,))  # カ three times, the end three times
    rest = 1 - 2 * (3 - 0.75) / 6
    uniform = 1 / (len(WORDS) + 1)
    assert probability(lm, lm.start, "カ") == pytest.approx((3 - 0.75) / 6 + rest * uniform)
    assert probability(lm, lm.start, "ア") == pytest.approx(rest * uniform)


def test_what_was_heard_often_is_likelier_there():
    lm = ngram(SENTENCES, 3, (1, 1, 1))
    start = lm.states[lm.start]
    after_ka = start.arcs["カ"].target
    assert probability(lm, lm.start, "カ") > probability(lm, lm.start, "ア") > probability(lm, lm.start, "ヌ")
    assert probability(lm, after_ka, "キ") > 0.5


def test_rare_ngrams_are_dropped_but_not_what_a_kept_one_needs():
    rare = ngram([(["カ", "キ"], 1), (["ク", "ケ"], 5)], 2, (1, 3))
    assert "ケ" in rare.states[rare.states[rare.start].arcs["ク"].target].arcs
    backed_off = rare.states[rare.start].arcs.get("カ")
    assert backed_off is None


def test_the_way_into_a_kept_history_is_kept():
    lm = ngram([([first, "カ", "キ", "ク"], 1) for first in "アイウ"], 3, (100, 100, 3))  # カキク alone is frequent
    shortest = next(state for state in lm.states if state.backoff is None)
    after_ka = lm.states[shortest.arcs["カ"].target]
    after_kaki = lm.states[after_ka.arcs["キ"].target]
    assert set(after_kaki.arcs) == {"ク"}
    assert lm.states[after_kaki.backoff.target].backoff  # two morae long: it backs off twice


def _follow(lm: MoraLm, reading: list[str]) -> int:
    here = lm.start
    for mora in reading:
        here = lm.states[here].arcs[mora].target
    return here


def test_fractional_weights_count():
    lm = ngram([(["カ"], 0.5), (["キ"], 2.5)], 1, (0,))
    assert probability(lm, lm.start, "キ") > probability(lm, lm.start, "カ")


def test_no_sentences():
    with pytest.raises(ValueError, match="at least one sentence"):
        ngram([], 2, (1, 1))


def test_cutoffs_and_order_must_agree():
    with pytest.raises(ValueError, match="order 4 needs 4 cut-offs, not 2"):
        ngram(SENTENCES, 4, (1, 1))


def test_phrase_tree_shares_beginnings_and_ends_free():
    lm = phrase_tree([["カ", "キ"], ["カ", "ク"], ["カ"]])
    assert len(lm.states) == 4
    after_ka = _follow(lm, ["カ"])
    assert set(lm.states[after_ka].arcs) == {"キ", "ク"}
    assert [state.end for state in lm.states] == [0.0, 0.0, 0.0, 0.0]  # the root too: silence must have a way out


def test_fallback_costs_once_and_per_mora():
    loop = phrase_loop([["カ", "キ"]])
    lm = phrase_tree([["カ", "キ"]], loop, cost=6.0, mora_cost=0.5)
    entry = lm.states[lm.start].backoff
    assert entry.cost == 6.0
    original, copy = loop.states[loop.start].arcs["カ"], lm.states[entry.target].arcs["カ"]
    assert copy.cost == pytest.approx(original.cost + 0.5)
    assert copy.target - original.target == entry.target - loop.start


def test_the_loop_can_say_every_mora():
    loop = phrase_loop([["カ", "キ"]])
    assert all(probability(loop, loop.start, word) > 0 for word in WORDS)
