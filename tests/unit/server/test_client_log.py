"""Rating, log, hours and free times over HTTP: what the client makes of whatever comes back."""

import json
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import httpx
import pytest

from server.errors import DeskUnavailable, LogRefused, RatingRefused
from server.spans import Span
from server.talks import LoggedConversation, LoggedTurn
from tests.desk_clients import client

ID = UUID(int=9)
NOW = datetime(2026, 11, 25, 1, tzinfo=UTC)
SPAN = Span(NOW, NOW.replace(minute=30))
SLOT = {"begins": "2026-11-25T10:00:00+09:00", "ends": "2026-11-25T10:30:00+09:00"}
PROBLEMS = {"problems": [{"field": "request", "message": "no"}]}
HOURS = {"weekdays": [], "closed": ["2026-11-23"], "slot_minutes": 30, "horizon_days": 14}
PORTAL = [
    httpx.Response(200, json={}), httpx.Response(200, text="<html>"), httpx.Response(302), httpx.Response(404),
    httpx.Response(409, text="no"), httpx.Response(401, json=PROBLEMS), httpx.Response(503, json=PROBLEMS),
    httpx.ConnectError("no"), httpx.Response(500),
]  # fmt: skip


def talk():
    turn = LoggedTurn(at=NOW, heard="返金", said="はい", outcome="answered", understood=True)
    return LoggedConversation(id=uuid4(), device="box-1", began_at=NOW, ended_at=NOW, turns=(turn,))


CALLS = {
    "rate": lambda desk: desk.rate(ID, "yes", NOW),
    "log": lambda desk: desk.send_conversations([talk()]),
    "hours": lambda desk: desk.hours(),
    "slots": lambda desk: desk.slots_for(ID),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("answer", PORTAL, ids=repr)
def test_what_is_no_desks_answer_is_tried_later(call, answer):
    with pytest.raises(DeskUnavailable):
        call(client(answer))


def test_a_rating_goes_as_it_was_given():
    asked = []
    client(httpx.Response(204), asked=asked).rate(ID, "neither", NOW)
    assert (asked[0].method, asked[0].url.path) == ("PUT", f"/callbacks/{ID}/rating")
    assert json.loads(asked[0].content) == {"rating": "neither", "at": "2026-11-25T01:00:00Z"}
    with pytest.raises(ValueError, match="perhaps"):
        client().rate(ID, "perhaps", NOW)


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_rating_the_desk_does_not_want_is_not_sent_again(status):
    with pytest.raises(RatingRefused) as refused:
        client(httpx.Response(status, json=PROBLEMS)).rate(ID, "yes", NOW)
    assert not refused.value.retryable


def test_the_device_hears_with_which_conversations_it_is_done():
    asked, first, second = [], talk(), talk()
    answer = httpx.Response(200, json={"kept": [str(first.id), str(uuid4())]})
    assert client(answer, asked=asked).send_conversations([first, second]) == {first.id}
    sent = json.loads(asked[0].content)["conversations"]
    assert [one["id"] for one in sent] == [str(first.id), str(second.id)]
    assert client().send_conversations([]) == frozenset()


@pytest.mark.parametrize("status", [403, 413, 422])
def test_a_log_the_desk_cannot_take_is_told(status):
    with pytest.raises(LogRefused):
        client(httpx.Response(status, json=PROBLEMS)).send_conversations([talk()])


@pytest.mark.parametrize("kept", [None, "x", [7], ["x"], [str(ID)] * 1001, {}])
def test_a_list_that_is_none_is_not_believed(kept):
    with pytest.raises(DeskUnavailable):
        client(httpx.Response(200, json={"kept": kept})).send_conversations([talk()])


def test_the_hours():
    found = client(httpx.Response(200, json=HOURS)).hours()
    assert (found.week, found.closed) == ({}, {date(2026, 11, 23)})


def test_free_times_of_a_request():
    asked = []
    found = client(httpx.Response(200, json={"slots": [SLOT, "x"]}), asked=asked).slots_for(ID, SPAN, 2)
    assert found == [SPAN]
    assert asked[0].url.path == f"/callbacks/{ID}/slots"
    assert dict(asked[0].url.params) == {
        "count": "2", "begins": "2026-11-25T01:00:00+00:00", "ends": "2026-11-25T01:30:00+00:00",
    }  # fmt: skip
