"""Notices and tips in conversations: where they fit, what customers say about them, and that nobody gets stuck."""

import json
import os
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from intents.callback_form import Known
from intents.name_slot import NameHeard
from intents.notices import NoticeWish, notice_wish
from intents.phone_slot import PhoneDraft
from intents.readings import reading_of
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed
from intents.when_types import TOKYO
from kb.articles import Article, Step
from kb.fakes import MemoryKnowledgeBase
from server.notices import Kind, customer_digest
from tests.notice_samples import notice
from voice.assistant import Assistant
from voice.compose_notices import notice_book
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.known_customers import KnownCustomers
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.notice_talk import NoticeTalk
from voice.quiet_hours import quiet_hours
from voice.settings import Settings
from voice.simulation.desk import MemoryDesk
from voice.simulation.notices import GivenNotices
from voice.simulation.script import GivenDesk

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
HOURS = Article(
    id="hours", title="営業時間", category="店", variants=("営業時間は何時までですか",), answer="19時までです。", tip="朝はすいています。",
)  # fmt: skip
STEPS = Article(
    id="clean", title="掃除", category="店", variants=("加湿器の掃除のしかたを教えて",), answer="洗います。",
    steps=(Step(text="外す。"), Step(text="洗う。")),
)  # fmt: skip
SMOKE = Article(
    id="smoke", title="煙", category="安全", variants=("煙が出ています",), answer="離れて、0120-000-119へ。", tip="換気を。", safety=True,
)  # fmt: skip
DELAY = notice("台風で遅れます。")
DANGER = notice("ストーブは火が出ます。", kind=Kind.RECALL, danger=True)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def talk(tmp_path, clock):
    """Make a conversation with these notices."""

    def made(*notices, desk=False, board=None):
        knowledge = Knowledge(
            MemoryKnowledgeBase([HOURS, STEPS, SMOKE]), Readings(tmp_path), Indexes(tmp_path / "index")
        )
        told = NoticeTalk(board or GivenNotices(notices), clock, is_quiet=quiet_hours("20:00-08:00").holds)
        calls = MemoryDesk(GivenDesk(), clock) if desk else None
        return Assistant(knowledge, desk=calls, follows_up=True, notices=told, now=clock)

    return made


def said(assistant, line):
    return assistant.hear(typed(line)).text


@pytest.mark.parametrize("line", ["営業時間は何時までですか", "加湿器の掃除のしかたを教えて"])
def test_before_an_answer_that_asks_something(talk, line):
    text = said(talk(DELAY), line)
    assert text.startswith("お答えの前に、お知らせがございます。台風で遅れます。")
    assert text.endswith(("解決しましたか。", "お答えください。"))


def test_one_for_one_question_comes_after_the_answer(tmp_path, clock):
    knowledge = Knowledge(MemoryKnowledgeBase([HOURS]), Readings(tmp_path), Indexes(tmp_path / "index"))
    once = Assistant(knowledge, notices=NoticeTalk(GivenNotices([DELAY]), clock), now=clock)
    assert "19時までです。朝はすいています。お知らせがございます。" in said(once, "営業時間は何時までですか")


def test_each_once_over_all_conversations_and_the_hint_once(talk, clock):
    other = notice("会員のページは休みます。", begins=DELAY.begins + timedelta(minutes=1))
    assistant = talk(DELAY, other)
    first = said(assistant, "営業時間は何時までですか")
    assert first.count("「お知らせを止めて」") == 1
    assistant.forget()
    assert "お知らせ" not in said(assistant, "営業時間は何時までですか")
    assistant.forget()
    clock.now += timedelta(days=1)
    second = said(assistant, "営業時間は何時までですか")
    assert "会員のページ" in second
    assert "「お知らせを止めて」" not in second


def test_danger_comes_once_in_each_conversation_even_at_night(talk, clock):
    assistant = talk(DANGER)
    clock.now = NOW.replace(hour=23)
    for _ in range(2):
        assert said(assistant, "営業時間は何時までですか").startswith("大切なお知らせがございます。ストーブ")
        assert "ストーブ" not in said(assistant, "はい")
        assistant.forget()


