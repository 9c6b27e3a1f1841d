"""Days on which somebody is away, days behind others, and days of which only the customer knows when they are."""

from datetime import date, datetime

import pytest

from intents.callback import Stage
from intents.readings import reading_of
from intents.transcripts import typed
from intents.when import when_in
from intents.when_types import TOKYO, Reason, Unclear, Wishes
from tests.unit.test_callback import TO_OFFER, TO_WHEN, Talk

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=TOKYO)  # a Tuesday behind three days off
IN_AUGUST = datetime(2026, 8, 5, 10, 0, tzinfo=TOKYO)
TOMORROW, WEDNESDAY_AFTER = date(2026, 11, 25), date(2026, 12, 2)


def days(text, now=NOW):
    found = when_in(text, now=now)
    assert isinstance(found, Wishes), found
    return [window.begins.astimezone(TOKYO).date() for window in found.windows]


@pytest.mark.parametrize(
    ("line", "away"),
    [
        ("明日は医者", TOMORROW),
        ("明日は歯医者です", TOMORROW),
        ("明日は歯医者に行くんです", TOMORROW),
        ("あさっては病院", date(2026, 11, 26)),
        ("あさっては病院なんです", date(2026, 11, 26)),
        ("明日は検査があるんですよ", TOMORROW),
        ("明日はデイサービスの日です", TOMORROW),
        ("水曜日はデイサービスに行ってます", TOMORROW),
        ("明日は仕事が入ってまして", TOMORROW),
        ("明日はお葬式で", TOMORROW),
        ("明日はヘルパーさんが来るんで", TOMORROW),
        ("明日は孫の運動会", TOMORROW),
        ("明日は眼科の予約", TOMORROW),
        ("明日はちょっと医者に", TOMORROW),
    ],
)
def test_the_day_of_an_appointment_is_no_day_for_a_call(line, away):
    for said in (line, reading_of(line)):
        assert away not in days(said), said


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("明日は仕事が休みです", TOMORROW),
        ("明日は仕事がないので", TOMORROW),
        ("明日は病院がありません", TOMORROW),
        ("明日はデイサービスに行かないから", TOMORROW),
        ("明日仕事場に電話してください", TOMORROW),
        ("あさっては病院なので明日", TOMORROW),
        ("明日は医者だけど、夕方なら", TOMORROW),
        ("明日は病院なので午後なら", TOMORROW),
        ("明日は病院だから2時以降", TOMORROW),
    ],
)
def test_a_day_that_suits_all_the_same(line, day):
    assert days(line) == [day]


@pytest.mark.parametrize(
    "line",
    [
        "明日の病院のあと",
        "明日の歯医者のあと",
        "明日、医者に行ってから",
        "明日はデイサービスから帰ってから",
        "明日の検査が済んだら",
        "明日の透析の前",
    ],
)
def test_before_or_behind_an_appointment_the_time_is_asked_and_the_day_kept(line):
    talk = Talk()(*TO_WHEN, line)
    assert talk.form.stage is Stage.WHEN
    assert "何時ごろ" in talk.said
    talk = talk("3時")
    assert [window.begins for window in talk.form.wishes.windows] == [datetime(2026, 11, 25, 15, 0, tzinfo=TOKYO)]


