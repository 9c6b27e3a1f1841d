"""What a device makes of whatever comes back."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from server.answer_bodies import LARGEST_ANSWER
from server.deliveries import Arrived, Refused, TokenRefused, TryLater
from server.errors import AnswerUnusable, DeskUnavailable, EnrolmentRefused, FieldProblem, SlotTaken
from server.spans import Span
from tests.desk_clients import client

ID = UUID("6f1c1f0e-6c0b-4c7e-9f53-1d1b8f5c2a10")
SLOT = {"begins": "2026-11-25T10:00:00+09:00", "ends": "2026-11-25T10:30:00+09:00"}
SPAN = Span(datetime(2026, 11, 25, 1, tzinfo=UTC), datetime(2026, 11, 25, 1, 30, tzinfo=UTC))
PROBLEM = {"problems": [{"field": "phone", "message": "bad"}]}
WRONG = FieldProblem(field="phone", message="bad")
OF_NO_DESK = (  # what a proxy, a portal or a wall in between says
    {"text": "<html>403 Forbidden</html>"}, {}, {"json": {}}, {"json": {"problems": "x"}}, {"json": {"problems": []}},
    {"json": {"error": "blocked"}}, {"json": ["problems"]}, {"json": {"problems": [{}]}}, {"content": b"\xff"},
)  # fmt: skip
KEPT = {"id": str(ID), "case": str(ID), "joined": False, "state": "created", "promise": SLOT, "offers": []}


@pytest.mark.parametrize(
    ("answer", "delivery"),
    [
        (httpx.Response(201, json=KEPT), Arrived(new=True, promise=SPAN)),
        (httpx.Response(200, json=KEPT | {"promise": None, "offers": [SLOT]}), Arrived(new=False, offers=(SPAN,))),
        (httpx.Response(201, json=KEPT | {"promise": {"begins": "soon"}}), Arrived(new=True)),
        (httpx.Response(201, json=KEPT | {"id": str(uuid4())}), TryLater(reason="no answer of a desk")),
        (httpx.Response(200, text="<html>Welcome to the hotel</html>"), TryLater(reason="no answer of a desk")),
        (httpx.Response(200, json=[1]), TryLater(reason="no answer of a desk")),
        (httpx.Response(201, content=b"\xff" * 10), TryLater(reason="no answer of a desk")),
        (httpx.Response(200, content=b"1" * (LARGEST_ANSWER + 1)), TryLater(reason="no answer of a desk")),
        (httpx.Response(302, headers={"Location": "https://evil.test"}), TryLater(reason="no answer of a desk")),
        (httpx.Response(401, json=PROBLEM), TokenRefused()),
        (httpx.Response(422, json={"problems": [{"field": "phone", "message": "bad"}, 7]}),
         Refused(status=422, problems=(FieldProblem(field="phone", message="bad"),))),
        *((httpx.Response(status, json=PROBLEM), Refused(status=status, problems=(WRONG,))) for status in (403, 404, 409, 413)),
        *((httpx.Response(status, **body), TryLater(reason=f"HTTP {status}"))
          for status in (400, 401, 403, 404, 407, 413, 422, 451) for body in OF_NO_DESK),
        (httpx.Response(429, headers={"Retry-After": "7"}), TryLater(reason="HTTP 429", wait=timedelta(seconds=7))),
        (httpx.Response(408), TryLater(reason="HTTP 408")),
        (httpx.Response(503, headers={"Retry-After": "tomorrow"}), TryLater(reason="HTTP 503")),
        (httpx.Response(500, text="oops"), TryLater(reason="HTTP 500")),
        (httpx.ConnectError("no"), TryLater(reason="ConnectError", unreachable=True)),
        (httpx.ReadTimeout("slow"), TryLater(reason="ReadTimeout", unreachable=True)),
        (httpx.RemoteProtocolError("cut"), TryLater(reason="RemoteProtocolError", unreachable=True)),
    ],
)  # fmt: skip
def test_every_answer_to_a_request_is_one_of_few(answer, delivery):
    asked = []
    assert client(answer, asked=asked).submit(ID, b"{}") == delivery
    assert asked[0].headers["Authorization"] == "Bearer kd_token"


def test_what_became_of_it():
    body = {
        "id": str(ID), "state": "promised", "promise": SLOT, "agent": "佐藤", "close_reason": None, "offers": [],
        "attempts": {"count": 1, "last_outcome": "no_answer", "last_at": None},
    }  # fmt: skip
    answer = client(httpx.Response(200, json=body)).status(ID)
    assert (answer.state, answer.promise, answer.agent, answer.calls) == ("promised", SPAN, "佐藤", 1)


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(404, json=PROBLEM), httpx.Response(200, json={}), httpx.Response(200, json={"id": str(ID)})],
)
def test_what_is_wrong_with_this_very_question_is_told_apart(answer):
    with pytest.raises(AnswerUnusable):
        client(answer).status(ID)


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(404, text="<html>"), httpx.Response(401, json=PROBLEM), httpx.Response(429, json=PROBLEM),
     httpx.Response(500, json=PROBLEM), httpx.Response(200, text="<html>"), httpx.ConnectError("no")],
)  # fmt: skip
def test_what_may_pass_is_not_taken_for_that(answer):
    with pytest.raises(DeskUnavailable) as caught:
        client(answer).status(ID)
    assert not isinstance(caught.value, AnswerUnusable)


@pytest.mark.parametrize("body", [{}, {"id": "x"}, {"id": str(ID), "state": 1, "attempts": []}])
def test_an_answer_that_is_none(body):
    with pytest.raises(DeskUnavailable):
        client(httpx.Response(200, json=body)).status(ID)


def test_a_taken_slot_comes_with_others():
    answer = httpx.Response(409, json=PROBLEM | {"offers": [SLOT]})
    with pytest.raises(SlotTaken) as caught:
        client(answer).choose(ID, SPAN.begins)
    assert caught.value.offers == (SPAN,)
    with pytest.raises(DeskUnavailable):
        client(httpx.Response(409, text="<html>")).choose(ID, SPAN.begins)


def test_slots_and_news():
    asked = []
    desk = client(
        httpx.Response(200, json={"slots": [SLOT, "x"]}), httpx.Response(200, json={"ids": [str(ID)], "next": 5}),
        httpx.Response(200, json={"ids": 3}), asked=asked,
    )  # fmt: skip
    assert desk.slots(topic="refund", wanted=SPAN) == [SPAN]
    assert asked[0].url.params["begins"] == "2026-11-25T01:00:00+00:00"
    assert desk.news(4, wait_s=20).ids == (ID,)
    with pytest.raises(DeskUnavailable):
        desk.news(4)


def test_enrolling():
    good = httpx.Response(201, json={"device": {"id": "lobby", "name": "ロビー"}, "token": "kd_x"})
    assert client(good).enrol("7KQM-3XWP") == ("lobby", "kd_x", "")
    with pytest.raises(EnrolmentRefused):
        client(httpx.Response(404, json=PROBLEM)).enrol("7KQM-3XWP")
    for answer in (
        httpx.Response(503),
        httpx.Response(403, text="<html>"),
        httpx.Response(201, json={}),
        httpx.ConnectError("no"),
    ):
        with pytest.raises(DeskUnavailable):
            client(answer).enrol("7KQM-3XWP")


def test_a_heartbeat_needs_no_body():
    client(httpx.Response(204)).heartbeat("0.1.0")
