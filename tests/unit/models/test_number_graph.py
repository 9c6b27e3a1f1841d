import heapq
import json
import random
from pathlib import Path

import pytest

from intents.morae import from_kana
from intents.phone_numbers import groups_of
from voice.modelkit.ngram import MoraLm
from voice.recognition.digits import NumberGraphs, number_model


@pytest.fixture(scope="module")
def model() -> MoraLm:
    """Without a model's open speech: only what customers say about numbers."""
    return number_model({}, Path("no-such-model"))


def cost(lm: MoraLm, kana: str) -> float:
    """Of the cheapest way to say it; infinite when there is none."""
    morae = from_kana(kana) or []
    waiting, done = [(0.0, 0, lm.start)], set()
    while waiting:
        paid, place, state = heapq.heappop(waiting)
        if (place, state) in done:
            continue
        done.add((place, state))
        here = lm.states[state]
        if place == len(morae) and here.end is not None:
            return paid
        for arc in here.skips:
            heapq.heappush(waiting, (paid + arc.cost, place, arc.target))
        if place < len(morae) and (arc := here.arcs.get(morae[place])):
            heapq.heappush(waiting, (paid + arc.cost, place + 1, arc.target))
    return float("inf")


WORDS = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")


def test_any_number_can_be_said_in_any_grouping(model):
    rng = random.Random(4)
    for _ in range(100):
        digits = "090" + "".join(rng.choices("0123456789", k=8))
        said = rng.choice(("", "ノ")).join("".join(WORDS[int(d)] for d in group) for group in groups_of(digits))
        assert cost(model, said + rng.choice(("", "デス"))) < 60, said


@pytest.mark.parametrize(
    "said",
    [
        "ゼロキューゼロニイチニイチハチイチイチイチ",  # the beginning of イチ melts into what is before
        "エートゼロサンノイチニーサンヨンノゴーロクナナハチデス",
        "イチニーサンヨン",
        "ゼロキューゼロイチニチガウゼロキューゼロイチサン",
        "サイゴワナナジャナクテイチデス",
        "シタカラニバンメガゴデス",
        "サイゴノヨンケタワゴーロクナナキューデス",
        "イチニーサンヨンジャナクテイチニーサンゴデス",
        "サイショカライイマス",
        "ハイ",
        "モーイチドオネガイシマス",
    ],
)
def test_what_customers_say_is_expected(model, said):
    assert cost(model, said) < float("inf")


def test_other_speech_is_not_expected(model):
    assert cost(model, "センタクキガウゴカナイ") == float("inf")


def test_a_whole_number_is_likelier_than_one_with_a_digit_missing(model):
    whole = cost(model, "ゼロキューゼロイチニーサンヨンゴーロクナナハチ")
    short = cost(model, "ゼロキューゼロイチニーサンヨンゴーロクナナ")
    assert whole - short < 2.3  # the digit is worth more than it costs


def test_the_name_of_a_graph_is_not_that_of_a_phrase_graph(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    graphs = NumberGraphs(tmp_path / "graphs")
    assert graphs._key(folder, {}) != graphs._key(folder, {"ハイ": "はい"})
    assert json.dumps(graphs._key(folder, {}))
