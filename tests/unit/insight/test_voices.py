"""Topics in numbers, the reading list and the search, without a desk."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.insight.reading_list import MOST, Readable, Why, beside, chosen, days_of, last_week, week_of
from server.insight.searching import Wanted
from server.insight.voices import in_total, steps_of, voices_of, with_before
from server.periods import Period

PERIOD = Period(date(2026, 11, 16), date(2026, 11, 22))
NOON = datetime(2026, 11, 18, 3, tzinfo=UTC)


def matter(talk, ending="voice", topic="t-1", at=NOON, turn=0, **more):
    given = {"complaint": False, "danger": False} | more
    return SimpleNamespace(talk=UUID(int=talk), turn=turn, topic=topic, at=at, ending=ending, **given)


def test_conversations_are_counted_once_by_their_latest_matter():
    (voice,) = voices_of([matter(1, "lost"), matter(1, "voice", turn=4), matter(2, "lost", danger=True)], PERIOD)
    assert (voice.count, voice.endings, voice.dangers) == (2, {"voice": 1, "lost": 1}, 1)


def test_who_came_again_is_in_no_share():
    (voice,) = voices_of([matter(1), matter(2, "again"), matter(3, "lost"), matter(4, "human")], PERIOD)
    assert (voice.share("voice"), voice.share("lost"), voice.count) == (1 / 3, 1 / 3, 4)
    (voice,) = voices_of([matter(1, "again")], PERIOD)
    assert voice.share("voice") is None


def test_the_trend_follows_the_days_of_tokyo():
    early, late = datetime(2026, 11, 15, 15, tzinfo=UTC), datetime(2026, 11, 22, 14, 59, tzinfo=UTC)
    talks = [
        matter(1, at=early),
        matter(2, at=late),
        matter(3, at=early - timedelta(seconds=1)),
        matter(4, at=late + timedelta(minutes=1)),
    ]
    (voice,) = voices_of(talks, PERIOD)
    assert (voice.trend, voice.before) == ((1, 0, 0, 0, 0, 0, 1), 1)


def test_long_periods_go_by_weeks():
    period = Period(date(2026, 9, 1), date(2026, 11, 22))
    assert [day.isoformat() for day in steps_of(period)][:2] == ["2026-09-01", "2026-09-08"]
    (voice,) = voices_of([matter(1), matter(2)], period)
    assert (len(voice.trend), sum(voice.trend)) == (len(steps_of(period)), 2)


def test_the_period_before_is_as_long_or_not_there():
    assert with_before(PERIOD) == Period(date(2026, 11, 9), PERIOD.last)
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    assert with_before(year) == year


def test_all_together():
    total = in_total(voices_of([matter(1), matter(2, "lost", topic="t-2")], PERIOD))
    assert (total.count, total.share("lost"), sum(total.trend)) == (2, 0.5, 2)


def readable(number, **kinds):
    given = dict.fromkeys(("danger", "complaint", "lost", "solved"), False) | {"turns": 2} | kinds
    return Readable(talk=UUID(int=number), **given)


MANY = [readable(n, solved=True) for n in range(30)] + [readable(100 + n, lost=True) for n in range(30)]
RARE = [readable(200 + n, danger=True, lost=True) for n in range(3)] + [
    readable(300, complaint=True),
    readable(301, turns=40),
]


@settings(max_examples=20, deadline=None)
@given(order=st.permutations([*MANY, *RARE]))
def test_the_list_of_a_week_is_the_same_for_everybody(order):
    assert chosen(order, "2026-W47") == chosen([*MANY, *RARE], "2026-W47")


def test_every_kind_has_its_share_and_other_weeks_have_others():
    found = chosen([*MANY, *RARE], "2026-W47")
    why = [kind for _, kind in found]
    assert len(found) == len({one.talk for one, _ in found}) == MOST
    assert (why.count(Why.DANGER), why.count(Why.COMPLAINT), why.count(Why.LONG)) >= (2, 1, 1)
    assert {one.talk for one, _ in found} != {one.talk for one, _ in chosen([*MANY, *RARE], "2026-W48")}
    assert len(chosen(MANY[:3], "2026-W47")) == 3


def test_weeks():
    assert week_of(date(2027, 1, 3)) == "2026-W53"
    assert days_of("2026-W47") == PERIOD
    assert beside("2026-W53", 1) == "2027-W01"
    assert last_week(datetime(2026, 11, 22, 15, tzinfo=UTC)) == "2026-W47"  # Monday in Tokyo
    assert last_week(datetime(2026, 11, 22, 14, tzinfo=UTC)) == "2026-W46"
    for wrong in ("2026-W54", "2026-47", "W47", "２０２６-W01", ""):
        with pytest.raises(ValueError, match=r".+"):
            days_of(wrong)


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("返品", "ヘンピンシタイ", True),
        ("へんぴん", "返品したい", True),
        ("ﾍﾝﾋﾟﾝ", "へんぴんしたい", True),
        ("取消", "注文を取り消したい", True),
        ("交換", "返品したい", False),
        ("い", "返品したい", True),  # as written
        ("か", "返品したい", False),
    ],
)
def test_words_are_found_as_written_and_as_they_sound(typed, text, found):
    assert Wanted.of(typed).is_in(text) is found


def test_nothing_is_looked_for_in_vain():
    assert Wanted.of("。、 ") is None
