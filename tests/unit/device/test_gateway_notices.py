"""Notices in talks at the browsers' page: told once a talk, counted at the desk, stopped by voice."""

from dataclasses import replace
from uuid import UUID

import pytest

from intents.transcripts import typed
from kb.articles import Article
from kb.fakes import MemoryKnowledgeBase
from server.errors import StoreUnavailable
from server.notices import PAGE, Kind
from tests.callback_samples import NOW, SetClock
from tests.desk_office import open_desk
from tests.notice_samples import notice
from voice.assistant import Assistant
from voice.gateway_composed import OfficeNow
from voice.gateway_notices import PageNotices
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge

HOURS = Article(
    id="hours", title="営業時間", category="店", variants=("営業時間は何時までですか",), answer="19時までです。",
    tip="混むのは夕方です。",
)  # fmt: skip


@pytest.fixture
def office(tmp_path):
    office = open_desk(tmp_path / "desk", SetClock(NOW))
    yield office
    office.close()


@pytest.fixture
def talk(office, tmp_path):
    """A function that begins a talk; what is returned takes a typed line and says what is told then."""
    knowledge = Knowledge(MemoryKnowledgeBase([HOURS]), Readings(tmp_path), Indexes(tmp_path / "index"))

    def begin():
        assistant = Assistant(knowledge, follows_up=True, notices=OfficeNow(office).notices())

        def say(line=None):
            turn = (assistant.opening() or assistant.greet()) if line is None else assistant.hear(typed(line))
            return "".join(spoken.text for spoken in turn.reaction.says)

        return say

    return begin


def add(office, devices=None, **changes):
    told = notice(**changes)
    office.notices.add(told, devices, by="lead", now=NOW)
    return told.id


def times(office, notice_id: UUID):
    return [(one.device, one.told) for one in office.notices.tellings().get(notice_id, ())]


def test_a_notice_is_told_with_the_first_answer_of_each_talk_and_counted(office, talk):
    delay = add(office, text="台風のため、お届けが遅れております。")
    first = talk()
    assert "台風" not in first()
    assert "台風のため、お届けが遅れております。" in first("営業時間は何時までですか")
    assert "台風" not in first("営業時間は何時までですか")
    assert "台風" in talk()("営業時間は何時までですか")
    assert times(office, delay) == [(PAGE, 2)]


def test_what_is_urgent_is_told_to_whoever_opens_the_page(office, talk):
    add(office, text="ただいま電話がつながりません。", kind=Kind.OUTAGE, at_once=True)
    assert "ただいま電話がつながりません。" in talk()()


def test_of_other_devices_notices_nothing_is_told(office, talk):
    add(office, devices=("box-1",), at_once=True)
    say = talk()
    assert "台風" not in say() + say("営業時間は何時までですか")


def test_switched_off_by_voice_it_is_for_this_talk(office, talk):
    say = talk()
    assert "このお話のあいだは" in say("お知らせはいりません")
    add(office)
    assert "台風" not in say("営業時間は何時までですか")
    assert "混むのは夕方です。" not in say("はい、解決しました")
    assert "台風" in talk()("営業時間は何時までですか")


def test_a_tip_is_told_once_a_talk(talk):
    say = talk()
    for told in (True, False):
        say("営業時間は何時までですか")
        assert ("混むのは夕方です。" in say("はい、解決しました")) is told


def test_without_the_database_there_are_no_notices(office):
    class Away:
        def of_device(self, *_, **__):
            raise StoreUnavailable("locked")

        count = of_device

    board = PageNotices(replace(office, notices=Away()))
    assert board.standing().notices == ()
    board.note_told(notice(), NOW, unasked=True)
