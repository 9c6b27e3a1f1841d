"""A small month through the real backend: all the desk says of it is what happened, and what is not is found."""

import pytest

from benchmarks import month
from benchmarks.month_checks import checked
from benchmarks.month_plan import FIRST_DAY, planned
from benchmarks.month_truth import Truth
from kb.sample import sample_articles
from server.insight.material import Sign
from tests.quick_passwords import quick_passwords


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("month")
    with quick_passwords():
        played = month.play(folder, customers=60, agents=4, days=10, seed=1, cache=folder / "cache", progress=False)
    yield played
    played.backend.office.close()


@pytest.fixture(scope="module")
def told(played):
    return month.reported(played)


def test_every_number_the_desk_tells_is_what_happened(told):
    found, report = told
    assert report["differences"] == []
    assert found.numbers > 250
    assert report["customers"] >= 60
    assert report["cases"] > 15
    assert report["calls"] > 15
    assert report["ratings"] >= 3
    assert 0 < report["figures"]["self_solved"] < 1
    assert 0 < report["figures"]["reach"] < 1
    assert report["worth"]["lost"] > 0
    assert "0 differ" in month.text(report | {"cpu_seconds": 1})


def test_topics_and_gaps_are_weighed_beside_baselines(told):
    _, report = told
    topics = report["topics"]
    assert topics["topics of the desk"]["v"] > 0.5
    assert len(topics) == 5
    assert set(report["gaps"]) == {"article", "variant", "unsolved"}
    assert report["gaps"]["article"]["desk"]["proposals"] > 0
    assert report["gaps"]["article"]["desk"]["precision"] > 0.5
    assert report["signs"]["yes"]["truly_helped"] > 0


def test_a_figure_that_was_tampered_with_is_found(played):
    nightly = played.backend.office.nightly
    day = next(one for one in nightly.days(FIRST_DAY, FIRST_DAY.replace(day=10)) if one.figures["reach"]["whole"])
    nightly.keep(day.day, {**day.figures, "reach": {"part": 99, "whole": 99}}, now=played.backend.clock())
    wrong = checked(played, _truth(played)).wrong
    nightly.keep(day.day, day.figures, now=played.backend.clock())
    assert {one.what for one in wrong} == {"reach"}
    assert {one.where for one in wrong} == {f"night of {day.day}", f"/measures.json {day.day}", f"kept {day.day}"}


def test_a_call_the_desk_never_heard_of_is_missed(played):
    case = next(one for one in played.memory.cases.values() if one.reached)
    call = case.reached[0]
    del case.calls[call.id]
    wrong = {one.what for one in checked(played, _truth(played)).wrong}
    case.calls[call.id] = call
    assert {"reach", "satisfied", "calmed"} & wrong
    assert "csat" not in wrong


def test_another_ending_of_a_conversation_is_seen_in_figures_and_on_pages(played):
    one = next(one for one in played.memory.told if one.sign is Sign.YES)
    one.sign = Sign.REFUSED
    wrong = checked(played, _truth(played)).wrong
    one.sign = Sign.YES
    assert {"/measures", "/measures.json", "/measures.csv", "/voices", "/voices.json", "/worth"} <= {
        w.where for w in wrong
    }


def test_the_same_seed_draws_the_same_month():
    first, second, other = (planned(sample_articles(), customers=80, days=30, seed=seed) for seed in (3, 3, 4))
    assert first == second
    assert first.visits != other.visits
    hours = [visit.at.hour for visit in first.visits]
    assert sum(8 <= hour < 22 for hour in hours) > 0.9 * len(hours)


def _truth(played):
    return Truth(played.memory, now=played.backend.clock())