def test_never_before_nor_beside_a_report_of_danger(talk):
    assistant = talk(DANGER, DELAY)
    for line in ("煙が出ています", "営業時間は何時までですか", "はい", "さようなら"):
        text = said(assistant, line)
        assert "ストーブ" not in text
        assert "台風" not in text


def test_not_while_a_request_is_taken_down(talk):
    assistant = talk(DELAY, desk=True)
    for line in ("人と話したい", "はい", "山田です", "はい", "営業時間は何時までですか"):
        assert "台風" not in said(assistant, line)
    assert assistant.stage is not None


def test_not_at_night_nor_after_the_customer_stopped_them(talk, clock):
    assistant = talk(DELAY)
    clock.now = NOW.replace(hour=21)
    assert "台風" not in said(assistant, "営業時間は何時までですか")
    clock.now = NOW + timedelta(days=1)
    assistant.forget()
    assert "お知らせはいたしません" in said(assistant, "お知らせはいりません")
    assert "台風" not in said(assistant, "営業時間は何時までですか")


def test_on_request_at_any_time_and_again(talk, clock):
    assistant = talk(DELAY, DANGER)
    clock.now = NOW.replace(hour=22)
    for line in ("お知らせはありますか", "お知らせを聞かせて", "もう一度"):
        text = said(assistant, line)
        assert text.index("ストーブ") < text.index("台風")
    assert "ございません" in said(talk(), "お知らせはありますか")


def test_asked_for_it_is_no_news_any_more(talk):
    assistant = talk(DELAY)
    said(assistant, "お知らせはありますか")
    assert "台風" not in said(assistant, "営業時間は何時までですか")


def test_to_the_room_and_by_the_light_only_what_is_urgent(talk, clock):
    urgent = notice("今夜止まります。", kind=Kind.OUTAGE, at_once=True)
    board = GivenNotices([DELAY, urgent])
    assistant = talk(board=board)
    light = NoticeTalk(board, clock, is_quiet=quiet_hours("20:00-08:00").holds)
    clock.now = NOW.replace(hour=21)
    assert (light.waits(), assistant.opening()) == (False, None)
    clock.now = NOW
    assert light.waits()
    assert "今夜止まります" in assistant.opening().text
    assert (light.waits(), assistant.opening()) == (False, None)


def test_a_tip_comes_when_it_is_solved_and_not_twice_a_day(talk, clock):
    assistant = talk()
    assert "すいて" not in said(assistant, "営業時間は何時までですか")
    assert said(assistant, "はい").endswith("朝はすいています。")
    said(assistant, "営業時間は何時までですか")
    assert "すいて" not in said(assistant, "はい")
    clock.now += timedelta(days=1)
    said(assistant, "営業時間は何時までですか")
    assert "すいて" in said(assistant, "はい")


@pytest.mark.parametrize("line", ["解決しました", "はい、解決しました", "解決した"])
def test_a_tip_comes_before_the_farewell(talk, line):
    assistant = talk()
    said(assistant, "営業時間は何時までですか")
    farewell = said(assistant, line)
    assert "すいて" in farewell
    assert farewell.index("すいて") < farewell.index("また、いつでも")


@pytest.mark.parametrize("lines", [("いいえ",), ("むにゃむにゃ", "はい"), ("お知らせを止めて", "はい")])
def test_no_tip_where_it_is_not_solved_or_not_wanted(talk, lines):
    assistant = talk()
    said(assistant, "営業時間は何時までですか")
    assert "すいて" not in "".join(said(assistant, line) for line in lines)


def test_no_tip_for_danger(talk):
    assistant = talk()
    assert "換気" not in "".join(said(assistant, line) for line in ("煙が出ています", "はい"))


def heard(kana):
    return Transcript(hypotheses=(Hypothesis(text=kana, reading=kana, confidence=1.0),), duration_ms=1000)


