"""Edit distance with the costs of mishearing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.distance import costs_of, learned_costs, likeness, mora_numbers, padded, split_morae
from intents.morae import MORA_PHONES

PLAIN = costs_of({})
READINGS = st.lists(st.sampled_from(sorted(MORA_PHONES)), max_size=8).map("".join)


def whole(heard: str, wording: str, costs=PLAIN) -> float:
    return float(likeness([mora_numbers(heard)], *padded([mora_numbers(wording)]), costs)[0][0, 0])


def inside(heard: str, wording: str, costs=PLAIN) -> float:
    return float(likeness([mora_numbers(heard)], *padded([mora_numbers(wording)]), costs)[1][0, 0])


def by_hand(heard: str, wording: str) -> float:
    """Phones one by one, all costs 1, as in the textbook."""
    one, other = ([p for m in split_morae(r) for p in MORA_PHONES[m]] for r in (heard, wording))
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
    return 1 - row[-1] / max(len(one), len(other), 1)


def test_equal_and_unlike():
    assert whole("ヨヤク", "ヨヤク") == pytest.approx(1.0)
    assert whole("キシ", "チシ") > whole("キシ", "モシ") > 0
    assert whole("", "ヨヤク") == 0


@given(heard=READINGS.filter(bool), wording=READINGS.filter(bool))
def test_with_plain_costs_it_is_never_above_the_distance_over_phones(heard, wording):
    """A mora is changed, dropped or added as a whole, or its phones are: never cheaper than phone by phone."""
    assert whole(heard, wording) <= by_hand(heard, wording) + 1e-4


def test_what_surrounds_a_wording_costs_nothing_inside():
    assert inside("アシタノヨヤクオトリケシタイ", "ヨヤクオトリケシタイ") == pytest.approx(1.0)
    assert inside("ヨヤク", "ヨヤクオトリケシタイ") == 0  # the wording is the longer one
    assert whole("アシタノヨヤクオトリケシタイ", "ヨヤクオトリケシタイ") < 1


def test_cheap_confusions_count_less():
    cheap = costs_of({("k", "t"): 0.1, ("b", ""): 0.1, ("", "N"): 0.1})
    assert whole("タミ", "カミ", cheap) > whole("タミ", "カミ")
    assert whole("カミ", "タミ", cheap) == pytest.approx(whole("カミ", "タミ"))  # only k heard as t
    assert whole("アサ", "バサ", cheap) > whole("アサ", "バサ")
    assert whole("アンサ", "アサ", cheap) > whole("アンサ", "アサ")


def test_many_at_once_are_as_each_alone():
    heard = ["ヨヤクオトリケシタイ", "ヘンピン", "ア"]
    wordings = ["ヨヤク", "ヘンピンシタイ", "アシタ", "ヨ"]
    rows = [mora_numbers(w) for w in wordings]
    both = likeness([mora_numbers(h) for h in heard], *padded(rows), learned_costs())
    for i, one in enumerate(heard):
        for j, other in enumerate(wordings):
            assert both[0][i, j] == pytest.approx(whole(one, other, learned_costs()), abs=1e-5)
            assert both[1][i, j] == pytest.approx(inside(one, other, learned_costs()), abs=1e-5)


def test_the_learned_costs_are_costs():
    costs = learned_costs()
    assert costs.heard_as.min() == 0
    assert costs.heard_as.max() <= 1
    assert np.all(np.diag(costs.heard_as) == 0)
    near, far = mora_numbers("ミニモカ").tolist(), mora_numbers("シ").tolist()[0]
    assert costs.heard_as[near[1], near[0]] < costs.heard_as[far, near[2]]  # ミ as ニ before モ as シ
