"""How things are and how somebody is called, in conversations: where it fits, whose it is, and what the desk is told."""

from dataclasses import replace
from datetime import datetime

import pytest

from intents.address import Address
from intents.callback_form import Known
from intents.name_slot import NameHeard
from intents.phone_slot import PhoneDraft
from intents.transcripts import NOTHING_HEARD, typed
from intents.when_types import TOKYO
from kb.articles import Article
from kb.fakes import MemoryKnowledgeBase
from server.notices import Kind
from tests.notice_samples import notice
from voice.assistant import Assistant
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.notice_talk import NoticeTalk
from voice.quiet_hours import quiet_hours
from voice.simulation.desk import MemoryDesk
from voice.simulation.notices import GivenNotices
from voice.simulation.script import GivenDesk

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
LEAK = Article(
    id="leak",
    title="エアコンの水漏れ",
    category="故障",
    variants=("エアコンから水が漏れます",),
    answer="管を見てください。",
)
HOURS = Article(
    id="hours", title="営業時間", category="店", variants=("営業時間は何時までですか",), answer="19時までです。"
)
SMOKE = Article(id="smoke", title="煙", category="安全", variants=("煙が出ています",), answer="離れて。", safety=True)
HANAKO = Known(
    name=NameHeard(reading="ヤマダハナコ", family="ヤマダ", given="ハナコ"), phone=PhoneDraft(digits="09012345678")
)
AGREED = replace(HANAKO, may_ask=True)
JIRO = Known(
    name=NameHeard(reading="サトウジロウ", family="サトウ", given="ジロウ"), phone=PhoneDraft(digits="09087654321")
)
STORY = notice("先日の、エアコンの水漏れの件は、その後いかがですか。", kind=Kind.STORY, topic="leak")


@pytest.fixture
def talk(tmp_path):
    """Make a conversation, and the desk beside it."""

    def made(*notices, known=(AGREED,), now=NOW, asks=True):
        knowledge = Knowledge(
            MemoryKnowledgeBase([LEAK, HOURS, SMOKE]), Readings(tmp_path), Indexes(tmp_path / "index")
        )
        desk = MemoryDesk(GivenDesk(known=tuple(known), remembers=True), lambda: now)
        quiet = quiet_hours("20:00-08:00").holds
        told = NoticeTalk(GivenNotices(notices), lambda: now, is_quiet=quiet, asks_stories=asks)
        return Assistant(knowledge, desk=desk, follows_up=True, notices=told, now=lambda: now), desk.sayings

    return made


def said(assistant, *lines):
    return [assistant.hear(typed(line)).text for line in lines][-1]


def test_it_is_told_to_the_desk_at_once_that_it_was_asked(talk):
    assistant, sayings = talk(STORY)
    assert said(assistant, "こんにちは").endswith("その後いかがですか。")
    assert sayings.said == {"story": "none"}
    assert assistant.patience.asks
    assert not assistant.asks_yes_or_no


def test_silence_is_no_answer(talk):
    assistant, sayings = talk(STORY)
    said(assistant, "こんにちは")
    assistant.hear(NOTHING_HEARD)
    assert sayings.said == {"story": "none"}
    assert "よかった" not in said(assistant, "はい")


@pytest.mark.parametrize("given", [{"asks": False}, {"now": NOW.replace(hour=22)}])
def test_not_where_nobody_takes_the_answer_nor_at_night(talk, given):
    assistant, sayings = talk(STORY, **given)
    assert "いかがですか" not in said(assistant, "こんにちは")
    assert sayings.said == {}


def test_one_a_day_in_all(talk):
    assistant, _ = talk(notice("台風で遅れます。"), STORY)
    assert "台風" in said(assistant, "こんにちは")
    assistant.forget()
    assert "いかがですか" not in said(assistant, "こんにちは")


def test_not_after_notices_were_switched_off(talk):
    assistant, _ = talk(STORY)
    said(assistant, "お知らせを止めて")
    assert "いかがですか" not in said(assistant, "こんにちは")


def test_danger_is_never_an_answer_only(talk):
    assistant, _ = talk(STORY)
    assert "離れて" in said(assistant, "こんにちは", "煙が出ています")


def test_the_same_trouble_told_as_a_question_is_unwell(talk):
    assistant, sayings = talk(STORY)
    assert "お電話を差し上げましょうか" in said(assistant, "こんにちは", "エアコンから水が漏れます")
    assert sayings.said == {"story": "unwell"}
    assert assistant.asks_yes_or_no


def test_well_and_one_more_question(talk):
    assistant, sayings = talk(STORY)
    text = said(assistant, "こんにちは", "おかげさまで直りました。営業時間は何時までですか")
    assert text.startswith("それは何よりです。")
    assert "19時までです" in text
    assert sayings.said == {"story": "well"}


def test_whoever_asks_for_a_human_gets_a_call_about_it(talk):
    assistant, sayings = talk(STORY)
    said(assistant, "こんにちは", "人と話したい")
    assert assistant.stage == "consent"
    assert sayings.said == {"story": "other"}


def test_what_is_not_understood_is_asked_once_more(talk):
    assistant, sayings = talk(STORY)
    assert "よくなりましたか" in said(assistant, "こんにちは", "むにゃむにゃぴょんぴょん")
    assert "何より" in said(assistant, "はい")
    assert sayings.said == {"story": "well"}


def test_not_to_be_asked_any_more_is_meant_for_all_here(talk):
    assistant, sayings = talk(STORY, known=(AGREED, replace(JIRO, may_ask=True)))
    assert "いたしません" in said(assistant, "こんにちは", "もう聞かないで")
    assert [one.may_ask for one in sayings.known] == [False, False]
    assert sayings.said == {"story": "other", "may_ask": "no"}


def test_of_several_the_one_who_is_named_is_called_so(talk):
    assistant, sayings = talk(known=(HANAKO, JIRO))
    assert "どなた" in said(assistant, "さん付けで呼んで")
    assert "サトウ ジロウさん、とお呼びいたします" in said(assistant, "佐藤さんと呼んで")
    assert [one.address for one in sayings.known] == [None, Address.SAN]


def test_who_is_not_known_yet_is_called_so_once_they_are(talk):
    assistant, sayings = talk(known=())
    assert "お名前を伺いましたら" in said(assistant, "先生と呼んでください")
    assert sayings.said == {}
    assert "鈴木一郎先生、で" in said(assistant, "人と話したい", "はい", "鈴木一郎です").replace(" ", "")


def test_a_name_is_not_lost_on_the_form(talk):
    assistant, _ = talk(known=())
    assert assistant.hear(typed("人と話したい"))
    said(assistant, "はい", "田中です")
    assert assistant.stage == "name_check"
