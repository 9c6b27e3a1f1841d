"""The gate's questions and its word."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.knowledge.asking import KeptQuestion, Recording, key_of, questions_of, spread
from server.knowledge.content import base_of
from server.knowledge.gate import Compared, Group, Outcome, Question, bound, from_plain, result_of, to_plain
from tests.knowledge_samples import CONTENTS, HOURS, RETURNS, SMOKE

BASE = base_of(CONTENTS)


def pair(before, after, *, group=Group.TYPED, **more):
    return Compared(question=Question(text="x", wanted="hours", group=group, **more), before=before, after=after)


def pairs(down=0, up=0, same=0):
    lost, gained = pair(Outcome.RIGHT, Outcome.MISSED), pair(Outcome.MISSED, Outcome.RIGHT)
    return [lost] * down + [gained] * up + [pair(Outcome.RIGHT, Outcome.RIGHT)] * same


@pytest.mark.parametrize(("down", "up", "passes"), [
    (0, 0, True), (1, 0, True), (2, 0, True), (3, 0, False), (3, 2, True), (10, 5, True), (20, 5, False), (0, 9, True),
    (60, 45, True), (60, 40, False),
])  # fmt: skip
def test_what_chance_does_not_explain_is_refused(down, up, passes):
    (group,) = result_of(pairs(down, up, same=100)).groups
    assert group.is_worse is not passes
    assert group.bound == bound(down + up)


def test_a_wrong_answer_is_worse_than_none_and_a_question_back_better():
    steps = [pair(Outcome.MISSED, Outcome.WRONG).step, pair(Outcome.ASKED, Outcome.MISSED).step]
    assert min(*steps, pair(Outcome.RIGHT, Outcome.ASKED).step) == 1


def test_danger_that_is_lost_refuses_at_once():
    result = result_of([*pairs(up=50), pair(Outcome.RIGHT, Outcome.ASKED, danger=True)])
    assert (result.danger, result.passes) == (1, False)
    assert result.shown[0].lost_danger


def test_many_gains_of_one_kind_hide_no_losses_of_another():
    lost = [pair(Outcome.RIGHT, Outcome.WRONG, group=Group.SPOKEN)] * 5
    assert not result_of([*pairs(up=50), *lost]).passes


def test_wordings_added_with_the_release_prove_nothing():
    new = [pair(Outcome.MISSED, Outcome.RIGHT, is_new=True)] * 30
    result = result_of([*pairs(down=5), *new])
    assert not result.passes
    assert (result.groups[0].new, result.groups[0].new_right, result.groups[0].up) == (30, 30, 0)


def test_a_result_is_kept_as_json():
    result = result_of([*pairs(3, 1, 2), pair(Outcome.RIGHT, Outcome.MISSED, group=Group.RECORDED, danger=True)])
    again = from_plain(json.loads(json.dumps(to_plain(result))))
    assert to_plain(again) == to_plain(result)
    assert again.passes == result.passes


@given(st.lists(st.tuples(st.sampled_from(Outcome), st.sampled_from(Outcome)), max_size=60))
def test_nothing_that_only_went_up_is_refused(outcomes):
    order = list(Outcome)
    up = [pair(a, b) if order.index(a) >= order.index(b) else pair(b, a) for a, b in outcomes]
    assert result_of(up).passes


def asked(candidate, changed=frozenset({"hours"}), group=Group.TYPED, **more):
    return {(q.text, q.wanted, q.is_new) for q in questions_of(BASE, candidate, changed, **more) if q.group is group}


def test_every_wording_is_asked_once_as_typed():
    assert asked(BASE) == {(text, one["id"], False) for one in CONTENTS for text in one["variants"]}


def test_what_is_new_is_marked_and_what_was_dropped_is_asked_still():
    found = asked(BASE.having(HOURS | {"variants": ["何時まで開いていますか", "閉まるのはいつ"]}))
    assert ("閉まるのはいつ", "hours", True) in found
    assert ("営業時間は何時までですか", "hours", False) in found


def test_a_wording_that_moved_is_asked_of_its_new_article_alone():
    moved = BASE.having(HOURS | {"variants": HOURS["variants"][:1]})
    moved = moved.having(RETURNS | {"variants": [*RETURNS["variants"], HOURS["variants"][1]]})
    found = {one for one in asked(moved) if one[0] == HOURS["variants"][1]}
    assert found == {(HOURS["variants"][1], "returns", True)}


def test_a_wording_that_two_have_now_is_asked_of_the_first():
    found = asked(BASE.having(HOURS | {"variants": [*HOURS["variants"], "煙 が 出ています。"]}))
    assert {one for one in found if "煙" in one[0]} == {("煙が出ています", "smoke", False)}


def test_articles_no_longer_told_are_not_asked_for():
    gone = BASE.without("smoke")
    kept = [KeptQuestion(text="煙だ", article_id="smoke"), KeptQuestion(text="犬を飼いたい", article_id="")]
    recorded = [Recording(name="a.wav", text="x", article_id="smoke")]
    found = questions_of(BASE, gone, frozenset({"smoke"}), kept=kept, recordings=recorded)
    assert {q.wanted for q in found} == {"hours", "returns", ""}
    assert {q.text for q in found if q.group is Group.KEPT} == {"犬を飼いたい"}


def test_kept_questions_that_the_release_adds_are_marked():
    kept = [KeptQuestion(text="閉まるのはいつ?", article_id="hours")]
    new = BASE.having(HOURS | {"variants": [*HOURS["variants"], "閉まるのはいつ"]})
    assert asked(new, kept=kept, group=Group.KEPT) == {("閉まるのはいつ?", "hours", True)}
    assert asked(BASE, kept=kept, group=Group.KEPT) == {("閉まるのはいつ?", "hours", False)}


def test_what_changes_is_asked_first_and_the_rest_evenly():
    many = base_of(
        [*CONTENTS, *(HOURS | {"id": f"a{n}", "variants": [f"質問{n}の{m}" for m in range(5)]} for n in range(50))]
    )
    found = questions_of(many, many, frozenset({"smoke"}), most_typed=40, most_spoken=10)
    typed = [q for q in found if q.group is Group.TYPED]
    assert len(typed) == 40
    assert {q.wanted for q in typed[:2]} == {"smoke"}
    assert len({q.wanted for q in typed}) > 30
    assert len([q for q in found if q.group is Group.SPOKEN]) == 10
    assert all(q.danger == (q.wanted == "smoke") for q in typed)
    assert SMOKE["safety"]


@given(st.lists(st.integers(), max_size=50), st.integers(0, 60))
def test_a_part_is_even_and_as_large_as_said(items, most):
    assert len(spread(items, most)) == min(most, len(items))


def test_spelling_does_not_make_another_question():
    assert key_of("営業時間は、何時まで？") == key_of("営業時間は何時まで")
