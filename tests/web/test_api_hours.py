"""Opening hours and free times, as devices ask for them."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from server.app import create_app, open_office
from server.attempts import Attempt, CallOutcome
from server.desk_hours import DeskHours
from server.settings import SETTINGS_FILE
from server.web.live import cases_changed_by
from tests.callback_samples import body, tokyo

SLOT = "2026-11-25T09:00:00+09:00"


@pytest.fixture
def request_id(device):
    sent = body()
    assert device.post("/callbacks", json=sent).json()["promise"]["begins"] == SLOT
    return sent["id"]


@pytest.fixture
def case(office, request_id):
    assert request_id
    (found,) = office.desk.queue.cases_of("+819012345678")
    return office.desk.queue.case(found)


def begins_of(answer):
    assert answer.status_code == 200, answer.text
    return [slot["begins"] for slot in answer.json()["slots"]]


def test_the_hours_are_those_of_the_plan(device, office):
    answer = device.get("/hours").json()
    plan = office.desk.plan
    found = DeskHours.from_wire(answer)
    assert (found.slot_minutes, found.horizon_days) == (plan.slot_minutes, plan.horizon_days)
    assert answer["weekdays"][0]["weekday"] == 0
    for day in (date(2026, 11, 24) + timedelta(days=n) for n in range(15)):
        blocks = plan.hours.blocks_on(day)
        told = () if day in found.closed else found.week.get(day.weekday(), ())
        midnight = tokyo(f"{day}T00:00")
        expected = [(midnight + timedelta(minutes=a), midnight + timedelta(minutes=b)) for a, b in told]
        assert [(block.begins, block.ends) for block in blocks] == expected, day


def test_holidays_and_closures_up_to_the_horizon_are_told(tmp_path, clock):
    folder = tmp_path / "closed"
    open_office(folder, clock=clock).close()
    path = folder / SETTINGS_FILE
    closure = '\n[[callback.closures]]\nname = "棚卸し"\nfirst = 2026-12-02\nlast = 2026-12-03\n'
    path.write_text(path.read_text() + closure)
    clock.now = tokyo("2026-11-20T12:00")
    office = open_office(folder, clock=clock)
    token = office.devices.enrol(office.devices.make_code("box-1", "x", by="x", now=clock()), now=clock())[1]
    asking = TestClient(create_app(office), headers={"Authorization": f"Bearer {token}"})
    assert asking.get("/hours").json()["closed"] == ["2026-11-23", "2026-12-02", "2026-12-03"]
    clock.now = tokyo("2026-11-24T12:00")
    assert asking.get("/hours").json()["closed"] == ["2026-12-02", "2026-12-03"]
    office.close()


def test_who_asks_must_be_a_device(app, device):
    stranger = TestClient(app)
    assert stranger.get("/hours").status_code == 401
    assert stranger.get(f"/callbacks/{uuid4()}/slots").status_code == 401
    answer = device.get("/hours", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/json"


def test_times_to_move_a_promise_to(device, request_id):
    query = {"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T10:00:00+09:00", "count": 2}
    times = begins_of(device.get(f"/callbacks/{request_id}/slots", params=query))
    assert times == ["2026-11-25T09:30:00+09:00", "2026-11-24T11:00:00+09:00"]  # not the one promised now
    assert len(begins_of(device.get(f"/callbacks/{request_id}/slots", params={"count": 10}))) == 10
    moved = device.put(f"/callbacks/{request_id}/promise", json={"begins": times[0]})
    assert (moved.status_code, moved.json()["promise"]["begins"]) == (200, times[0])
    assert SLOT in begins_of(device.get(f"/callbacks/{request_id}/slots", params=query))


def test_where_there_is_danger_the_next_times_are_free(device):
    sent = body(urgency="safety", topic="smoke", windows=[{"begins": SLOT, "ends": "2026-11-25T09:30:00+09:00"}])
    device.post("/callbacks", json=sent)
    assert begins_of(device.get(f"/callbacks/{sent['id']}/slots"))[0] == "2026-11-24T10:00:00+09:00"


def test_after_a_call_in_vain_the_customer_chooses_another_time(device, request_id, office, case, clock):
    """Not reached: another time is promised at once; the customer moves it, and everybody hears of it."""
    clock.now = tokyo("2026-11-25T09:05")
    office.desk.claim(case.id, "sato")
    missed = Attempt(id=uuid4(), agent="sato", dialled_at=clock(), rang_at=clock(), outcome=CallOutcome.NO_ANSWER)
    again = office.desk.settle(case.id, missed).promise
    office.desk.release(case.id, "sato")
    assert again is not None
    after = device.get("/callbacks/news").json()["next"]
    line = office.journal.last_line()
    query = {"begins": "2026-11-26T15:00:00+09:00", "ends": "2026-11-26T18:00:00+09:00", "count": 1}
    (chosen,) = begins_of(device.get(f"/callbacks/{request_id}/slots", params=query))
    assert chosen == "2026-11-26T15:00:00+09:00"
    moved = device.put(f"/callbacks/{request_id}/promise", json={"begins": chosen}).json()
    assert (moved["state"], moved["promise"]["begins"]) == ("promised", chosen)
    written = office.journal.changes_after(line)
    assert [(one.action, one.actor, one.detail) for one in written] == [
        ("promised", "device:box-1", {"begins": "2026-11-26T06:00:00+00:00"})
    ]
    assert cases_changed_by(written) == [str(case.id)]  # what open pages are told
    assert office.desk.queue.case(case.id).due_at == tokyo(chosen[:16])
    assert again.slot not in office.desk.queue.taken(again.slot.span)
    assert device.get("/callbacks/news", params={"after": after}).json()["ids"] == [request_id]


def test_of_a_case_that_is_over_nothing_is_offered(device, request_id, office, case, clock):
    office.desk.close(case.id, reason="satisfied", by="sato")
    assert begins_of(device.get(f"/callbacks/{request_id}/slots")) == []
    office.erasure.erase("+819012345678", "admin", clock())
    assert begins_of(device.get(f"/callbacks/{request_id}/slots")) == []


@pytest.mark.usefixtures("case")
def test_questions_are_checked(device, app, enrolled, request_id):
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    assert other.get(f"/callbacks/{request_id}/slots").status_code == 404
    for query in ({"count": 0}, {"begins": "soon"}, {"begins": SLOT, "ends": SLOT}, {"ends": "9999-12-31T23:00:00Z"}):
        assert device.get(f"/callbacks/{request_id}/slots", params=query).status_code == 422


def test_the_client_reads_what_the_desk_says(desk_client, device, request_id, office, case):
    assert desk_client.hours() == DeskHours.from_wire(device.get("/hours").json())
    assert len(desk_client.slots_for(UUID(request_id), count=2)) == 2
    office.desk.close(case.id, reason="satisfied", by="sato")
    desk_client.rate(UUID(request_id), "yes", office.clock())
    assert [rated.rating for rated in office.ratings.of_case(case.id)] == ["yes"]
