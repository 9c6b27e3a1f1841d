"""Whether the clock may be believed when old data is to be deleted for good.  Pure.

A clock that jumped ahead would make everything old at once.  It betrays itself by a gap: this desk deletes every day, so
when its last time lies farther back than a weekend's rest, either nobody ran the desk or the clock jumped.  Nothing is
deleted then, until the clock has gone on by itself for most of a day; by then people who work with a wrong date on every
page have seen it.  A clock that went back makes nothing old, and is believed.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

GAP: Final = timedelta(hours=48)  # between two times of deleting
CONFIRMED_AFTER: Final = timedelta(hours=20)  # "the next day", for a daily task that begins a little early


class Belief(StrEnum):
    """What to do about old data."""

    BELIEVED = "believed"  # delete it
    DOUBTED = "doubted"  # the doubt is new: write it down, delete nothing
    WAITING = "waiting"  # doubted some hours ago, and the day is not over


def belief(*, deleted_at: datetime | None, doubted_at: datetime | None, now: datetime) -> Belief:
    """Return whether to believe `now`.

    `deleted_at`: the last time when it was believed, or, if it never was, when last anything happened here; None: nothing
    ever did.  `doubted_at`: since when it is doubted; None: it is not.
    """
    if doubted_at is None and deleted_at is None:
        return Belief.BELIEVED
    if deleted_at is not None and now - deleted_at <= GAP:
        return Belief.BELIEVED
    if doubted_at is None or not timedelta() <= now - doubted_at <= GAP:
        return Belief.DOUBTED
    return Belief.BELIEVED if now - doubted_at >= CONFIRMED_AFTER else Belief.WAITING
