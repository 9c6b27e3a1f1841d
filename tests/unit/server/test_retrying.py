from datetime import timedelta

import pytest

from server.work.retrying import FEWEST_TRIES, next_try
from tests.callback_samples import NOW


@pytest.mark.parametrize(
    ("failed", "seconds"), [(1, 5), (2, 10), (3, 20), (10, 2560), (11, 3600), (40, 3600), (10_000, 3600)]
)
def test_the_wait_doubles_up_to_an_hour(failed, seconds):
    assert next_try(failed=failed, made_at=NOW, now=NOW, dice=0.0) == NOW + timedelta(seconds=seconds)


def test_dice_make_it_shorter_so_that_not_all_come_at_once():
    assert next_try(failed=11, made_at=NOW, now=NOW, dice=1.0) == NOW + timedelta(minutes=45)


def test_the_receiver_may_ask_for_more_time_but_not_for_less():
    def asked(seconds):
        return next_try(failed=3, made_at=NOW, now=NOW, dice=0.0, asked=timedelta(seconds=seconds)) - NOW

    assert [asked(s).total_seconds() for s in (1, 120, 86_400)] == [20, 120, 3600]


def test_given_up_after_a_day_of_trying():
    now, failed = NOW, 0
    while (again := next_try(failed=(failed := failed + 1), made_at=NOW, now=now, dice=0.5)) is not None:
        now = again
    assert timedelta(hours=24) <= now - NOW < timedelta(hours=25)
    assert 25 < failed < 60


def test_a_clock_that_jumps_a_day_gives_nothing_up():
    tomorrow = NOW + timedelta(days=1)
    assert next_try(failed=1, made_at=NOW, now=tomorrow, dice=0.0) is not None
    assert next_try(failed=FEWEST_TRIES, made_at=NOW, now=tomorrow, dice=0.0) is None
