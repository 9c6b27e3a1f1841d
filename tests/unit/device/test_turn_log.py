"""What is written down of conversations: questions and what came of them; no name, no number, whatever happens."""

import logging
import resource
import sqlite3
import stat
import time
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from intents.answers import Spoken
from intents.callback_form import Form, Stage
from intents.conversation import Outcome, Pace, Reaction
from intents.conversation_state import State
from intents.name_slot import NameHeard
from intents.transcripts import NOTHING_HEARD, typed
from intents.when_types import TOKYO
from kb.articles import Article
from kb.fakes import MemoryKnowledgeBase
from server.errors import DeskUnavailable, LogRefused
from server.wire import MOST_TURNS
from voice import compose
from voice.assistant import Assistant, Turn
from voice.cli.app import run
from voice.doctor import examine
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.turn_file import Sending, TurnFile
from voice.turn_log import TurnLog
from voice.turn_notes import Exchange
from voice.turn_sending import SEND_EVERY_S, TurnSender

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
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


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


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


def exchange(heard="", says="はい。", *, before=None, after=None, outcome=Outcome.ANSWER, **more):
    reaction = Reaction(outcome=outcome, says=(Spoken(text=says),))
    turn = Turn(heard=typed(heard), reaction=reaction, article=None, pace=Pace.NORMAL, match_ms=0.0)
    forms = (stage and Form(stage=stage, name=more.pop("name", None)) for stage in (before, after))
    before_state, after_state = (State(form=form) for form in forms)
    return Exchange(turn=turn, before=before_state, after=after_state, **more)


def on_disk(path):
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob("turns.db*")))


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


class Desk:
    """What `TurnSender` needs of a DeskClient, over a list."""

    def __init__(self):
        self.kept = {}
        self.calls = 0
        self.refuses = frozenset()
        self.away = False

    def send_conversations(self, batch):
        self.calls += 1
        if self.away:
            raise DeskUnavailable("away")
        if any(one.id in self.refuses for one in batch):
            raise LogRefused(422)
        self.kept |= {one.id: one for one in batch}
        return frozenset(one.id for one in batch)


class TestSending:
    @pytest.fixture
    def seconds(self):
        return [0.0]

    @pytest.fixture
    def sender(self, file, clock, seconds):
        return TurnSender(file, clock, monotonic=lambda: seconds[0])

    def talk(self, turn_log, *lines):
        for line in lines:
            turn_log.take(exchange(line), NOW)
        turn_log.end()

    def test_what_has_ended_is_handed_in_once_and_kept_here(self, sender, turn_log, file, seconds):
        request, desk = uuid4(), Desk()
        turn_log.take(exchange("はい", request=request), NOW)
        self.talk(turn_log, "営業時間")
        turn_log.take(exchange("まだ話しています"), NOW)
        for _ in range(3):
            sender.send(desk, "box-1")
            seconds[0] += SEND_EVERY_S
        (sent,) = desk.kept.values()
        assert desk.calls == 1
        assert (sent.device, sent.callback, [turn.heard for turn in sent.turns]) == (
            "box-1",
            request,
            ["はい", "営業時間"],
        )
        assert [one.state for one in file.conversations()] == [Sending.SENT, Sending.KEPT]

    def test_one_that_was_cut_off_has_ended_after_a_while(self, sender, turn_log, clock):
        desk = Desk()
        turn_log.take(exchange("はい"), NOW)
        clock.now += timedelta(minutes=11)
        sender.send(desk, "box-1")
        assert len(desk.kept) == 1

    def test_a_desk_that_is_away_is_asked_ever_less(self, sender, turn_log, seconds, file):
        desk = Desk()
        desk.away = True
        self.talk(turn_log, "はい")
        for _ in range(24 * 60):
            sender.send(desk, "box-1")
            seconds[0] += 60
        assert 20 <= desk.calls <= 40
        desk.away = False
        seconds[0] += 3600
        sender.send(desk, "box-1")
        assert [one.state for one in file.conversations()] == [Sending.SENT]

    def test_what_the_desk_refuses_is_not_sent_again_and_holds_nothing_up(self, sender, turn_log, file, seconds):
        desk = Desk()
        for line in "一二三四五":
            self.talk(turn_log, f"{line}です")
        bad = file.conversations()[2].id
        desk.refuses = frozenset({bad})
        sender.send(desk, "box-1")
        assert len(desk.kept) == 4
        assert [one.id for one in file.conversations() if one.state is Sending.REFUSED] == [bad]
        calls = desk.calls
        seconds[0] += SEND_EVERY_S
        sender.send(desk, "box-1")
        assert desk.calls == calls

    def test_a_file_that_cannot_be_read_is_no_reason_to_stop(self, path, clock):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"no database at all" * 100)
        TurnSender(TurnFile(path), clock).send(Desk(), "box-1")


