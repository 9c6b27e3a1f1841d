from dataclasses import replace

import pytest

from intents.decision import Ambiguous, Costs, Matched, Unknown, decide, shipped_costs
from intents.evidence import FIELDS, Evidence
from intents.matching import Candidate, Topic

COSTS = Costs(wrong_answer=4.0, question_back=1.0, call=3.0, missed_danger=36.0)
NO_EVIDENCE = Evidence(**dict.fromkeys(FIELDS, 0.0))


def candidate(name: str, score: float, *, safety: bool = False) -> Candidate:
    topic = Topic(id=name, title=name, wordings=(), safety=safety)
    return Candidate(topic=topic, score=score, evidence=NO_EVIDENCE, wording="", heard="")


def ids(decision) -> list[str]:
    match decision:
        case Matched(candidate=found):
            return [found.topic.id]
        case Ambiguous(candidates=found):
            return [c.topic.id for c in found]
    return []


@pytest.mark.parametrize(
    ("scores", "kind", "topics"),
    [
        ([0.9], Matched, ["a"]),
        ([0.9, 0.05], Matched, ["a"]),
        ([0.55, 0.40], Ambiguous, ["a", "b"]),  # likely, but not alone
        ([0.55, 0.02], Ambiguous, ["a"]),  # alone, but not likely enough; the other is not worth its words
        ([0.3, 0.25, 0.2, 0.16], Ambiguous, ["a", "b", "c"]),  # never more than three
        ([0.1, 0.05], Unknown, []),  # "none of these" is likelier by far
        ([], Unknown, []),
    ],
)
def test_decide(scores, kind, topics):
    decision = decide([candidate(name, s) for name, s in zip("abcd", scores, strict=False)], COSTS)
    assert isinstance(decision, kind)
    assert ids(decision) == topics


@pytest.mark.parametrize(
    ("costs", "kind"),
    [
        (Costs(wrong_answer=1.0, question_back=1.0, call=3.0, missed_danger=9.0), Matched),  # a wrong answer is cheap
        (Costs(wrong_answer=9.0, question_back=1.0, call=5.0, missed_danger=90.0), Ambiguous),
        (Costs(wrong_answer=9.0, question_back=5.0, call=0.5, missed_danger=90.0), Unknown),  # calls are cheap
    ],
)
def test_costs_decide(costs, kind):
    assert isinstance(decide([candidate("a", 0.6), candidate("b", 0.2)], costs), kind)


def test_only_the_ratio_of_costs_counts():
    ranked = [candidate("a", 0.7), candidate("b", 0.2)]
    dearer = Costs(wrong_answer=40.0, question_back=10.0, call=30.0, missed_danger=360.0)
    assert decide(ranked, dearer) == decide(ranked, COSTS)


def test_danger_goes_first_even_when_another_topic_is_likelier():
    ranked = [candidate("repair", 0.55), candidate("smoke", 0.42, safety=True)]
    assert ids(decide(ranked, COSTS)) == ["smoke"]


def test_a_faint_danger_is_asked_about_first():
    ranked = [candidate("repair", 0.7), candidate("smoke", 0.15, safety=True), candidate("hours", 0.02)]
    decision = decide(ranked, COSTS)
    assert isinstance(decision, Ambiguous)
    assert ids(decision) == ["smoke", "repair"]


def test_hints_of_several_dangers_add_up():
    ranked = [candidate("repair", 0.85), candidate("smoke", 0.06, safety=True), candidate("fire", 0.05, safety=True)]
    assert ids(decide(ranked, COSTS)) == ["smoke", "repair"]
    assert ids(decide(ranked[:2], COSTS)) == ["repair"]


def test_danger_alone_is_asked_about_alone():
    assert ids(decide([candidate("smoke", 0.2, safety=True)], COSTS)) == ["smoke"]


def test_a_hint_of_danger_does_not_drown_a_clear_question():
    ranked = [candidate("hours", 0.95), candidate("smoke", 0.02, safety=True)]
    assert ids(decide(ranked, COSTS)) == ["hours"]


def test_the_shipped_costs_rank_the_mishaps():
    costs = shipped_costs()
    assert costs.question_back < costs.wrong_answer < costs.missed_danger
    assert 0 < costs.danger_from < 0.2


@pytest.mark.parametrize("costs", [replace(COSTS, wrong_answer=1e-9), replace(COSTS, missed_danger=1e9)])
def test_no_danger_at_all_is_no_danger_however_dear(costs):
    assert ids(decide([candidate("a", 0.9)], costs)) == ["a"]


def test_a_faint_danger_is_asked_about_beside_both_likely_others():
    ranked = [candidate("on", 0.43), candidate("off", 0.37), candidate("water", 0.18, safety=True)]
    assert ids(decide(ranked, COSTS)) == ["water", "on", "off"]


def test_traces_of_many_dangers_are_no_danger():
    ranked = [candidate("return", 0.7), *(candidate(f"s{n}", 0.02, safety=True) for n in range(8))]
    assert "s0" not in ids(decide(ranked, COSTS))
