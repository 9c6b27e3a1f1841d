"""Numbers from 0 to 10 as customers say them, and the talk in which they are asked for one."""

from datetime import datetime
from uuid import uuid4

import pytest

from intents.callback_form import Setting
from intents.news import CallNews, Rating
from intents.readings import reading_of
from intents.recommending import Declined, score_in
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed
from intents.when_types import TOKYO
from voice.desk_calls import Change
from voice.news_talk import NewsTalk

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)


def by_sound(text):
    reading = reading_of(text)
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=1.0),), duration_ms=900)


@pytest.mark.parametrize(("line", "score"), [
    ("8", 8), ("８", 8), ("はち", 8), ("八", 8), ("十点", 10), ("10", 10), ("１０点です", 10), ("まあ7くらい", 7), ("ゼロ", 0), ("零点", 0), ("れい", 0),
    ("そうですね、8でお願いします", 8), ("だいたい六ぐらいだと思います", 6), ("きゅうてん", 9), ("なな", 7), ("しち", 7), ("じゅう", 10),
    ("満点", 10), ("えーと、5かな", 5), ("3点ですね", 3), ("真ん中くらい", 5),
])  # fmt: skip
def test_numbers_typed_and_by_sound(line, score):
    assert score_in(typed(line)) == score
    assert score_in(by_sound(line)) == score


@pytest.mark.parametrize(
    "line", ["答えたくない", "答えません", "いいえ", "結構です", "わかりません", "パスします", "ノーコメント"]
)
def test_who_does_not_want_to_say(line):
    assert score_in(typed(line)) is Declined.DECLINED
    assert score_in(by_sound(line)) is Declined.DECLINED


@pytest.mark.parametrize(
    "line",
    [
        "",
        "11",
        "100",
        "7か8",
        "5000円の送料はいくらですか",
        "はい",
        "もう一度",
        "さようなら",
        "むにゃむにゃ",
        "090-1234-5678",
    ],
)
def test_what_is_neither(line):
    assert score_in(typed(line)) is None


class Desk:
    """One solved case whose customer may be asked."""

    def __init__(self, may_recommend=True):
        after = CallNews(state="closed", calls=1, close_reason="satisfied")
        self.changes = (Change(id=uuid4(), before=CallNews(state="waiting"), after=after, may_recommend=may_recommend),)
        self.scores, self.ratings = [], []

    def news(self):
        return self.changes

    def note_told(self, request_id, news):
        self.changes = ()

    def rate(self, request_id, rating):
        self.ratings.append(rating)

    def recommend(self, request_id, score):
        self.scores.append(score)


def talk(**given):
    desk = Desk(**given)
    news = NewsTalk(desk, lambda: NOW, lambda: Setting(now=lambda: NOW))
    news.tell()
    return desk, news


def answer(news, line):
    aside = news.take(typed(line) if line else NOTHING_HEARD, lambda: False)
    return "".join(one.text for one in aside.says) if aside else None


def test_asked_after_the_rating_and_kept_as_asked_at_once():
    desk, news = talk()
    assert "すすめたい" in answer(news, "はい")
    assert (desk.ratings, desk.scores) == ([Rating.YES], [None])
    assert news.asks_number
    assert "お答えくださり" in answer(news, "八点")
    assert desk.scores == [None, 8]
    assert not news.asks


def test_never_where_the_desk_does_not_let():
    desk, news = talk(may_recommend=False)
    assert "すすめたい" not in answer(news, "はい")
    assert (desk.scores, news.asks) == ([], False)


@pytest.mark.parametrize("lines", [("むにゃむにゃ", "ぴょんぴょん"), ("", ""), ("11", "100"), ("", "むにゃむにゃ")])
def test_asked_again_once_and_then_left_alone(lines):
    desk, news = talk()
    answer(news, "どちらでも")
    assert "0から10" in answer(news, lines[0])
    assert "0から10" not in (answer(news, lines[1]) or "")
    assert (desk.scores, news.asks) == ([None], False)


def test_an_unhappy_customer_is_offered_a_call_first():
    desk, news = talk()
    assert "すすめたい" not in answer(news, "いいえ")
    assert "すすめたい" in answer(news, "いりません")
    desk, news = talk()
    answer(news, "いいえ")
    assert news.take(typed("はい"), lambda: False).wants_call
    assert desk.scores == []


def test_who_says_no_more_is_not_pressed():
    desk, news = talk()
    answer(news, "はい")
    assert "かしこまりました" in answer(news, "答えたくないです")
    assert (desk.scores, news.asks) == ([None], False)


def test_from_every_question_a_few_utterances_lead_out():
    for first in ("はい", "いいえ", "どちらでも"):
        for second in ("はい", "いいえ", "8", "", "むにゃむにゃ"):
            for third in ("はい", "いいえ", "3", "", "むにゃむにゃ"):
                _, news = talk()
                for line in (first, second, third, "むにゃむにゃ", "むにゃむにゃ"):
                    answer(news, line)
                assert not news.asks, (first, second, third)