class TestSettings:
    def test_off_writes_nothing_and_erases_what_there_is(self, settings):
        for off in ({"turn_log": False}, {"turn_log_days": 0}):
            with compose.turn_log(settings) as turn_log:
                turn_log.take(exchange("質問"), NOW)
            assert (settings.data_dir / "turns.db").exists()
            assert compose.turn_log(settings.model_copy(update=off)) is None
            assert list(settings.data_dir.glob("turns.db*")) == []

    def test_sending_can_be_off_alone(self, settings):
        assert compose.turn_sender(settings) is not None
        assert compose.turn_sender(settings.model_copy(update={"send_turns": False})) is None
        assert compose.turn_log(settings.model_copy(update={"send_turns": False})) is not None

    def test_days_are_a_number(self, monkeypatch, capsys):
        monkeypatch.setenv("KOEMADO_TURN_LOG_DAYS", "-1")
        assert run(["turns", "list"]) == 2
        assert "turn_log_days" in capsys.readouterr().err


class TestCommands:
    @pytest.fixture
    def kept(self, settings, monkeypatch):
        monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
        now = datetime.now(TOKYO)
        with compose.turn_log(settings) as turn_log:
            for line in ("営業時間", "返品"):
                turn_log.take(exchange(line), now)
                turn_log.end()
        return compose.turn_file(settings)

    def out(self, capsys, *arguments):
        import json

        code = run(["turns", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    def test_list_show_export(self, kept, capsys):
        code, rows = self.out(capsys, "list")
        assert (code, [row["turns"] for row in rows], [row["state"] for row in rows]) == (0, [1, 1], ["kept", "kept"])
        code, shown = self.out(capsys, "show", rows[1]["id"])
        assert (code, shown["id"], [turn["heard"] for turn in shown["turns"]]) == (0, rows[1]["id"], ["返品"])
        code, exported = self.out(capsys, "export")
        assert [turn["heard"] for one in exported for turn in one["turns"]] == ["営業時間", "返品"]
        assert run(["turns", "export"]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 2
        assert run(["turns", "list"]) == run(["turns", "show", rows[0]["id"]]) == 0
        assert "営業時間" in capsys.readouterr().out

    def test_a_damaged_file_can_be_forgotten(self, kept, settings, capsys):
        (settings.data_dir / "turns.db").write_bytes(b"no database at all" * 100)
        assert run(["turns", "list"]) == 1
        assert run(["turns", "forget", "all"]) == 0
        assert run(["turns", "list"]) == 0

    def test_forget(self, kept, capsys, settings):
        first, second = (str(one.id) for one in kept.conversations())
        assert self.out(capsys, "forget", first)[0] == 0
        assert self.out(capsys, "forget", first)[0] == 1
        assert [str(one.id) for one in kept.conversations()] == [second]
        assert self.out(capsys, "forget", "all") == (0, {"conversation": "all", "result": "1 forgotten"})
        assert "返品".encode() not in on_disk(settings.data_dir / "turns.db")
        assert run(["turns", "show", second]) == 1
        assert run(["turns", "forget", "everything"]) == 2


def test_talk_writes_down_and_ask_does_not(settings, monkeypatch, tmp_path):
    """The commands themselves, by keyboard."""
    import io

    monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
    assert run(["ask", "営業時間を教えて", "--no-speech"]) == 0
    assert not (settings.data_dir / "turns.db").exists()
    monkeypatch.setattr("sys.stdin", io.StringIO("エアコンが冷えません\nさようなら\n"))
    assert run(["talk", "--text", "--mute"]) == 0
    file = compose.turn_file(settings)
    (kept,) = file.conversations()
    assert kept.over and kept.turns == 2
    assert (settings.data_dir / "turns.db").stat().st_size > 0
