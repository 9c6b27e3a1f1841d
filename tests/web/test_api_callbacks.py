"""What a device sends and asks."""

import json
from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from server.attempts import Attempt, CallOutcome, SmsSent
from server.wire import LARGEST_BODY
from tests.callback_samples import body

SLOT = {"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T09:30:00+09:00"}
NIGHT = [{"begins": "2026-11-25T02:00:00+09:00", "ends": "2026-11-25T03:00:00+09:00"}]


@pytest.fixture
def send(device):
    def sent(**changes):
        answer = device.post("/callbacks", json=body(**changes))
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    return sent


def case_of(office, answer):
    (case_id,) = office.desk.queue.cases_of("+819012345678")
    assert str(case_id) == answer["case"]
    return office.desk.queue.case(case_id)


def test_a_request_is_promised_a_time_of_tokyo(device):
    sent = body()
    answer = device.post("/callbacks", json=sent)
    assert answer.status_code == 201
    case = answer.json().pop("case")
    assert answer.json() == {
        "id": sent["id"], "case": case, "joined": False, "state": "created", "promise": SLOT, "offers": [],
        "earlier": None,
    }  # fmt: skip


def test_the_same_id_again_is_the_same_request(device, office):
    sent = body()
    first, second = (device.post("/callbacks", json=sent) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json() | {"state": "duplicate"}
    assert len(case_of(office, first.json()).requests) == 1


def test_another_id_on_the_same_matter_joins(send):
    first, second = send(), send()
    assert second["joined"]
    assert second["case"] == first["case"]


def test_where_nothing_can_be_promised_times_are_offered(send, device):
    answer = send(windows=NIGHT)
    assert answer["promise"] is None
    assert answer["offers"][0]["begins"] == "2026-11-24T11:00:00+09:00"  # lead time of an hour
    shown = device.get(f"/callbacks/{answer['id']}").json()
    assert (shown["state"], shown["offers"]) == ("waiting", answer["offers"])


def test_a_duplicate_of_a_closed_case_is_offered_nothing(send, office):
    sent = body(windows=NIGHT)
    office.desk.close(case_of(office, send(**sent)).id, reason="other", by="sato")
    again = send(**sent)
    assert (again["state"], again["promise"], again["offers"]) == ("duplicate", None, [])


def test_wrong_fields_are_all_named_and_none_is_quoted(device):
    wrong = body(phone="03-山田", urgency="soon", windows=[{"begins": 1, "ends": "2026-11-25T12:00:00+09:00"}])
    answer = device.post("/callbacks", json=wrong)
    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json()["problems"]} == {"phone", "urgency", "windows.0.begins"}
    assert "山田" not in answer.text
    assert "soon" not in answer.text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b'{"id":' * 5000, b'"\\ud800"'])
def test_what_is_no_request_is_refused(device, content):
    answer = device.post("/callbacks", content=content)
    assert answer.status_code == 422
    assert answer.json()["problems"]


def test_too_large_a_body_is_not_read(device):
    chunks = (b"x" * 65_536 for _ in range(5))
    for content in (b" " * (LARGEST_BODY + 1), chunks):
        answer = device.post("/callbacks", content=content)
        assert (answer.status_code, [p["field"] for p in answer.json()["problems"]]) == (413, ["request"])


def test_a_device_speaks_for_itself_alone(device, app, enrolled):
    assert device.post("/callbacks", json=body(device="box-2")).status_code == 403
    sent = body()
    assert device.post("/callbacks", json=sent).status_code == 201
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    assert other.get(f"/callbacks/{sent['id']}").status_code == 404
    assert other.put(f"/callbacks/{sent['id']}/promise", json={"begins": SLOT["begins"]}).status_code == 404
    assert other.post(f"/callbacks/{sent['id']}/withdraw").status_code == 404
    assert device.get(f"/callbacks/{uuid4()}").status_code == 404


def ring(office, case, outcome=CallOutcome.NO_ANSWER):
    now = office.clock()
    office.desk.queue.record(case.id, Attempt(id=uuid4(), agent="sato", dialled_at=now, rang_at=now, outcome=outcome))


def test_what_becomes_of_a_request_is_told_in_codes(send, device, office, clock):
    answer = send()
    case = case_of(office, answer)

    def state():
        return device.get(f"/callbacks/{answer['id']}").json()

    assert state() == {
        "id": answer["id"], "state": "promised", "promise": SLOT, "agent": None, "close_reason": None, "offers": [], "recommend_until": None,
        "attempts": {"count": 0, "last_outcome": None, "last_at": None},
        "earlier": None, "address": "sama", "address_at": None,
    }  # fmt: skip
    office.desk.claim(case.id, "sato")
    assert (state()["state"], state()["agent"]) == ("being_called", "佐藤")
    ring(office, case)
    office.desk.queue.record(case.id, Attempt(id=uuid4(), agent="sato", dialled_at=clock(), rang_at=None, outcome=None))
    office.desk.release(case.id, "sato")
    assert state()["attempts"] == {"count": 1, "last_outcome": "no_answer", "last_at": "2026-11-24T10:00:00+09:00"}
    office.desk.queue.free(case.id, due_at=clock(), by="sato", now=clock())
    assert state()["state"] == "tried"
    clock.pass_time(minutes=1)
    office.desk.queue.record(case.id, SmsSent(id=uuid4(), at=clock()))
    assert state()["state"] == "asked_by_sms"
    office.desk.close(case.id, reason="unreachable", by="sato")
    assert (state()["state"], state()["close_reason"], state()["offers"]) == ("closed", "unreachable", [])


