"""What is said back of days and times: how it sounds, and that it is understood as what it says."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from intents.readings import reading_of
from intents.when import DEFAULT_OFFICE, TOKYO, Window, Wishes, when_in
from intents.when_holidays import public_holiday
from intents.when_told import choices_told, slot_told, told

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
DAYS = [
    "ツイタチ",
    "フツカ",
    "ミッカ",
    "ヨッカ",
    "イツカ",
    "ムイカ",
    "ナノカ",
    "ヨーカ",
    "ココノカ",
    "トーカ",
    "ジューイチニチ",
    "ジューニニチ",
    "ジューサンニチ",
    "ジューヨッカ",
    "ジューゴニチ",
    "ジューロクニチ",
    "ジューシチニチ",
    "ジューハチニチ",
    "ジュークニチ",
    "ハツカ",
    "ニジューイチニチ",
    "ニジューニニチ",
    "ニジューサンニチ",
    "ニジューヨッカ",
    "ニジューゴニチ",
    "ニジューロクニチ",
    "ニジューシチニチ",
    "ニジューハチニチ",
    "ニジュークニチ",
    "サンジューニチ",
    "サンジューイチニチ",
]
HOURS = [
    "レージ",
    "イチジ",
    "ニジ",
    "サンジ",
    "ヨジ",
    "ゴジ",
    "ロクジ",
    "シチジ",
    "ハチジ",
    "クジ",
    "ジュージ",
    "ジューイチジ",
]
WEEKDAYS = ["ゲツヨービ", "カヨービ", "スイヨービ", "モクヨービ", "キンヨービ", "ドヨービ", "ニチヨービ"]


def window(day: date, begins: int, ends: int, part: str = "") -> Window:
    midnight = datetime(day.year, day.month, day.day, tzinfo=TOKYO)
    return Window(begins=midnight + timedelta(minutes=begins), ends=midnight + timedelta(minutes=ends), part=part)


def sound(spoken) -> str:
    return reading_of(spoken.text, spoken.overrides)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("12月1日の3時から5時", "12月1日、火曜日の、午後3時から5時の間"),
        ("明日の午前中", "明日、25日水曜日の午前中"),
        ("明日", "明日、25日水曜日"),
        ("あさっての3時", "あさって、26日木曜日の、午後3時"),
        ("1月5日の10時から3時", "来年の1月5日、火曜日の、午前10時から午後3時の間"),
        ("今日の12時半から1時半", "今日、24日火曜日の、お昼の12時半から午後1時半の間"),
        ("3日か5日の朝", "12月3日、木曜日の朝、または、12月5日、土曜日の朝"),
        ("来週", "11月30日、月曜日から、12月4日、金曜日まで"),
        ("夜10時から12時", "今日、24日火曜日の、午後10時から夜の12時の間"),
    ],
)
def test_what_was_wished_is_told(heard, said):
    wishes = when_in(heard, now=NOW)
    assert isinstance(wishes, Wishes)
    assert told(wishes.windows, NOW).text == said


@pytest.mark.parametrize("day", range(1, 32))
def test_every_day_is_read_as_people_say_it(day):
    told_far = sound(slot_told(*_slot(date(2027, 1, day)), NOW))
    assert told_far.startswith(
        f"ライネンノイチガツ{DAYS[day - 1]}{WEEKDAYS[date(2027, 1, day).weekday()]}ノゴゴサンジカラ"
    )
    today = datetime(2027, 1, day, 9, tzinfo=TOKYO)
    assert sound(slot_told(*_slot(date(2027, 1, day)), today)).startswith(f"キョー{DAYS[day - 1]}")


def _slot(day: date) -> tuple[datetime, datetime]:
    slot = window(day, 15 * 60, 17 * 60)
    return slot.begins, slot.ends


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize(("minute", "sounds"), [(0, ""), (30, "ハン"), (10, "ジュップン"), (45, "ヨンジューゴフン")])
def test_every_hour_is_read_as_people_say_it(hour, minute, sounds):
    said = sound(told(window(date(2026, 12, 3), hour * 60 + minute, hour * 60 + minute + 30, "point"), NOW))
    half = "ゴゼン" if hour < 12 else "ゴゴ"
    if hour == 12:
        expected = "ショーゴ" if minute == 0 else f"ヒルノジューニジ{sounds}"
    else:
        expected = half + HOURS[hour % 12] + sounds
    assert said.endswith(expected)


@pytest.mark.parametrize("hour", range(1, 25))
def test_the_end_of_a_stretch_is_read_as_people_say_it(hour):
    said = sound(told(window(date(2026, 12, 3), hour * 60 - 60, hour * 60), NOW))
    name = "ショーゴ" if hour == 12 else "ヨルノジューニジ" if hour == 24 else HOURS[hour % 12]
    assert said.endswith(f"{name}ノアイダ")


def test_offers_are_numbered_and_short():
    slots = [window(date(2026, 11, 25), 600, 630), window(date(2026, 11, 27), 960, 1080)]
    said = choices_told(slots, NOW)
    assert said.text == "一、明日、25日水曜日の、午前10時。二、11月27日、金曜日の、午後4時から6時の間。"
    assert sound(said).startswith("イチアシタ")


def test_a_stretch_over_midnight_names_the_next_day():
    assert told(window(date(2026, 12, 3), 23 * 60, 24 * 60 + 30), NOW).text == (
        "12月3日、木曜日の、午後11時から、翌日の午前0時半の間"
    )


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2090, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=TOKYO, microsecond=0)
)


@settings(max_examples=300, deadline=None)
@given(MOMENTS, st.integers(1, 90), st.integers(0, 1439), st.integers(1, 720))
@example(NOW, 1, 720, 60)
@example(NOW, 1, 0, 720)
@example(NOW, 1, 725, 90)
@example(NOW, 37, 23 * 60, 60)
def test_a_stretch_told_is_heard_as_itself(now, days, begins, length):
    given_window = window((now + timedelta(days=days)).date(), begins, min(begins + length, 1440))
    heard = when_in(told(given_window, now).text, now=now)
    assert isinstance(heard, Wishes)
    assert [(w.begins, w.ends) for w in heard.windows] == [(given_window.begins, given_window.ends)]


@settings(max_examples=100, deadline=None)
@given(
    MOMENTS,
    st.sampled_from(["明日", "あさって", "今度の土曜", "来週の水曜", "三日後", "元日", "週明け"]),
    st.sampled_from(
        ["", "の午前中", "の午後", "の朝", "の夕方", "の夜", "の4時", "のお昼過ぎ", "の10時以降", "の3時ごろ"]
    ),
)
def test_a_wish_told_is_heard_as_itself(now, day, time):
    wishes = when_in(day + time, now=now)
    if isinstance(wishes, Wishes):
        assert when_in(told(wishes.windows, now).text, now=now) == wishes
    else:
        assert day == "元日"  # beyond the horizon in most months


def test_the_holidays_are_known():
    assert public_holiday(date(2026, 11, 23)) == "勤労感謝の日"
    assert public_holiday(date(2026, 5, 6)) == "振替休日"
    assert public_holiday(date(2026, 9, 22)) == "国民の休日"
    assert DEFAULT_OFFICE.blocks_on(date(2026, 11, 23)) == ()
