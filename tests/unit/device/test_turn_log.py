"""What is written down of conversations: questions and what came of them; no name, no number, whatever happens."""

import logging
import resource
import sqlite3
import stat
import time
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from intents.callback_form import Stage
from intents.name_slot import NameHeard
from intents.transcripts import NOTHING_HEARD, typed
from intents.when_types import TOKYO
from kb.articles import Article
from kb.fakes import MemoryKnowledgeBase
from server.wire import MOST_TURNS
from tests.turn_samples import NOW, Clock, exchange, on_disk
from voice import compose
from voice.assistant import Assistant
from voice.doctor import examine
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.turn_file import TurnFile
from voice.turn_log import TurnLog

MONTH = timedelta(days=30)
HOURS = Article(
    id="hours",
    title="営業時間",
    category="店",
    variants=("営業時間は何時までですか", "何時までやってますか"),
    answer="19時まで。",
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "turns.db"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def file(path):
    found = TurnFile(path)
    yield found
    found.close()


@pytest.fixture
def turn_log(file, clock):
    with TurnLog(file, keep=MONTH, now=clock) as found:
        yield found


@pytest.fixture
def assistant(turn_log, clock, tmp_path):
    base = MemoryKnowledgeBase([HOURS])
    known = Knowledge(base, Readings(tmp_path / "readings"), Indexes(tmp_path / "index"), today=NOW.date)
    return Assistant(known, turn_log=turn_log, now=clock)


def entries(file):
    return [entry for one in file.conversations() for entry in file.turns(one.id)]


def test_a_conversation_is_written_down_as_it_happens(assistant, file):
    assistant.hear(typed("営業時間を教えてください"))
    assistant.hear(NOTHING_HEARD)
    (kept,) = file.conversations()
    first, second = file.turns(kept.id)
    assert (first.heard, first.said, first.outcome, first.topic) == (
        "営業時間を教えてください", "19時まで。", "answer", "hours",
    )  # fmt: skip
    assert first.understood and first.score > 0.5 and first.at == NOW and first.stage is None
    assert (second.heard, second.outcome, second.understood) == ("", "nothing_heard", False)
    assert (kept.turns, kept.over, kept.request) == (2, False, None)


def test_what_is_not_understood_is_told_apart(assistant, file):
    assistant.hear(typed("月までの切符はいくらですか"))
    assistant.hear(typed("人と話したい"))
    assert [(one.outcome, one.understood) for one in entries(file)] == [("callback", False), ("callback", True)]


def test_the_next_customer_is_another_conversation(assistant, file):
    assistant.hear(typed("営業時間を教えてください"))
    assistant.forget()
    assistant.hear(typed("何時まで"))
    assert [(one.turns, one.over) for one in file.conversations()] == [(1, True), (1, False)]


@pytest.mark.parametrize(("minutes", "conversations"), [(9, 1), (11, 2), (-11, 2)])
def test_so_is_what_comes_after_a_pause(assistant, file, clock, minutes, conversations):
    assistant.hear(typed("営業時間を教えてください"))
    clock.now += timedelta(minutes=minutes)
    assistant.hear(typed("何時まで"))
    assert len(file.conversations()) == conversations


def test_a_number_and_a_name_in_a_question_are_masked(assistant, file, path):
    assistant.hear(typed("山田と申しますが、営業時間を090-1234-5678へ電話して教えてください"))
    (entry,) = entries(file)
    assert entry.heard == "〔お名前〕と申しますが、営業時間を〔番号〕へ電話して教えてください"
    assert "山田".encode() not in on_disk(path)


@pytest.mark.parametrize("stage", list(Stage))
def test_nothing_is_written_of_what_is_said_for_a_form(turn_log, file, path, stage):
    turn_log.take(exchange("ゴンダワラ", "ゴンダワラさま。", before=stage, after=stage), NOW)
    turn_log.take(exchange("ゴンダワラ", "ゴンダワラさま。", before=stage, after=None), NOW)
    assert [(one.heard, one.said, one.stage) for one in entries(file)] == [
        ("", f"[{stage}]", stage.value), ("", "[over]", stage.value),
    ]  # fmt: skip
    assert "ゴンダワラ".encode() not in on_disk(path)


def test_nor_is_a_name_read_back_or_said_once_more_afterwards(turn_log, file, path):
    turn_log.take(exchange("人と話したい", "権田原さまですか。", before=None, after=Stage.KNOWN), NOW)
    turn_log.take(exchange("もう一度", "権田原さまですか。", before=None, after=None), NOW)
    assert [one.said for one in entries(file)] == ["[known]", "[over]"]
    assert "権田原".encode() not in on_disk(path)


def test_a_name_that_becomes_known_is_taken_out_of_what_was_said_before(turn_log, file, path):
    turn_log.take(exchange("権田原はどこですか"), NOW)
    assert "権田原".encode() in on_disk(path)  # nobody could know
    name = NameHeard(reading="ゴンダワラハナコ", written="権田原花子", family="ゴンダワラ", given="ハナコ")
    turn_log.take(exchange("権田原花子です", before=Stage.NAME, after=Stage.NAME_CHECK, name=name), NOW)
    turn_log.take(exchange("ごんだわらだけど、ハナコの5678番は"), NOW)
    first, _, last = entries(file)
    assert first.heard == "〔お名前〕はどこですか"
    assert last.heard == "〔お名前〕だけど、〔お名前〕の〔番号〕番は"
    for written in ("権田原", "花子", "ゴンダワラ", "ごんだわら", "ハナコ", "5678"):
        assert written.encode() not in on_disk(path)


def test_the_request_that_came_of_it(turn_log, file):
    request = uuid4()
    turn_log.take(exchange("はい", before=Stage.SUMMARY, after=None, request=request), NOW)
    turn_log.take(exchange("ありがとう"), NOW)
    (kept,) = file.conversations()
    assert kept.request == request


def test_news_are_nothing_to_write_down(turn_log, file):
    turn_log.take(exchange("はい、佐藤さんから", "佐藤がお電話しました。", news=True), NOW)
    turn_log.take(exchange("営業時間", "佐藤がお電話しました。19時まで。", says_news=True), NOW)
    assert [(one.heard, one.said) for one in entries(file)] == [("", "[news]"), ("営業時間", "[news]")]


def test_a_conversation_is_never_longer_than_the_desk_takes(turn_log, file):
    for _ in range(MOST_TURNS + 1):
        turn_log.take(exchange("はい"), NOW)
    assert [one.turns for one in file.conversations()] == [MOST_TURNS, 1]
    assert len(entries(file)[0].heard) <= 1000
    turn_log.take(exchange("あ\x00い" * 2000), NOW)
    assert entries(file)[-1].heard.startswith("あいあい") and len(entries(file)[-1].heard) <= 1000


def test_only_the_owner_may_read_it(turn_log, path):
    turn_log.take(exchange("はい"), NOW)
    found = sorted(path.parent.glob("turns.db*"))
    assert len(found) == 3  # with what SQLite puts beside it
    assert {stat.S_IMODE(one.stat().st_mode) for one in found} == {0o600}


def test_what_is_too_old_is_forgotten(turn_log, file, path, clock):
    turn_log.take(exchange("むかしの質問"), NOW)
    turn_log.end()
    clock.now += MONTH - timedelta(hours=1)
    turn_log.rest()
    assert len(file.conversations()) == 1
    clock.now += timedelta(hours=2)
    turn_log.rest()
    assert file.conversations() == ()
    assert "むかしの質問".encode() not in on_disk(path)


def test_it_costs_a_turn_little(turn_log, record_property):
    turn_log.take(exchange("はい"), NOW)
    spent = []
    for place in range(150):
        taken = exchange(
            f"エアコンから変な音がして冷えないんですけど、{place}番の型番RX550はどこですか", "お調べします。" * 8
        )
        began = time.perf_counter()
        turn_log.take(taken, NOW)
        spent.append(time.perf_counter() - began)
    median_ms = sorted(spent)[len(spent) // 2] * 1000
    record_property("figure", f"writing a turn down: {median_ms:.2f} ms")
    assert median_ms < 5


class TestFaults:
    def test_a_damaged_file_is_begun_anew_and_told_once(self, path, clock, caplog):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"no database at all" * 100)
        file = TurnFile(path)
        with TurnLog(file, keep=MONTH, now=clock) as turn_log:
            turn_log.take(exchange("はい"), NOW)
            turn_log.take(exchange("いいえ"), NOW)
            assert [one.heard for one in entries(file)] == ["はい", "いいえ"]
        assert len(caplog.records) == 1

    def test_no_place_for_it_is_told_once(self, path, clock, caplog):
        path.parent.mkdir(parents=True)
        path.mkdir()
        file = TurnFile(path)
        with TurnLog(file, keep=MONTH, now=clock) as turn_log:
            for _ in range(5):
                turn_log.take(exchange("はい"), NOW)
        assert [record.levelno for record in caplog.records] == [logging.WARNING]

    def test_a_full_disk_is_told_once_and_forgotten_when_there_is_room(self, turn_log, file, caplog):
        turn_log.take(exchange("はい"), NOW)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
        try:
            for _ in range(3):
                turn_log.take(exchange("いいえ"), NOW)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        turn_log.take(exchange("そうです"), NOW)
        assert len(caplog.records) == 1
        assert [one.heard for one in entries(file)] == ["はい", "そうです"]

    def test_a_locked_file_keeps_nobody_waiting(self, turn_log, path, caplog):
        turn_log.take(exchange("はい"), NOW)
        with sqlite3.connect(path, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            turn_log.take(exchange("いいえ"), NOW)
            assert time.monotonic() - began < 2
            other.execute("ROLLBACK")
        other.close()
        turn_log.take(exchange("そうです"), NOW)
        assert len(caplog.records) == 1

    def test_an_error_tells_nothing_of_what_was_said(self, turn_log, caplog, monkeypatch):
        def fails(*_, **__):
            raise ValueError("権田原")

        monkeypatch.setattr("voice.turn_log.entry", fails)
        turn_log.take(exchange("権田原です"), NOW)
        assert len(caplog.records) == 1
        assert "権田原" not in caplog.text

    def test_reading_makes_no_file(self, file, path):
        assert file.conversations() == ()
        assert file.forget() == 0
        assert not path.exists()


def test_what_cannot_be_erased_is_no_reason_to_be_silent(settings, caplog):
    (settings.data_dir / "turns.db").mkdir(parents=True)
    assert compose.turn_log(settings.model_copy(update={"turn_log": False})) is None
    assert len(caplog.records) == 1


def test_doctor_tells_of_it(settings):
    def found(**changes):
        findings = examine(settings.model_copy(update=changes))
        return next((one.state, one.detail, one.remedy) for one in findings if one.check == "turn log")

    with compose.turn_log(settings) as turn_log:
        turn_log.take(exchange("はい"), datetime.now(TOKYO))
    assert found()[:2] == ("ok", "1 conversations without names and numbers, for 30 days; 0 at the desk")
    (settings.data_dir / "turns.db").write_bytes(b"no database at all" * 100)
    assert found()[0] == "limited"
    assert found()[2] == "koemado turns forget all"
    assert found(turn_log=False)[1] == "off: nothing is written down"
