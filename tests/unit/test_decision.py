import pytest

from intents.decision import Ambiguous, Matched, Thresholds, Unknown, decide, shipped_thresholds
from intents.matching import Candidate, Evidence, Topic

LIMITS = Thresholds(answer=0.5, lead=2.0, ask=0.15, together=0.35, safety=0.2)
NO_EVIDENCE = Evidence(
    sound=0, sameness=0, inside=0, reading=0, writing=0, told=0, told_writing=0, wanted=0, wanted_writing=0
)


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
        ([0.4, 0.02], Ambiguous, ["a"]),  # alone, but not likely enough
        ([0.3, 0.25, 0.2, 0.16], Ambiguous, ["a", "b", "c"]),  # never more than three
        ([0.49, 0.2, 0.05], Ambiguous, ["a", "b"]),
        ([0.98 / 2, 0.049], Ambiguous, ["a"]),  # a rival far behind is not worth a question
        ([0.1, 0.05], Unknown, []),
        ([0.3, 0.04], Unknown, []),  # worth asking alone, but "none of these" is likelier
        ([], Unknown, []),
    ],
)
def test_decide(scores, kind, topics):
    decision = decide([candidate(name, s) for name, s in zip("abcd", scores, strict=False)], LIMITS)
    assert isinstance(decision, kind)
    assert ids(decision) == topics


def test_danger_goes_first_even_when_another_topic_is_likelier():
    ranked = [candidate("repair", 0.4), candidate("smoke", 0.3, safety=True)]
    assert ids(decide(ranked, LIMITS)) == ["smoke"]


def test_a_hint_of_danger_does_not_drown_a_clear_question():
    ranked = [candidate("hours", 0.75), candidate("smoke", 0.21, safety=True)]
    assert ids(decide(ranked, LIMITS)) == ["hours"]


def test_the_shipped_thresholds_are_probabilities():
    limits = shipped_thresholds()
    assert 0 < limits.ask < limits.answer < 1
    assert limits.choices == 3
