"""The bookkeeping of the voice gateway: messages, seats, what is done first."""

import json
import struct
from threading import Lock, Thread

import pytest

from server.gateway.feed import MOST_WAITING_BYTES, MOST_WAITING_MESSAGES, Feed, TooMuchSound
from server.gateway.frames import (
    Bye,
    Fill,
    FrameInvalid,
    Hello,
    Hush,
    LetGo,
    Line,
    SoundFrame,
    event_text,
    parse_sound,
    parse_text,
    sound_frame,
)
from server.gateway.lobby import Full, Lobby, Seat, Waiting
from server.gateway.ports import FormShown, Heard, Partial, Sound, SoundEnd, SpeechBegan, Told
from tests.gateway_fakes import EchoTalk, Room


@pytest.fixture
def room():
    return Room()


@pytest.fixture
def feed():
    return Feed(EchoTalk(), Lock())


def drained(feed):
    events = []
    while feed.has_work:
        if (event := feed.step()) is not None:
            events.append(event)
    return events


class TestMessages:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ('{"type":"hello","version":1}', Hello(type="hello", version=1)),
            ('{"type":"hello","version":1,"resume":"abc"}', Hello(type="hello", version=1, resume="abc")),
            ('{"type":"line","text":"返品したい"}', Line(type="line", text="返品したい")),
            ('{"type":"fill","phone":"03"}', Fill(type="fill", phone="03")),
            ('{"type":"let_go"}', LetGo(type="let_go")),
            ('{"type":"hush"}', Hush(type="hush")),
            ('{"type":"bye"}', Bye(type="bye")),
        ],
    )
    def test_all_are_read(self, text, message):
        assert parse_text(text) == message

    @pytest.mark.parametrize(
        "text",
        [
            "", "{", "[]", "null", '"hello"', '{"type":"hello"}', '{"type":"hello","version":2}', '{"type":"line"}',
            '{"type":"line","text":""}', '{"type":"line","text":5}', '{"type":"nothing"}', '{"type":"bye","more":1}',
            '{"type":"line","text":"' + "あ" * 401 + '"}', '{"type":"line","text":"' + "x" * 5000 + '"}', "\udc80",
        ],
    )  # fmt: skip
    def test_anything_else_is_refused_and_not_quoted(self, text):
        with pytest.raises(FrameInvalid) as refused:
            parse_text(text)
        assert "あ" not in str(refused.value)

    def test_sound_has_a_number(self):
        assert parse_sound(struct.pack(">I", 7) + b"\1\0") == SoundFrame(7, b"\1\0")

    @pytest.mark.parametrize("raw", [b"", b"\0\0\0\0", b"\0\0\0\0\1", b"\0" * 40_000])
    def test_sound_of_no_or_half_or_too_many_samples_is_refused(self, raw):
        with pytest.raises(FrameInvalid):
            parse_sound(raw)

    def test_events_are_json_and_sound_names_its_turn(self):
        told = Told(turn=2, texts=("はい。",), outcome="callback", form=FormShown(asks="name", phone="03"))
        assert json.loads(event_text(told)) == {
            "type": "told", "turn": 2, "texts": ["はい。"], "outcome": "callback", "title": "", "choices": [],
            "step": 0, "steps": 0, "form": {"asks": "name", "name": "", "phone": "03", "when": ""}, "finished": False,
        }  # fmt: skip
        assert json.loads(event_text(SpeechBegan())) == {"type": "speech_began"}
        assert sound_frame(Sound(turn=2, pcm=b"ab")) == b"\0\0\0\2ab"