def test_a_lease_that_is_over_is_no_call(send, device, office, clock):
    answer = send()
    office.desk.claim(case_of(office, answer).id, "sato")
    clock.pass_time(minutes=20)
    assert device.get(f"/callbacks/{answer['id']}").json()["state"] == "promised"


def test_who_does_not_work_here_any_more_is_not_announced(send, device, office):
    answer = send()
    office.desk.claim(case_of(office, answer).id, "somebody")
    assert device.get(f"/callbacks/{answer['id']}").json()["agent"] is None


def test_the_customer_chooses_another_time(send, device):
    answer = send()
    begins = "2026-11-25T15:00:00+09:00"
    moved = device.put(f"/callbacks/{answer['id']}/promise", json={"begins": begins})
    assert (moved.status_code, moved.json()["promise"]["begins"]) == (200, begins)


@pytest.mark.parametrize("begins", [
    "2026-11-25T03:00:00+09:00", "2026-11-25T12:30:00+09:00", "2026-11-24T10:30:00+09:00", "2026-11-24T09:00:00+09:00",
    "2027-06-01T09:00:00+09:00", "2026-11-25T15:10:00+09:00", "2026-12-31T10:00:00+09:00",
])  # fmt: skip
def test_no_time_outside_the_hours_is_promised(send, device, begins):
    answer = send()
    refused = device.put(f"/callbacks/{answer['id']}/promise", json={"begins": begins})
    assert refused.status_code == 409
    assert [problem["field"] for problem in refused.json()["problems"]] == ["begins"]
    assert len(refused.json()["offers"]) == 3
    assert device.get(f"/callbacks/{answer['id']}").json()["promise"] == SLOT


def test_a_full_time_is_refused_and_others_offered(send, device):
    for phone in ("090-1234-5671", "090-1234-5672"):
        assert send(phone=phone)["promise"] == SLOT
    answer = send(phone="090-1234-5673")
    refused = device.put(f"/callbacks/{answer['id']}/promise", json={"begins": SLOT["begins"]})
    assert refused.status_code == 409
    assert SLOT not in refused.json()["offers"]


@pytest.mark.parametrize("begins", ["9999-12-31T23:45:00Z", "0001-01-01T00:00:00Z", "2026-11-25T15:00:00", 1, None])
def test_a_time_that_is_none_is_refused(send, device, begins):
    answer = send()
    assert device.put(f"/callbacks/{answer['id']}/promise", json={"begins": begins}).status_code == 422


def test_a_closed_case_is_promised_nothing(send, device, office):
    answer = send()
    office.desk.close(case_of(office, answer).id, reason="other", by="sato")
    refused = device.put(f"/callbacks/{answer['id']}/promise", json={"begins": SLOT["begins"]})
    assert (refused.status_code, refused.json()["offers"]) == (409, [])


def test_taking_a_request_back_closes_its_case(send, device, office):
    answer = send()
    for _ in range(2):
        taken_back = device.post(f"/callbacks/{answer['id']}/withdraw")
        assert taken_back.status_code == 200
        assert (taken_back.json()["state"], taken_back.json()["close_reason"]) == ("closed", "withdrawn")
    case = case_of(office, answer)
    assert (case.close_reason, case.promise) == ("withdrawn", None)
    assert [entry.action for entry in office.journal.of_case(case.id)] == ["closed", "received"]


def test_the_case_goes_on_for_the_other_voice(send, device, office):
    first, second = send(), send()
    for _ in range(2):  # sent twice it is still one voice
        assert device.post(f"/callbacks/{first['id']}/withdraw").json()["state"] == "promised"
    assert [e.action for e in office.journal.of_case(case_of(office, first).id)].count("voice_withdrawn") == 1
    assert device.post(f"/callbacks/{second['id']}/withdraw").json()["state"] == "closed"


def test_free_times_can_be_asked_for(device):
    query = {"topic": "refund", "begins": "2026-11-25T13:00:00+09:00", "ends": "2026-11-25T14:00:00+09:00", "count": 3}
    times = [slot["begins"] for slot in device.get("/slots", params=query).json()["slots"]]
    assert times == ["2026-11-25T13:00:00+09:00", "2026-11-25T13:30:00+09:00", "2026-11-24T11:00:00+09:00"]
    assert len(device.get("/slots", params={"topic": "refund"}).json()["slots"]) == 3
    urgent = device.get("/slots", params={"topic": "smoke", "urgency": "safety", "count": 1}).json()["slots"]
    assert [slot["begins"] for slot in urgent] == ["2026-11-24T10:00:00+09:00"]


