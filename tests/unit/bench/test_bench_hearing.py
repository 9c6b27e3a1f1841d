"""What was heard is kept, and judged like what is heard anew; nothing is loaded to read it."""

import pytest

from benchmarks.arena import asked_by_keyboard, judged, rivals_judgement, sample_ground
from benchmarks.hearing import Listener
from benchmarks.suites import Question
from benchmarks.takes import CLEAN, Stage

RETURNS = Question(text="返品は何日以内ですか", wanted="return-period")


@pytest.fixture
def ground(settings, monkeypatch):
    monkeypatch.setattr("benchmarks.arena.KEPT", settings.cache_dir / "bench")
    return sample_ground(settings)


def test_a_second_listener_reads_what_the_first_heard(ground, tmp_path, monkeypatch):
    stage = Stage(None, tmp_path / "takes")
    first = Listener(ground.settings, ground.mind, stage, tmp_path).hear([RETURNS], CLEAN)
    assert first[0].hypotheses
    monkeypatch.setattr("voice.compose.Ears", None)  # a listener that loads a model fails
    (file,) = tmp_path.glob("heard-*.jsonl")
    with file.open("a", encoding="utf-8") as cut_short:
        cut_short.write('["key", 12')
    assert Listener(ground.settings, ground.mind, stage, tmp_path).hear([RETURNS], CLEAN) == first


def test_the_ranker_is_judged_by_its_decision(ground):
    asked = asked_by_keyboard([RETURNS, Question(text=" ")])
    found = [ground.mind.understanding.matcher.rank(one.heard) for one in asked]
    told, silent = judged(asked, found, ground.costs)
    assert (told.outcome, told.answered, told.first_is_right) == ("right", "return-period", True)
    assert (silent.outcome, silent.order) == ("nothing_heard", ())


@pytest.mark.parametrize(
    ("found", "heard", "outcome", "answered"),
    [
        ([("return-period", 5.0)], True, "right", "return-period"),
        ([("return-fee", 5.0)], True, "wrong", "return-fee"),
        ([("return-period", 4.9)], True, "handed_over", ""),
        ([], True, "handed_over", ""),
        ([], False, "nothing_heard", ""),
    ],
)
def test_a_baseline_answers_from_its_threshold_on(found, heard, outcome, answered):
    one = rivals_judgement(RETURNS, found, 5.0, heard=heard)
    assert (one.outcome, one.answered) == (outcome, answered)
