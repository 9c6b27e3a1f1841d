"""What is told of a call that was asked for earlier: only what is new, nothing personal, one question at the end."""

from datetime import datetime, timedelta

import pytest

from intents.news import CallNews, FollowUp, Rating, asks_rating, follow_up, rating_in, told
from intents.transcripts import NOTHING_HEARD, typed
from intents.when_types import TOKYO, Window

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)


def slot(hour):
    begins = datetime(2026, 11, 25, hour, tzinfo=TOKYO)
    return Window(begins=begins, ends=begins + timedelta(minutes=30))


def news(state="promised", promise=None, **changes):
    return CallNews(state=state, promise=promise, **changes)


PROMISED = news(promise=slot(13))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (PROMISED, news(promise=slot(15)), ["変わりました", "午後3時"]),
        (None, PROMISED, ["午後1時", "差し上げます"]),
        (news("waiting"), PROMISED, ["午後1時"]),
        (None, news("waiting"), ["届いております"]),
        (PROMISED, news("waiting"), ["できなくなりました"]),
        (PROMISED, news(promise=slot(13), agent="佐藤"), ["担当は、佐藤です"]),
        (PROMISED, news("tried", calls=1), ["つながりませんでした", "改めて"]),
        (PROMISED, news(promise=slot(16), calls=1), ["つながりませんでした", "次は", "午後4時"]),
        (news("tried", calls=1), news("asked_by_sms", calls=1), ["ショートメッセージ"]),
        (PROMISED, news("closed", calls=3, close_reason="unreachable"), ["もう一度お申し込み"]),
        (PROMISED, news("closed", calls=1, close_reason="passed_on"), ["引き継いだ"]),
        (PROMISED, news("closed", close_reason="wrong_number"), ["番号が、違って"]),
        (PROMISED, news("closed", close_reason="satisfied"), ["終わった"]),
    ],
)
def test_what_is_new(before, after, words):
    said = "".join(spoken.text for spoken in told(before, after, NOW))
    assert said.startswith("前にお申し込みの")
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PROMISED, PROMISED),
        (PROMISED, news("being_called", slot(13))),
        (PROMISED, news("erased")),
        (PROMISED, news("closed", close_reason="withdrawn")),
        (news("closed", close_reason="satisfied"), news("closed", close_reason="unreachable")),
    ],
)
def test_what_is_not_told(before, after):
    assert told(before, after, NOW) == ()


def test_only_who_was_spoken_with_is_asked_and_once():
    solved = news("closed", calls=1, close_reason="satisfied")
    assert asks_rating(PROMISED, solved)
    assert not asks_rating(solved, news("closed", calls=2, close_reason="satisfied"))
    assert not asks_rating(PROMISED, news("closed", close_reason="unreachable"))


@pytest.mark.parametrize(
    ("before", "after", "follow"),
    [
        (PROMISED, news("tried", calls=1, last_outcome="no_answer"), FollowUp.OFFER),
        (PROMISED, news("asked_by_sms", calls=1, last_outcome="busy"), FollowUp.OFFER),
        (PROMISED, news("waiting"), FollowUp.OFFER),
        (PROMISED, news(promise=slot(16), calls=1), FollowUp.CHANGE),
        (PROMISED, news(promise=slot(15)), FollowUp.CHANGE),
        (news("waiting"), PROMISED, FollowUp.NOTHING),
        (PROMISED, news(promise=slot(13), agent="佐藤"), FollowUp.NOTHING),
        (PROMISED, news("being_called", slot(13)), FollowUp.NOTHING),
        (PROMISED, news("refused"), FollowUp.NOTHING),
        (PROMISED, news("closed", close_reason="unreachable"), FollowUp.NOTHING),
        (PROMISED, news("closed", close_reason="satisfied"), FollowUp.RATING),
    ],
)
def test_what_follows(before, after, follow):
    assert follow_up(before, after) is follow


@pytest.mark.parametrize("outcome", ["call_later", "reached"])
def test_who_was_spoken_with_is_not_told_the_call_was_in_vain(outcome):
    said = "".join(one.text for one in told(PROMISED, news(promise=slot(16), calls=1, last_outcome=outcome), NOW))
    assert "つながりません" not in said
    assert "午後4時" in said


@pytest.mark.parametrize(
    ("line", "rating"),
    [
        ("はい", Rating.YES),
        ("はい、とてもよかったです", Rating.YES),
        ("いいえ", Rating.NO),
        ("いいえ、全然だめでした", Rating.NO),
        ("ひどい対応でした", Rating.NO),
        ("どちらでも", Rating.NEITHER),
        ("営業時間は何時までですか", None),
    ],
)
def test_answers(line, rating):
    assert rating_in(typed(line)) is rating


def test_silence_is_no_answer():
    assert rating_in(NOTHING_HEARD) is None
