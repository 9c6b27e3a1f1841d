"""Recordings on the device: until the desk has them, seven days at most, gone when they are taken back."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from server.errors import DeskUnavailable, RecordingRefused
from server.recordings import RecordingGiven
from tests.callback_samples import NOW, SetClock
from tests.recording_samples import WORDING, pcm
from voice.recording_book import FILE, FOLDER, RecordingBook
from voice.recording_talk import Erased
from voice.recordings import Recording, Utterance

DAY = timedelta(days=1)


class Desk:
    """A `DeskClient` as far as recordings go."""

    def __init__(self):
        self.sent, self.withdrawn, self.error = {}, [], None

    def send_recording(self, conversation, body):
        if self.error:
            raise self.error
        self.sent[conversation] = body

    def withdraw_recording(self, conversation):
        if self.error:
            raise self.error
        self.withdrawn.append(conversation)


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def home(tmp_path):
    return tmp_path / "device"


@pytest.fixture
def book(home, clock):
    return RecordingBook(home, clock)


def recording(at=NOW):
    return Recording(
        conversation=uuid4(), request=None, agreed_at=at, wording=WORDING,
        utterances=(Utterance(0, pcm()), Utterance(2, pcm(0.2))), withheld=(1,),
    )  # fmt: skip


def send(book, desk, name="one"):
    book.send(desk, desk=name, jitter=lambda: 0.0)


def sounds(home):
    return sorted((home / FOLDER).iterdir()) if (home / FOLDER).exists() else []


def test_nothing_is_there_before_something_is_kept(book, home, desk):
    send(book, desk)
    assert not home.exists()


def test_it_waits_for_the_desk_and_goes_when_it_arrived(book, home, desk, clock):
    one = recording()
    assert book.keep(one)
    desk.error = DeskUnavailable("away")
    send(book, desk)
    assert len(sounds(home)) == 1
    desk.error = None
    send(RecordingBook(home, clock), desk)  # not due yet, a restart or not
    assert desk.sent == {}
    clock.pass_time(minutes=1)
    send(RecordingBook(home, clock), desk)
    given = RecordingGiven.model_validate_json(desk.sent[one.conversation])
    assert [(each.turn, each.wav[44:]) for each in given.utterances] == [(0, pcm()), (2, pcm(0.2))]
    assert (given.withheld, given.consent.at, given.consent.wording) == ((1,), NOW, WORDING)
    assert sounds(home) == []
    clock.pass_time(minutes=1)
    send(RecordingBook(home, clock), desk)
    assert len(desk.sent) == 1


def test_files_are_the_owners_alone(book, home):
    book.keep(recording())
    assert [path.stat().st_mode & 0o777 for path in (home / FILE, *sounds(home), home / FOLDER)] == [
        0o600,
        0o600,
        0o700,
    ]


@pytest.mark.parametrize("days", [7, -8])
def test_after_seven_days_it_goes_undelivered(book, home, desk, clock, days):
    book.keep(recording())
    desk.error = DeskUnavailable("away")
    clock.now += days * DAY
    send(book, desk)
    assert sounds(home) == []
    desk.error = None
    clock.pass_time(hours=1)
    send(book, desk)
    assert desk.sent == {}


def test_what_the_desk_never_takes_goes(book, home, desk):
    one = recording()
    book.keep(one)
    desk.error = RecordingRefused(one.conversation, 409)
    send(book, desk)
    assert sounds(home) == []
    assert book.erase(last=False) is Erased.NOTHING


def test_taken_back_before_it_was_sent_the_desk_hears_nothing(book, home, desk):
    book.keep(recording())
    assert book.erase(last=True) is Erased.HERE
    assert sounds(home) == []
    send(book, desk)
    assert (desk.sent, desk.withdrawn) == ({}, [])
    assert book.erase(last=True) is Erased.NOTHING


def test_taken_back_afterwards_the_desk_is_told_until_it_knows(book, home, desk, clock):
    one = recording()
    book.keep(one)
    send(book, desk)
    assert book.erase(last=False) is Erased.THERE
    desk.error = DeskUnavailable("away")
    send(book, desk)
    desk.error = None
    clock.pass_time(hours=1)
    send(RecordingBook(home, clock), desk)
    assert desk.withdrawn == [one.conversation]
    clock.pass_time(hours=1)
    send(book, desk)


def test_one_whose_sending_came_to_nothing_may_be_there(book, home, desk):
    book.keep(recording())
    desk.error = DeskUnavailable("timed out")
    send(book, desk)
    assert book.erase(last=True) is Erased.THERE
    assert sounds(home) == []


def test_taken_back_while_it_is_sent(book, home, desk, clock):
    one = recording()
    book.keep(one)

    class Slow(Desk):
        def send_recording(self, conversation, body):
            assert book.erase(last=True) is Erased.THERE
            super().send_recording(conversation, body)

    slow = Slow()
    send(book, slow)
    assert sounds(home) == []
    clock.pass_time(minutes=1)
    send(book, slow)
    assert slow.withdrawn == [one.conversation]


def test_the_last_one_or_all(book, home):
    first, second = recording(), recording(at=NOW + timedelta(hours=1))
    book.keep(second)
    book.keep(first)
    book.erase(last=True)
    assert [path.stem for path in sounds(home)] == [str(first.conversation)]
    book.keep(second)
    book.erase(last=False)
    assert sounds(home) == []


def test_another_desk_gets_nothing(book, home, desk, clock):
    book.keep(recording())
    desk.error = DeskUnavailable("away")
    send(book, desk, "one")
    desk.error = None
    clock.pass_time(hours=1)
    send(book, desk, "two")
    assert (desk.sent, sounds(home)) == ({}, [])


def test_once_a_day_over_a_restart(book, home, clock):
    assert book.may_ask(NOW)
    book.note_asked(NOW)
    again = RecordingBook(home, clock)
    assert not again.may_ask(NOW)
    assert again.may_ask(NOW + DAY)


@pytest.mark.parametrize("damage", [b"", b"[]", b"{", b'{"asked_at": 3, "recordings": {"x": {}}}', b"\xff"])
def test_a_damaged_list_leaves_no_sound(book, home, clock, damage, desk):
    book.keep(recording())
    (home / FILE).write_bytes(damage)
    send(RecordingBook(home, clock), desk)
    assert (desk.sent, sounds(home)) == ({}, [])


def test_a_sound_without_a_line_goes_and_a_line_without_its_sound(book, home, clock, desk):
    one, two = recording(), recording()
    book.keep(one)
    (home / FOLDER / f"{two.conversation}.json").write_bytes(two.body())
    assert [path.stem for path in (RecordingBook(home, clock), sounds(home))[1]] == [str(one.conversation)]
    sounds(home)[0].unlink()
    send(book, desk)
    assert desk.sent == {}
    assert json.loads((home / FILE).read_bytes())["recordings"] == {}


def test_what_is_erased_is_written_over(book, home, monkeypatch):
    """The bytes are looked at where the file is removed."""
    from pathlib import Path

    seen = []
    unlink = Path.unlink

    def looked_at(path, **more):
        seen.append(path.read_bytes())
        unlink(path, **more)

    book.keep(recording())
    size = sounds(home)[0].stat().st_size
    monkeypatch.setattr(Path, "unlink", looked_at)
    book.erase(last=True)
    assert seen == [bytes(size)]


@pytest.mark.parametrize("broken", ["folder", "list"])
def test_a_disk_that_refuses_keeps_nothing(home, clock, broken):
    home.mkdir()
    if broken == "folder":
        (home / FOLDER).write_text("in the way")
    else:
        (home / FILE).mkdir()
    book = RecordingBook(home, clock)
    assert not book.keep(recording())
    assert not [path for path in home.rglob("*.json") if path.is_file()]
    assert book.erase(last=False) is Erased.NOTHING


def test_a_whole_recording_of_three_minutes_fits():
    from server.recordings import LARGEST_RECORDING, LONGEST_S

    longest = replace(recording(), utterances=tuple(Utterance(turn, pcm(LONGEST_S / 60)) for turn in range(60)))
    assert len(longest.body()) < LARGEST_RECORDING
