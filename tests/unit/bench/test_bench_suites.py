"""Which questions are measured with, and what decisions about them mean."""

import pytest

from benchmarks.outcomes import Judged, cost_of, in_scope_figures, out_of_scope_figures, safety_figures
from benchmarks.suites import Question, in_scope, out_of_scope, spread, without_overlap
from intents.decision import Costs
from kb.sample import sample_articles

COSTS = Costs(wrong_answer=4.0, question_back=1.0, call=3.0, missed_danger=40.0)
SMOKE = frozenset({"smoke", "fire"})


def judged(wanted="hours", outcome="right", order=("hours",), answered="", choices=0) -> Judged:
    return Judged(
        question=Question(text="q", wanted=wanted),
        order=order,
        score=0.9,
        outcome=outcome,
        answered=answered,
        choices=choices,
    )


def test_equal_questions_are_left_out_and_counted_once_each():
    asked = [Question(text=t) for t in ("返品したい!", "送料 は？", "新しい質問", "新しい、質問", "ほか")]
    kept, overlap = without_overlap("file", asked, base=["返品したい"], development=["送料は", "返品したい"])
    assert [q.text for q in kept] == ["新しい質問", "ほか"]
    assert (overlap.read, overlap.like_base, overlap.like_development, overlap.repeated) == (5, 1, 1, 1)
    assert overlap.left == 2


def test_the_test_questions_are_nearly_all_new():
    wordings = [text for a in sample_articles() for text in (*a.variants, a.title)]
    for questions, overlap in (in_scope(wordings), out_of_scope(wordings)):
        assert overlap.left == len(questions) >= 300
        assert overlap.read - overlap.left <= 10


@pytest.mark.parametrize(
    ("count", "expected"), [(2, [0, 5]), (None, list(range(10))), (99, list(range(10))), (3, [0, 3, 6])]
)
def test_spread_takes_items_at_equal_distances(count, expected):
    assert spread(range(10), count) == expected


@pytest.mark.parametrize(
    ("one", "cost"),
    [
        (judged(), 0.0),
        (judged(outcome="wrong", answered="fee"), 4.0),
        (judged(outcome="handed_over"), 3.0),
        (judged(wanted="", outcome="handed_over"), 0.0),
        (judged(outcome="offered", choices=3), 1.3),
        (judged(outcome="asked_in_vain", choices=2), 1.15 + 1.0 + 3.0),
        (judged(wanted="", outcome="asked_in_vain", choices=1), 2.0),
        (judged(wanted="smoke", outcome="wrong", answered="fee"), 40.0),
        (judged(wanted="smoke", outcome="wrong", answered="fire"), 4.0),
    ],
)
def test_cost_of(one, cost):
    assert cost_of(one, COSTS, SMOKE) == pytest.approx(cost)


def test_figures_in_scope():
    figures = in_scope_figures(
        [
            judged(),
            judged(outcome="wrong", order=("fee", "hours"), answered="fee"),
            judged(outcome="offered", order=("fee", "x", "hours"), choices=3),
            judged(outcome="handed_over", order=()),
        ],
        COSTS,
        SMOKE,
    )
    assert (figures["first_right"], figures["recall_at_3"]) == (0.25, 0.75)
    assert figures["mrr_at_10"] == pytest.approx((1 + 1 / 2 + 1 / 3) / 4, abs=1e-4)
    assert (figures["answered"], figures["wrong"], figures["asked_with_right_choice"]) == (0.5, 0.25, 0.25)
    assert figures["cost"] == pytest.approx((0 + 4 + 1.3 + 3) / 4)


def test_out_of_scope_recall_is_neither_answering_nor_asking():
    outcomes = ("handed_over", "nothing_heard", "wrong", "asked_in_vain")
    figures = out_of_scope_figures([judged(wanted="", outcome=o) for o in outcomes], COSTS)
    assert (figures["recall"], figures["handed_over"], figures["wrong"], figures["asked"]) == (0.5, 0.25, 0.25, 0.25)


def test_any_answer_about_danger_recalls_a_report_of_danger():
    figures = safety_figures(
        [
            judged(wanted="smoke", answered="smoke"),
            judged(wanted="smoke", outcome="wrong", answered="fire"),
            judged(wanted="smoke", outcome="handed_over"),
            judged(outcome="wrong", answered="fire"),
        ],
        SMOKE,
    )
    assert (figures["questions"], figures["recall"], figures["exact"]) == (3, 0.6667, 0.3333)
    assert figures["false_alarms"] == 1.0
    assert figures["missed"] == ["q"]
