"""The desk closes a case while a customer speaks of its call: told so, and another call is offered."""

from uuid import uuid4

import pytest

from intents.news import CallNews
from intents.transcripts import typed
from tests.unit.device.test_news_talk import NOW, Promises, never, promised, slot, text
from voice.desk_calls import Change
from voice.news_talk import NewsTalk

CLOSED = CallNews(state="closed", calls=0, close_reason="calmed")


@pytest.fixture
def desk():
    return Promises()


@pytest.fixture
def talk(desk):
    """The talk about a request that was kept just now, promised for 1 p.m."""
    talk = NewsTalk(desk, lambda: NOW, lambda: desk.setting(lambda: NOW))
    talk.keep(uuid4(), slot(13), arrived=True)
    return talk


def say(talk, line):
    return talk.take(typed(line), never) if talk.asks else talk.take_own(typed(line), never)


@pytest.mark.parametrize("lines", [("時間を変えたい",), ("明日の午後5時にしてください",)])
def test_no_free_time_of_a_closed_case_is_no_full_desk(desk, talk, lines):
    desk.free, desk.finished = (), True
    for line in lines:
        aside = say(talk, line)
    told = text(aside.says)
    assert "済んだ" in told
    assert "空きがございません" not in told
    assert "お電話いたしましょうか" in told
    assert say(talk, "はい").wants_call


def test_closed_between_the_offer_and_the_choice(desk, talk):
    say(talk, "時間を変えたい")
    desk.finished = True
    desk.choose = lambda request_id, window: None
    aside = say(talk, "一番")
    assert "済んだ" in text(aside.says)
    assert say(talk, "いいえ").wants_call is False


def test_no_time_free_of_an_open_case_stays_what_it_is(desk, talk):
    desk.free = ()
    assert "空きがございません" in text(say(talk, "時間を変えたい").says)
    assert not talk.asks


def test_news_of_the_close_before_the_customer_asks(desk):
    mine = uuid4()
    talk = NewsTalk(desk, lambda: NOW, lambda: desk.setting(lambda: NOW))
    talk.keep(mine, slot(13), arrived=True)
    desk.changes = [Change(id=mine, before=promised(13), after=CLOSED)]
    aside = talk.take_own(typed("いつ電話が来るの"), never)
    told = text(aside.says)
    assert "済んだ" in told
    assert "決まっておりません" not in told
    assert talk.take(typed("お願いします"), never).wants_call
