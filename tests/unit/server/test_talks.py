"""The wire model of the devices' log."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from server.errors import RequestInvalid
from server.talks import MOST_AT_ONCE, ConversationBatch, LoggedConversation, LoggedTurn, bodies
from server.wire import LARGEST_BODY, parse

NOW = datetime(2026, 11, 25, 1, tzinfo=UTC)
TURN = {
    "at": "2026-11-25T10:00:00+09:00", "heard": "返金", "said": "はい", "outcome": "answered", "topic": "refund",
    "score": 0.5, "stage": None, "understood": True,
}  # fmt: skip
TALK = {
    "id": str(uuid4()), "device": "box-1", "began_at": "2026-11-25T10:00:00+09:00",
    "ended_at": "2026-11-25T10:01:00+09:00", "callback": None, "turns": [TURN],
}  # fmt: skip


def parsed(*talks):
    return parse(ConversationBatch, json.dumps({"conversations": talks}).encode())


def talk(text="返金したい", turns=3):
    turn = LoggedTurn(at=NOW, heard=text, said="はい", outcome="answered", understood=True)
    return LoggedConversation(
        id=uuid4(), device="box-1", began_at=NOW, ended_at=NOW + timedelta(minutes=1), turns=(turn,) * turns
    )


def test_a_conversation_is_read():
    (found,) = parsed(TALK | {"callback": str(UUID(int=5))}).conversations
    assert (found.callback, found.began_at, found.turns[0].heard) == (UUID(int=5), NOW, "返金")
    assert parsed().conversations == ()


def test_silence_and_an_unknown_topic_are_turns():
    (found,) = parsed(
        TALK | {"turns": [TURN | {"heard": "", "topic": None, "score": None, "stage": "phone"}]}
    ).conversations
    assert (found.turns[0].heard, found.turns[0].topic, found.turns[0].stage) == ("", None, "phone")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"turns": []}, "turns"),
        ({"turns": [TURN] * 201}, "turns"),
        ({"turns": [TURN | {"heard": "あ" * 1001}]}, "turns.0.heard"),
        ({"turns": [TURN | {"heard": "あ" * 1000}] * 41}, "turns"),
        ({"turns": [TURN | {"said": "\x00"}]}, "turns.0.said"),
        ({"turns": [TURN | {"score": 1e9}]}, "turns.0.score"),
        ({"turns": [TURN | {"score": float("nan")}]}, "turns.0.score"),
        ({"turns": [TURN | {"outcome": "a b"}]}, "turns.0.outcome"),
        ({"turns": [TURN | {"understood": None}]}, "turns.0.understood"),
        ({"turns": [TURN | {"audio": "x"}]}, "turns.0.audio"),
        ({"ended_at": "2026-11-25T09:59:00+09:00"}, ""),
        ({"began_at": "2026-11-25T10:00:00"}, "began_at"),
        ({"began_at": 5}, "began_at"),
        ({"id": "x"}, "id"),
    ],
)
def test_what_does_not_fit_is_named_and_not_quoted(changes, field):
    with pytest.raises(RequestInvalid) as refused:
        parsed(TALK | changes)
    assert [problem.field for problem in refused.value.problems] == [f"conversations.0.{field}".rstrip(".")]
    assert "あ" not in str(refused.value)


def test_an_id_twice_and_too_many_are_refused():
    for talks in ([TALK, TALK], [TALK | {"id": str(uuid4())} for _ in range(MOST_AT_ONCE + 1)]):
        with pytest.raises(RequestInvalid, match="conversations: "):
            parsed(*talks)


def test_a_long_log_is_sent_in_parts_that_fit():
    talks = [talk("返" * 900, turns=40) for _ in range(5)] + [talk() for _ in range(2 * MOST_AT_ONCE)]
    parts = bodies(talks, largest=LARGEST_BODY)
    assert max(map(len, parts)) <= LARGEST_BODY
    read = [parse(ConversationBatch, part).conversations for part in parts]
    assert [one for batch in read for one in batch] == talks
    assert bodies([], largest=LARGEST_BODY) == []


def test_the_longest_conversation_fits_into_a_body():
    turns = [
        LoggedTurn(
            at=NOW, heard='"' * 100, said="😀" * 100, outcome="o" * 64, topic="t" * 64, stage="s" * 64, understood=True
        )
    ] * 200
    longest = LoggedConversation(id=uuid4(), device="d" * 64, began_at=NOW, ended_at=NOW, turns=tuple(turns))
    (part,) = bodies([longest], largest=LARGEST_BODY)
    assert len(part) <= LARGEST_BODY