class TestSeats:
    def test_so_many_talk_and_the_others_know_their_place(self, room):
        lobby = Lobby(room, 2)
        first, second, third, fourth = object(), object(), object(), object()
        seat = lobby.enter(first, "", 0.0)
        assert isinstance(seat, Seat)
        assert isinstance(lobby.enter(second, "", 0.0), Seat)
        assert lobby.enter(third, "", 0.0) == Waiting(1)
        assert lobby.enter(fourth, "", 0.0) == Waiting(2)
        assert lobby.counts() == (2, 2)
        lobby.leave(first, seat.ticket)
        assert room.talks[0].closed
        assert lobby.enter(fourth, "", 0.0) == Waiting(1)  # the third was here before
        assert isinstance(lobby.enter(third, "", 0.0), Seat)

    def test_who_was_cut_off_comes_back_to_the_same_talk(self, room):
        lobby = Lobby(room, 1)
        before, after, stranger = object(), object(), object()
        seat = lobby.enter(before, "", 0.0)
        lobby.broken(before, seat.ticket, 10.0)
        assert lobby.enter(stranger, "guess", 20.0) == Waiting(1)
        again = lobby.enter(after, seat.ticket, 60.0)
        assert again.talk is seat.talk
        assert again.resumed
        assert not room.talks[0].closed

    def test_a_seat_nobody_comes_back_to_is_free_after_a_minute(self, room):
        lobby = Lobby(room, 1)
        before, stranger = object(), object()
        seat = lobby.enter(before, "", 0.0)
        lobby.broken(before, seat.ticket, 10.0)
        assert isinstance(lobby.enter(stranger, "", 69.0), Waiting)
        assert isinstance(lobby.enter(stranger, "", 70.0), Seat)
        assert room.talks[0].closed
        late = lobby.enter(object(), seat.ticket, 71.0)
        assert isinstance(late, Waiting)

    def test_the_later_of_two_connections_wins(self, room):
        lobby = Lobby(room, 1)
        old, new = object(), object()
        ticket = lobby.enter(old, "", 0.0).ticket
        lobby.enter(new, ticket, 1.0)
        assert not lobby.holds(old, ticket)
        lobby.broken(old, ticket, 2.0)
        lobby.leave(old, ticket)
        assert lobby.holds(new, ticket)
        assert not room.talks[0].closed

    def test_a_line_has_an_end(self, room):
        lobby = Lobby(room, 1, most_waiting=2)
        lobby.enter(object(), "", 0.0)
        assert [lobby.enter(object(), "", 0.0) for _ in range(3)] == [Waiting(1), Waiting(2), Full()]

    def test_where_nobody_may_wait_a_free_seat_is_taken_all_the_same(self, room):
        lobby = Lobby(room, 1, most_waiting=0)
        assert isinstance(lobby.enter(object(), "", 0.0), Seat)
        assert lobby.enter(object(), "", 0.0) == Full()

    def test_who_stops_waiting_is_out_of_the_line(self, room):
        lobby = Lobby(room, 1)
        waits, next_one = object(), object()
        lobby.enter(object(), "", 0.0)
        lobby.enter(waits, "", 0.0)
        lobby.broken(waits, "", 0.0)
        assert lobby.enter(next_one, "", 0.0) == Waiting(1)

    def test_all_is_forgotten_in_the_end(self, room):
        lobby = Lobby(room, 1)
        lobby.enter(object(), "", 0.0)
        lobby.close()
        assert room.talks[0].closed
        assert lobby.counts() == (0, 0)

    def test_a_talk_is_ended_when_its_step_is(self, room):
        lobby, one = Lobby(room, 1), object()
        seat = lobby.enter(one, "", 0.0)
        with seat.lock:
            leaving = Thread(target=lobby.leave, args=(one, seat.ticket))
            leaving.start()
            leaving.join(0.05)
            assert not room.talks[0].closed
            assert room.talks[0].hushed
        leaving.join()
        assert room.talks[0].closed

    def test_tickets_are_no_news_for_logs(self, room):
        seat = Lobby(room, 1).enter(object(), "", 0.0)
        assert seat.ticket not in repr(seat)
        assert len(seat.ticket) >= 32


class TestOrder:
    def test_an_answer_is_told_and_spoken(self, feed):
        feed.take(Line(type="line", text="返品"))
        kinds = [type(event) for event in drained(feed)]
        assert kinds == [Heard, Told, Sound, Sound, Sound, SoundEnd]

    def test_the_microphone_comes_before_what_is_still_to_be_spoken(self, feed):
        feed.take(Line(type="line", text="返品"))
        assert isinstance([feed.step() for _ in range(3)][-1], Sound)
        feed.take(SoundFrame(0, b"\0\0"))
        assert feed.step() is None  # the frame, in which nothing was heard
        assert isinstance(feed.step(), Sound)

    def test_who_speaks_ends_the_answer(self, feed):
        feed.take(Line(type="line", text="返品"))
        for _ in range(3):
            feed.step()
        feed.take(SoundFrame(0, b"!\0"))
        assert [type(event) for event in drained(feed)] == [SpeechBegan, Partial]

    def test_a_new_line_ends_the_answer(self, feed):
        feed.take(Line(type="line", text="一"))
        for _ in range(3):
            feed.step()
        feed.take(Line(type="line", text="二"))
        assert [e.turn for e in drained(feed) if isinstance(e, Sound)] == [2, 2, 2]

    def test_hush_works_at_once(self, feed):
        feed.take(Line(type="line", text="一"))
        for _ in range(3):
            feed.step()
        feed.take(Hush(type="hush"))
        assert not feed.has_work

    def test_what_was_worked_off_is_counted_and_what_came_twice_is_not(self, feed):
        for number in (0, 1, 1, 4):
            feed.take(SoundFrame(number, b"\0\0"))
        drained(feed)
        assert (feed.taken, feed.lost_frames) == (5, 2)

    def test_sound_faster_than_speech_is_refused(self, feed):
        with pytest.raises(TooMuchSound):
            for number in range(MOST_WAITING_BYTES // 32_000 + 1):
                feed.take(SoundFrame(number, bytes(32_000)))

    def test_messages_faster_than_writing_are_refused(self, feed):
        with pytest.raises(TooMuchSound):
            for _ in range(MOST_WAITING_MESSAGES + 1):
                feed.take(LetGo(type="let_go"))

    def test_the_form_holds_what_was_given(self, feed):
        feed.take(Fill(type="fill", name="", phone="03"))
        assert drained(feed)[0] == Heard(text="{'phone': '03'}")

    def test_a_second_greeting_is_refused(self, feed):
        with pytest.raises(FrameInvalid):
            feed.take(Hello(type="hello", version=1))

    def test_after_a_failure_it_goes_on(self):
        class Failing(EchoTalk):
            def read(self, text):
                yield Heard(text=text)
                raise OSError

        feed = Feed(Failing(), Lock())
        feed.take(Line(type="line", text="一"))
        feed.step()
        with pytest.raises(OSError):
            feed.step()
        feed.give_up()
        feed.take(LetGo(type="let_go"))
        assert Heard(text="let go") in drained(feed)