@pytest.mark.parametrize(
    ("line", "first", "now"),
    [
        ("来月に入ってから", date(2026, 12, 1), NOW),
        ("月が変わってから", date(2026, 12, 1), NOW),
        ("月が替わったら", date(2026, 12, 1), NOW),
        ("つきがかわってから", date(2026, 12, 1), NOW),
        ("年が変わってから", date(2027, 1, 4), NOW),
        ("週が変わってから", date(2026, 11, 30), NOW),
        ("お盆明け", date(2026, 8, 17), IN_AUGUST),
        ("お盆が明けたら", date(2026, 8, 17), IN_AUGUST),
        ("お盆のあと", date(2026, 8, 17), IN_AUGUST),
        ("お盆過ぎ", date(2026, 8, 17), IN_AUGUST),
        ("お盆が終わってから", date(2026, 8, 17), IN_AUGUST),
        ("お盆休みが終わったら", date(2026, 8, 17), IN_AUGUST),
        ("山の日のあと", date(2026, 8, 12), IN_AUGUST),
        ("祝日明け", date(2026, 8, 12), IN_AUGUST),
        ("連休明け", date(2026, 11, 24), datetime(2026, 11, 20, 10, 0, tzinfo=TOKYO)),
        ("連休明け", date(2026, 11, 24), datetime(2026, 11, 22, 10, 0, tzinfo=TOKYO)),  # in the midst of it
        ("連休のあと", date(2026, 11, 24), datetime(2026, 11, 20, 10, 0, tzinfo=TOKYO)),
        ("三連休が終わってから", date(2026, 11, 24), datetime(2026, 11, 20, 10, 0, tzinfo=TOKYO)),
        ("ゴールデンウィーク明け", date(2026, 5, 7), datetime(2026, 4, 20, 10, 0, tzinfo=TOKYO)),
        ("シルバーウィーク明け", date(2026, 9, 24), datetime(2026, 9, 1, 10, 0, tzinfo=TOKYO)),
        ("お彼岸明け", date(2026, 9, 28), datetime(2026, 9, 1, 10, 0, tzinfo=TOKYO)),
        ("週末が終わったら", date(2026, 11, 30), NOW),
        ("お正月過ぎたら", date(2027, 1, 4), NOW),
        ("年金の日", date(2026, 12, 15), NOW),
        ("年金が入る日", date(2026, 12, 15), NOW),
    ],
)
def test_a_day_behind_others(line, first, now):
    for said in (line, reading_of(line)):
        assert days(said, now)[0] == first, said


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("大安の日", "大安"),
        ("次の大安で", "大安"),
        ("来月の大安", "大安"),
        ("仏滅以外ならいつでも", "仏滅"),
        ("給料日", "給料日"),
        ("給料日のあとの土曜", "給料日"),
        ("給料が入ってから", "給料"),
        ("誕生日のあと", "誕生日"),
        ("ゴミの日じゃない日", "ゴミの日"),
        ("デイのない日", "デイのない日"),
        ("娘が来る日", "娘が来る日"),
        ("天気のいい日にお願いします", "天気のいい日"),
        ("梅雨が明けてから", "梅雨"),
    ],
)
def test_a_day_that_only_the_customer_knows_is_asked_for_by_its_name(line, word):
    for said in (line, reading_of(line)):
        found = when_in(said, now=NOW)
        assert isinstance(found, Unclear), said
        assert found.reason is Reason.UNKNOWN_DAY, said
    assert when_in(line, now=NOW).word == word
    talk = Talk()(*TO_WHEN, line)
    assert (talk.form.stage, f"「{word}」" in talk.said, "25日" in talk.said) == (Stage.WHEN, True, True)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("明日は大安だから明日", TOMORROW),
        ("27日の給料日", date(2026, 11, 27)),
        ("誕生日だけど12月2日でいいです", WEDNESDAY_AFTER),
    ],
)
def test_a_date_beside_such_a_day_is_one(line, day):
    assert days(line) == [day]


@pytest.mark.parametrize("line", ["大安はいつですか", "今日はいい日ですね", "その日", "ほかの日", "別の日"])
def test_no_day_of_the_customers_own_is_made_of_anything(line):
    found = when_in(line, now=NOW)
    assert not (isinstance(found, Unclear) and found.reason is Reason.UNKNOWN_DAY) or found.word == "大安"


def test_away_on_the_days_offered():
    talk = Talk()(*TO_OFFER)
    offered = talk.form.offers[0].begins.astimezone(TOKYO).date()
    talk = talk(f"{offered.month}月{offered.day}日は病院です")
    assert talk.form.slot is None
    assert all(window.begins.astimezone(TOKYO).date() != offered for window in talk.form.wishes.windows)


def test_typed_text_and_sounds_are_one():
    assert days(typed("アサッテワ病院")) == days("あさっては病院です")
