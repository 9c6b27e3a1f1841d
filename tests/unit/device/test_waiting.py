import pytest

from intents.patience import Patience
from voice.waiting import Waiting

EIGHT_S = Patience(wait_ms=8_000)


def over_at(waiting: Waiting, hears_speech, most_ms: int = 3_600_000) -> int | None:
    """The audio time at which the wait is over."""
    for now_ms in range(100, most_ms, 100):
        if waiting.is_over(100, hears_speech=hears_speech(now_ms)):
            return now_ms
    return None


@pytest.mark.parametrize(
    ("speech", "at_ms"),
    [
        (lambda _: False, 8_000),
        (lambda ms: ms <= 1_000, 8_000),
        (lambda ms: 7_900 <= ms <= 12_000, 14_000),  # whoever just spoke is given a moment
        (lambda _: True, 38_000),  # a room that never falls silent
        (lambda ms: ms % 1_500 < 200, 38_000),
    ],
)
def test_when_a_wait_is_over(speech, at_ms):
    assert over_at(Waiting(EIGHT_S), speech) == at_ms


def test_without_patience_there_is_no_end():
    assert over_at(Waiting(None), lambda _: False) is None
