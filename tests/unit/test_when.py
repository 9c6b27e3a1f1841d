"""The slot "when may we call" in other offices, at edges, from doubtful hearing, and its choices and phrases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed
from intents.when import TOKYO, Office, Reason, Unclear, Window, Wishes, when_in, when_phrases
from intents.when_choice import choice_in
from intents.when_forms import form
from intents.when_holidays import public_holiday

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
LONG_HOURS = Office(week=dict.fromkeys(range(7), ((8 * 60, 21 * 60),)), why_closed=lambda _: None)
WITH_LUNCH = Office(week=dict.fromkeys(range(5), ((9 * 60, 12 * 60), (13 * 60, 17 * 60))))


def clocks(found) -> list[str]:
    assert isinstance(found, Wishes), found
    return [f"{w.begins:%m/%d %H:%M}-{w.ends:%H:%M}" for w in found.windows]


def test_eight_is_the_evening_only_where_it_is_open_then():
    asked = when_in("明日の8時", now=NOW, office=LONG_HOURS)
    assert isinstance(asked, Unclear)
    assert asked.reason is Reason.MERIDIEM
    assert [f"{w.begins:%d %H:%M}" for w in asked.choices] == ["25 08:00", "25 20:00"]
    assert clocks(when_in("今日の8時", now=NOW, office=LONG_HOURS)) == ["11/24 20:00-20:30"]
    assert clocks(when_in("明日の夜8時", now=NOW, office=LONG_HOURS)) == ["11/25 20:00-20:30"]
    assert clocks(when_in("明日の7時", now=NOW, office=LONG_HOURS)) == ["11/25 19:00-19:30"]


def test_closed_at_noon_is_outside_the_hours():
    found = when_in("明日のお昼休み", now=NOW, office=WITH_LUNCH)
    assert clocks(found) == ["11/25 12:00-13:00"]
    assert found.windows[0].outside_hours
    assert not when_in("明日の午後", now=NOW, office=WITH_LUNCH).windows[0].outside_hours


def test_own_closures_are_kept_and_flagged_when_named_and_left_out_when_not():
    office = Office(why_closed=lambda day: "棚卸し" if day == date(2026, 11, 25) else public_holiday(day))
    assert when_in("明日", now=NOW, office=office).windows[0].outside_hours
    assert clocks(when_in("今週中", now=NOW, office=office)) == [
        "11/24 10:15-18:00",
        "11/26 09:00-18:00",
        "11/27 09:00-18:00",
    ]


def test_a_holiday_is_found_by_its_name_and_by_what_comes_after():
    now = datetime(2026, 11, 18, 12, 0, tzinfo=TOKYO)
    assert clocks(when_in("勤労感謝の日", now=now)) == ["11/23 09:00-18:00"]
    assert clocks(when_in("連休明けの午前", now=now)) == ["11/24 09:00-12:00"]
    assert clocks(when_in("週明け", now=now)) == ["11/24 09:00-18:00"]  # the Monday is a holiday
    may = datetime(2027, 3, 1, 12, 0, tzinfo=TOKYO)
    assert clocks(when_in("振替休日", now=may)) == ["03/22 09:00-18:00"]


def test_february_has_29_days_in_leap_years():
    now = datetime(2028, 2, 1, 9, 0, tzinfo=TOKYO)
    assert clocks(when_in("2月29日", now=now)) == ["02/29 09:00-18:00"]
    assert when_in("2月30日", now=now) == Unclear(reason=Reason.NO_SUCH_DAY)


def test_midnight_belongs_to_the_day_that_begins():
    before, after = datetime(2026, 11, 24, 23, 59, tzinfo=TOKYO), datetime(2026, 11, 25, 0, 0, tzinfo=TOKYO)
    assert clocks(when_in("明日", now=before)) == ["11/25 09:00-18:00"]
    assert clocks(when_in("明日", now=after)) == ["11/26 09:00-18:00"]
    assert clocks(when_in("2時間後", now=before)) == ["11/25 01:59-02:29"]


def test_the_clock_of_the_machine_may_stand_in_another_zone():
    assert clocks(when_in("明日", now=datetime(2026, 11, 24, 16, 0, tzinfo=UTC))) == ["11/26 09:00-18:00"]
    with pytest.raises(ValueError, match="time zone"):
        when_in("明日", now=datetime(2026, 11, 24))


def test_what_is_unclear_names_its_day():
    assert when_in("12月3日の金曜", now=NOW) == Unclear(reason=Reason.CONTRADICTION, day=date(2026, 12, 3))
    assert when_in("明日、仕事が終わってから", now=NOW) == Unclear(reason=Reason.TIME_WANTED, day=date(2026, 11, 25))


def test_the_next_hypothesis_decides_where_the_first_says_nothing_of_time():
    ways = (("足跡", "アシアト"), ("明日の午後", "アシタノゴゴ"))
    heard = Transcript(
        hypotheses=tuple(Hypothesis(text=text, reading=reading, confidence=0.5) for text, reading in ways),
        duration_ms=900,
    )
    assert clocks(when_in(heard, now=NOW)) == ["11/25 12:00-18:00"]
    assert when_in(NOTHING_HEARD, now=NOW) is None


@pytest.mark.parametrize(
    "question",
    [
        "返品したいのですが",
        "電源が入りません",
        "ご飯が硬いです",
        "佐藤花子と申します",
        "いいえ",
        "人と話したい",
        "住所を変えたい",
    ],
)
def test_other_matters_are_no_time(question):
    assert when_in(question, now=NOW) is None


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("夕方", "夕方"),
        ("いこう", "イコー"),
        ("とおか", "トーカ"),
        ("へいじつ", "ヘージツ"),
        ("づ", "ズ"),
        ("二十四日", "24日"),
    ],
)
def test_writing_and_morae_have_one_form(written, heard):
    assert form(written) == form(heard)


PIECES = st.sampled_from(
    [
        "明日",
        "来週",
        "月曜",
        "火曜",
        "3日",
        "31日",
        "13月",
        "2月",
        "午前",
        "午後",
        "夜",
        "3時",
        "25時",
        "24時",
        "半",
        "ごろ",
        "から",
        "まで",
        "以降",
        "の",
        "か",
        "と",
        "は",
        "無理",
        "以外",
        "じゃなくて",
        "いや",
        "いつでも",
        "今すぐ",
        "月末",
        "週明け",
        "年末年始",
        "お盆",
        "99日後",
        "99か月後",
        "9999年",
        "0000年",
        "令和99年",
        "0時",
        "12時",
        "去年",
        "再来週",
        "第9",
        "月曜日",
        "、",
        "第5",
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=30),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),
)
def test_no_input_raises_and_windows_are_sound(text, moment):
    now = moment.replace(tzinfo=TOKYO)
    heard = Transcript(hypotheses=(Hypothesis(text=text, reading="", confidence=1.0),), duration_ms=0)
    found = when_in(heard, now=now)
    if isinstance(found, Wishes):
        assert found.windows
        assert all(window.begins < window.ends for window in found.windows)
        assert all(window.begins >= now for window in found.windows)
        assert list(found.windows) == sorted(found.windows, key=lambda window: (window.begins, window.ends))


def offer(day: int, hour: int) -> Window:
    begins = datetime(2026, 11, day, hour, tzinfo=TOKYO)
    return Window(begins=begins, ends=begins + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ("一番", 0),
        ("一番でお願いします", 0),
        ("最初の", 0),
        ("1", 0),
        ("二", 1),
        ("ニバン", 1),
        ("二つ目のほうで", 1),
        ("真ん中ので", 1),
        ("三つ目", 2),
        ("最後の", 2),
        ("10時の", 0),
        ("2時でお願いします", 1),
        ("ニジノホー", 1),
        ("木曜の方", 2),
        ("26日", 2),
        ("あさって", 2),
        ("明日の午後", 1),
        ("夕方の", 2),
        ("早いほう", 0),
        ("一番早いので", 0),
        ("遅いほう", 2),
        ("どれでもいいです", 0),
        ("水曜は無理です", 2),
        ("明日の", None),  # two of them
        ("午後の", None),
        ("一番は無理です", None),
        ("どれもだめです", None),
        ("5時", None),
        ("四番", None),
        ("わかりません", None),
        ("", None),
    ],
)
def test_one_of_the_offers_is_chosen(said, chosen):
    assert choice_in(typed(said), [offer(25, 10), offer(25, 14), offer(26, 16)], now=NOW) == chosen


def test_what_is_not_offered_cannot_be_chosen():
    assert choice_in("三つ目", [offer(25, 10), offer(26, 10)], now=NOW) is None
    assert choice_in("最初の", [], now=NOW) is None
    assert choice_in("木曜じゃないほう", [offer(25, 10), offer(26, 10)], now=NOW) == 0


def test_the_phrases_are_understood():
    phrases = when_phrases()
    assert len(phrases) > 300
    silent = [phrase for phrase in phrases if when_in(Transcript(hypotheses=(
        Hypothesis(text=phrase, reading="", confidence=1.0),), duration_ms=0), now=NOW) is None]  # fmt: skip
    assert silent == ["やっぱり"]
