"""Which notice is told unasked: one a day, none at night, none where none is wanted, and recalls with danger always."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from intents.when_types import TOKYO
from server.notices import Kind
from tests.notice_samples import notice
from voice.notice_rules import Standing, due, shows_light
from voice.quiet_hours import NEVER, quiet_hours

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
DAY = timedelta(days=1)
DELAY = notice("遅れ。")
URGENT = notice("障害。", kind=Kind.OUTAGE, at_once=True)
DANGER = notice("発火。", kind=Kind.RECALL, danger=True)
AFTER = notice("その後。", kind=Kind.FOLLOW_UP)


def told(*notices, now=NOW, quiet=False, told_here=frozenset(), long=True, room=False, **standing):
    found = due(
        Standing(notices=notices, **standing),
        now,
        quiet=quiet,
        told_here=told_here,
        is_asked_nothing=long,
        to_the_room=room,
    )
    return found.text if found else None


def test_danger_first_then_recalls_then_what_is_urgent():
    recall = notice("回収。", kind=Kind.RECALL)
    everything = [AFTER, DELAY, URGENT, recall, DANGER]
    order = []
    while everything:
        order.append(told(*everything))
        everything = [one for one in everything if one.text != order[-1]]
    assert order == ["発火。", "回収。", "障害。", "遅れ。", "その後。"]


def test_one_a_day_and_each_once():
    assert told(DELAY, URGENT, times={URGENT.id: 1}, unasked_at=NOW - timedelta(minutes=1)) is None
    assert told(DELAY, URGENT, times={URGENT.id: 1}, unasked_at=NOW - DAY) == "遅れ。"
    assert told(DELAY, times={DELAY.id: 1}, unasked_at=NOW - DAY) is None


def test_a_day_is_a_day_of_tokyo_and_a_clock_set_back_no_reason_to_tell_more():
    late, early = datetime(2026, 11, 23, 23, 59, tzinfo=TOKYO), datetime(2026, 11, 24, 9, tzinfo=TOKYO)
    assert told(DELAY, unasked_at=late) == "遅れ。"
    assert told(DELAY, unasked_at=early) is None
    assert told(DELAY, unasked_at=NOW + 5 * DAY) is None


def test_only_in_its_time():
    assert told(DELAY, now=DELAY.begins - timedelta(seconds=1)) is None
    assert told(DELAY, now=DELAY.ends) is None


def test_at_night_and_where_none_is_wanted_only_danger():
    for given in ({"quiet": True}, {"is_off": True}):
        assert told(DELAY, URGENT, **given) is None
        assert told(DELAY, URGENT, DANGER, **given) == "発火。"


def test_danger_comes_in_every_conversation_besides_the_one_a_day():
    assert told(DANGER, DELAY, unasked_at=NOW, times={DANGER.id: 3}) == "発火。"
    assert told(DANGER, DELAY, times={DANGER.id: 1}, told_here={DANGER.id}) == "遅れ。"
    assert told(DANGER, is_off=True, times={DANGER.id: 1}) is None


def test_to_an_empty_room_only_what_is_urgent_and_once():
    assert told(DELAY, room=True) is None
    assert told(DELAY, URGENT, room=True) == "障害。"
    assert told(DANGER, room=True) == "発火。"
    assert told(DANGER, room=True, times={DANGER.id: 1}) is None
    assert told(DANGER, URGENT, room=True, quiet=True) is None


def test_nothing_long_before_an_answer():
    assert told(AFTER, long=False) is None
    assert told(AFTER, DELAY, long=False) == "遅れ。"


def test_the_light_is_for_what_would_be_told_to_the_room():
    standing = Standing(notices=(DELAY, URGENT))
    assert shows_light(standing, NOW, quiet=False)
    assert not shows_light(standing, NOW, quiet=True)
    for changes in ({"is_off": True}, {"times": {URGENT.id: 1}}, {"unasked_at": NOW}, {"notices": (DELAY,)}):
        assert not shows_light(replace(standing, **changes), NOW, quiet=False)


@pytest.mark.parametrize(("text", "hour", "is_quiet"), [
    ("20:00-08:00", 20, True), ("20:00-08:00", 3, True), ("20:00-08:00", 8, False), ("20:00-08:00", 19, False),
    ("12:00-13:00", 12, True), ("12:00-13:00", 13, False), ("", 3, False), ("8:00-8:00", 8, False),
])  # fmt: skip
def test_quiet_hours(text, hour, is_quiet):
    assert quiet_hours(text).holds(NOW.replace(hour=hour, minute=0)) is is_quiet


def test_quiet_hours_are_of_tokyo():
    assert quiet_hours("20:00-08:00").holds(datetime.fromisoformat("2026-11-24T12:00:00+00:00"))
    assert not NEVER.holds(NOW)


@pytest.mark.parametrize("text", ["20-8", "25:00-08:00", "20:00", "いつも"])
def test_what_are_no_hours(text):
    with pytest.raises(ValueError, match="20:00-08:00"):
        quiet_hours(text)
