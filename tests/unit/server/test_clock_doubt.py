"""When the clock is believed enough to delete for good."""

from datetime import UTC, datetime, timedelta

import pytest

from server.clock_doubt import Belief, belief

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)


def ago(hours):
    return None if hours is None else NOW - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("deleted_h", "doubted_h", "found"),
    [
        (None, None, Belief.BELIEVED),  # nothing ever happened: nothing is old
        (24, None, Belief.BELIEVED),
        (48, None, Belief.BELIEVED),
        (49, None, Belief.DOUBTED),
        (20_000, None, Belief.DOUBTED),
        (-1, None, Belief.BELIEVED),  # the clock went back
        (-20_000, None, Belief.BELIEVED),
        (90, 1, Belief.WAITING),
        (90, 19, Belief.WAITING),
        (90, 24, Belief.BELIEVED),  # the second run, a day later
        (None, 24, Belief.BELIEVED),
        (200, 49, Belief.DOUBTED),  # another gap after the doubt
        (200, -5, Belief.DOUBTED),  # the clock went back, but not to where it was
        (24, -20_000, Belief.BELIEVED),  # the clock was put right
    ],
)
def test_belief(deleted_h, doubted_h, found):
    assert belief(deleted_at=ago(deleted_h), doubted_at=ago(doubted_h), now=NOW) is found