@pytest.mark.parametrize(("query", "field"), [
    ({}, "topic"), ({"topic": "a b"}, "topic"), ({"topic": "x", "urgency": "soon"}, "urgency"),
    ({"topic": "x", "count": 0}, "count"), ({"topic": "x", "begins": "tomorrow"}, "begins"),
    ({"topic": "x", "begins": "2026-11-25T13:00:00Z", "ends": "2026-11-25T13:00:00Z"}, "ends"),
    ({"topic": "x", "ends": "9999-12-31T23:00:00Z"}, "ends"), ({"topic": "x", "ends": "2020-01-01T00:00:00Z"}, "ends"),
])  # fmt: skip
def test_a_wrong_question_is_named(device, query, field):
    answer = device.get("/slots", params=query)
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["problems"]] == [field]


def test_news_names_the_requests_whose_case_changed(send, device, office):
    begin = device.get("/callbacks/news").json()
    answer = send()
    other = send(phone="090-1234-5670")
    came = device.get("/callbacks/news", params={"after": begin["next"]}).json()
    assert set(came["ids"]) == {answer["id"], other["id"]}  # what waited on the device may come when nobody is told
    assert came["next"] > begin["next"]
    office.desk.claim(case_of(office, answer).id, "sato")
    news = device.get("/callbacks/news", params={"after": came["next"]}).json()
    assert news["ids"] == [answer["id"]]
    assert device.get("/callbacks/news", params={"after": news["next"]}).json() == {"ids": [], "next": news["next"]}
    assert other["id"] not in news["ids"]


def test_of_several_requests_in_a_case_the_last_is_named(send, device, office, clock):
    """Their customer is one: every piece of news would be told twice."""
    first = send()
    clock.now += timedelta(minutes=5)
    second = send()
    case = case_of(office, first)
    assert case == case_of(office, second)
    office.desk.claim(case.id, "sato")
    news = device.get("/callbacks/news", params={"after": 0}).json()
    assert news["ids"] == [second["id"]]
    assert device.post(f"/callbacks/{second['id']}/withdraw").status_code == 200
    office.desk.release(case.id, "sato")
    assert device.get("/callbacks/news", params={"after": news["next"]}).json()["ids"] == [first["id"]]


def test_news_of_another_device_are_not_told(send, app, enrolled, office):
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    office.desk.claim(case_of(office, send()).id, "sato")
    assert other.get("/callbacks/news", params={"after": 0}).json()["ids"] == []


def test_news_come_while_the_device_waits(app, device, office, send):
    answer = send()
    after = device.get("/callbacks/news").json()["next"]
    case = case_of(office, answer)
    with device:  # what tells of changes runs
        claiming = Thread(target=office.desk.claim, args=(case.id, "sato"))
        claiming.start()
        news = device.get("/callbacks/news", params={"after": after, "wait": 20}).json()
        claiming.join()
    assert news["ids"] == [answer["id"]]


def test_a_line_whose_transaction_runs_is_waited_for(office, device, send, clock):
    """Numbers are handed out before transactions end: 5 is there, 4 may still come."""
    answer = send()
    case = case_of(office, answer)
    after = device.get("/callbacks/news").json()["next"]
    office.desk.claim(case.id, "sato")
    office.desk.release(case.id, "sato")
    from sqlalchemy import delete

    from server.store.desk_models import JournalRow
    from server.store.engine import writing

    with writing(office.engine) as session:
        session.execute(delete(JournalRow).where(JournalRow.id == after + 1))
    assert device.get("/callbacks/news", params={"after": after}).json() == {"ids": [], "next": after}
    clock.pass_time(seconds=11)
    assert device.get("/callbacks/news", params={"after": after}).json()["ids"] == [answer["id"]]


@pytest.mark.parametrize("query", [{"after": -1}, {"after": 2**63}, {"wait": 26}, {"wait": "nan"}])
def test_news_are_asked_for_in_bounds(device, query):
    assert device.get("/callbacks/news", params=query).status_code == 422


def test_the_clock_set_back_loses_and_doubles_nothing(send, device, office, clock):
    sent = body()
    answer = send(**sent)
    begins = "2026-11-24T15:00:00+09:00"
    for jump in (timedelta(days=-1), timedelta(days=2)):
        clock.now += jump
        again = send(**sent)
        assert (again["state"], again["case"]) == ("duplicate", answer["case"])
    assert device.put(f"/callbacks/{answer['id']}/promise", json={"begins": begins}).status_code == 409  # past by now
    assert len(case_of(office, answer).requests) == 1


def test_errors_are_json_for_a_browser_too(device):
    answer = device.get("/callbacks/x", headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert json.loads(answer.text)["problems"][0]["field"] == "callback_id"


def test_the_id_of_another_devices_request_tells_nothing(device, app, enrolled):
    sent = body()
    device.post("/callbacks", json=sent)
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    answer = other.post("/callbacks", json=sent | {"device": "box-2"})
    assert answer.status_code == 403
    assert "promise" not in answer.text
