"""Conversations that are written down are handed in at the desk, once, and held up by nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest

from server.errors import DeskUnavailable, LogRefused
from tests.turn_samples import NOW, Clock, exchange
from voice.turn_file import Sending, TurnFile
from voice.turn_log import TurnLog
from voice.turn_sending import SEND_EVERY_S, TurnSender


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
    with TurnLog(file, keep=timedelta(days=30), now=clock) as found:
        yield found


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
