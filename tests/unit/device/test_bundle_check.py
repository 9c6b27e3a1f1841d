"""What a device finds out about articles before it answers customers from them."""

import re
from dataclasses import replace
from datetime import date

import pytest

from intents.decision import shipped_costs
from intents.matching import TopicIndex
from kb.sample import sample_articles
from tests.bundle_samples import BASE, HOURS, RETURNS, SMOKE
from voice.bundle_check import RIGHT_SHARE, BundleCheck, smoke
from voice.knowledge import topics
from voice.made_once import Indexes, Readings

TODAY = date(2026, 11, 24)


@pytest.fixture
def readings(tmp_path):
    return Readings(tmp_path / "readings")


@pytest.fixture
def check(tmp_path, readings):
    return BundleCheck(readings, Indexes(tmp_path / "index"), shipped_costs(), today=lambda: TODAY)


def test_a_base_in_order_passes_and_its_index_is_kept(check, tmp_path):
    verdict = check(BASE)
    assert (verdict.passes, verdict.asked, verdict.right) == (True, 3, 3)
    assert len(list((tmp_path / "index").iterdir())) == 1


def test_the_sample_passes(check):
    verdict = check(sample_articles())
    assert verdict.passes, verdict.problems
    assert verdict.asked > 100
    assert verdict.right >= RIGHT_SHARE * verdict.asked


@pytest.mark.parametrize(("articles", "reason"), [
    ((replace(HOURS, valid_until=date(2026, 11, 23)),), "may be told today"),
    ((RETURNS, replace(HOURS, title="???", variants=("!!!",))), r"1 articles \(hours\) cannot be asked for"),
    ((RETURNS, replace(HOURS, answer="……")), r"\(hours\) cannot be read aloud"),
])  # fmt: skip
def test_what_nobody_could_use_is_refused(check, articles, reason):
    verdict = check(articles)
    assert not verdict.passes
    assert any(re.search(reason, problem) for problem in verdict.problems), verdict.problems


def test_a_reading_makes_an_answer_speakable(check):
    assert check((RETURNS, replace(HOURS, answer="……", answer_reading="クジマデデス"))).passes


def test_articles_that_take_each_others_questions_are_refused(check):
    same = [replace(RETURNS, id=f"same-{n}", title=f"返品の手続き{n}", variants=("返品したい",)) for n in range(9)]
    assert any("answered wrongly" in problem for problem in check([HOURS, *same]).problems)


def test_danger_that_is_not_known_for_it_is_refused_whatever_the_share(readings):
    found = topics(BASE, readings)
    blind = TopicIndex([topic for topic in found if topic.id != SMOKE.id])
    others = [topic for topic in found if not topic.safety] * 20
    verdict = smoke([*others, *(t for t in found if t.safety)], blind, shipped_costs())
    assert verdict.problems == ("1 articles (smoke) report danger and are not known for it",)
    assert verdict.right / verdict.asked > RIGHT_SHARE


def test_what_takes_long_is_made_ahead_once_it_has_passed(tmp_path, readings):
    made = []

    def fail(told):
        made.append([topic.id for topic in told])
        raise ValueError("x")

    check = BundleCheck(readings, Indexes(tmp_path / "i"), shipped_costs(), prepare=fail, today=lambda: TODAY)
    assert check((*BASE, replace(HOURS, id="over", valid_until=date(2026, 1, 1)))).passes
    assert made == [["hours", "returns", "smoke"]]
    assert not check((replace(HOURS, answer="……"),)).passes
    assert len(made) == 1