@pytest.mark.parametrize(("line", "wish"), [
    ("お知らせはいりません", NoticeWish.OFF), ("お知らせを止めてください。", NoticeWish.OFF), ("お 知らせ は もう いい です", NoticeWish.OFF),
    ("すみません、お知らせを止めて", NoticeWish.OFF), ("お知らせを聞かせて", NoticeWish.HEAR), ("お知らせをもう一度", NoticeWish.HEAR),
    ("お知らせはありますか？", NoticeWish.ASKED), ("なにかお知らせはありますか", NoticeWish.ASKED),
    ("いりません", None), ("止めて", None), ("お知らせメールが届きません", None), ("聞かせて", None), ("", None),
])  # fmt: skip
def test_what_is_wanted_of_notices(line, wish):
    assert notice_wish(typed(line)) is wish
    assert notice_wish(heard(reading_of(line))) is wish or not line


STATES = int(os.environ.get("KOEMADO_BEGINNINGS", "20"))
SAID = ("", "はい", "いいえ", "お知らせはいりません", "お知らせを聞かせて", "お知らせはありますか", "営業時間は何時までですか",
        "加湿器の掃除のしかたを教えて", "人と話したい", "煙が出ています", "もう一度", "こんにちは", "むにゃむにゃ")  # fmt: skip


def test_nobody_gets_stuck(talk, clock):
    """From every state a few words lead to, each utterance gets an answer, and a goodbye ends it."""
    seen, ways = set(), deque([()])
    while ways:
        way = ways.popleft()
        assistant = talk(DELAY, DANGER, desk=True, board=None)
        for line in way:
            assistant.hear(typed(line) if line else NOTHING_HEARD)
        key = repr((replace(assistant.state, said=()), assistant.stage))
        if key in seen or len(seen) > STATES:
            continue
        seen.add(key)
        for line in SAID[1:]:
            probe = talk(DELAY, DANGER, desk=True)
            for before in way:
                probe.hear(typed(before) if before else NOTHING_HEARD)
            turn = probe.hear(typed(line))
            assert turn.text, (way, line)
            ends = [probe.hear(typed("さようなら")).reaction.finished for _ in range(4)]
            assert any(ends), (way, line)
        ways.extend((*way, line) for line in SAID if len(way) < 3)
    assert len(seen) > 10


def test_a_follow_up_waits_until_nothing_is_asked(talk):
    after = notice("一つめ。二つめ。三つめ。", kind=Kind.FOLLOW_UP, customer="a" * 64)
    assistant = talk(after)
    assert "一つめ" not in said(assistant, "営業時間は何時までですか")
    assert "先日は、ありがとうございました。一つめ。" in said(assistant, "はい")


def test_only_an_enrolled_device_that_may_remember_knows_whom_a_follow_up_is_for(tmp_path):
    settings = Settings(data_dir=tmp_path, remember_customers=True)
    customer = Known(name=NameHeard(reading="ヤマダ"), phone=PhoneDraft(digits="09012345678"))
    KnownCustomers(tmp_path / "known-customers.json", lambda: NOW).remember(customer)
    digest = customer_digest(sha256(b"kd_x").digest(), "+819012345678")
    told = notice("一つめ。", kind=Kind.FOLLOW_UP, customer=digest)
    written = {"notices": [told.as_wire()], "desk": "", "tag": "", "told": {}, "reported": None, "unasked_at": None}
    written |= {"is_off": False, "was_hinted": False, "tips": {}}
    (tmp_path / "notices.json").write_text(json.dumps(written))
    assert notice_book(settings).standing().notices == ()
    with EnrolmentFile(tmp_path / "desk-device.json").writing() as keep:
        keep(Enrolment(url="http://desk.test", id="box-1", token="kd_x"))
    assert notice_book(settings).standing().notices == (told,)
    forgetful = settings.model_copy(update={"remember_customers": False})
    assert notice_book(forgetful).standing().notices == ()
