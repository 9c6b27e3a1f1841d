import pytest

from intents.doubt import is_doubtful
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed


def heard(reading: str, confidence: float) -> Transcript:
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=confidence),), duration_ms=900)


@pytest.mark.parametrize(
    ("transcript", "doubtful"),
    [
        (heard("マツノキオキッテホシー", 0.9), False),
        (heard("マツノキオキッテホシー", 0.25), True),
        (heard("アノネ", 0.9), True),
        (heard("シャショー", 0.9), True),  # three morae
        (heard("テンキヨホー", 0.9), False),
        (typed("明日の天気"), False),
        (NOTHING_HEARD, False),
    ],
)
def test_what_is_asked_for_once_more(transcript, doubtful):
    assert is_doubtful(transcript) is doubtful
