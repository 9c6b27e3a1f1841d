"""Another time for a call, and no call at all: for a device over HTTP and for a browser in the desk's own process alike."""

from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from intents.new_time import Moved, Taken
from intents.when_types import Window, Wishes
from server.app import create_app
from server.client import DeskClient
from server.customers import Change
from tests.callback_samples import NOW, request_of, tokyo
from tests.desk_office import in_network_place
from voice import desk_promises
from voice.desk_calls import Matter
from voice.desk_direct import DirectDesk
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_link import DeskLink

DEVICE = "box-1"
PHONE = "+819012345678"
PROMISED = tokyo("2026-11-25T09:00")  # a Wednesday; the first time in the sample's window


def slot(text):
    return Window(begins=tokyo(text), ends=tokyo(text) + timedelta(minutes=30))


def wishes(begins, ends, **how):
    return Wishes(windows=(Window(begins=tokyo(begins), ends=tokyo(ends), **how),))


@pytest.fixture(params=["over HTTP", "in its process"])
def promises(request, office, tmp_path, monkeypatch):
    """What a customer's request is changed with, either way."""
    if request.param == "in its process":
        return DirectDesk(office, DEVICE)
    monkeypatch.setattr(desk_promises, "WAIT_S", 30.0)  # on a busy machine, too
    code = office.devices.make_code(DEVICE, "1階ロビー", by="lead", now=NOW)
    file = EnrolmentFile(tmp_path / "data" / "desk-device.json")
    with file.writing() as keep:
        keep(Enrolment(url="http://testserver", id=DEVICE, token=office.devices.enrol(code, now=NOW)[1]))
    transport = in_network_place(TestClient(create_app(office), raise_server_exceptions=False))
    return DeskLink(
        file,
        tmp_path / "data" / "outbox.db",
        clock=lambda: NOW,
        jitter=lambda: 0.0,
        connect=lambda one: DeskClient(one.url, one.token, transport=transport),
    )


@pytest.fixture
def asked(office):
    """A request of this device, promised for Wednesday at 9."""
    request = request_of(device=DEVICE)
    assert office.desk.receive(request).promise.slot.span.begins == PROMISED
    return request.id


@pytest.fixture
def case(office, asked):
    """How the request's case stands."""
    return lambda: office.desk.queue.case(office.sent.find(asked, device=DEVICE).case_id)


def begins(windows):
    return [f"{window.begins:%d %H:%M}" for window in windows]


def fill(office, text):
    """Take all seats of a time."""
    for n in range(office.desk.plan.seats("general")):
        other = office.desk.receive(request_of(phone=f"090-1111-{n:04}"))
        assert office.desk.promise(other.case_id, tokyo(text), by="test").slot.span.begins == tokyo(text)


def test_the_next_free_times_beside_the_promised_one(promises, asked):
    assert begins(promises.offers(asked, None)) == ["25 09:30", "25 10:00", "25 10:30"]


def test_an_early_a_middle_and_a_late_time_within_a_wish(promises, asked):
    found = promises.offers(asked, wishes("2026-11-26T13:00", "2026-11-26T16:00"))
    assert begins(found) == ["26 13:00", "26 14:00", "26 15:30"]


def test_others_where_nobody_is_there_then(promises, asked):
    found = promises.offers(asked, wishes("2026-11-28T10:00", "2026-11-28T12:00"))  # a Saturday
    assert begins(found) == ["24 11:00", "24 11:30", "24 13:00"]


def test_of_wishes_outside_the_hours_the_desk_is_not_asked(promises, asked):
    assert promises.offers(asked, wishes("2026-11-26T20:00", "2026-11-26T21:00", outside_hours=True)) == ()


def test_a_call_is_moved(promises, asked, case, office):
    assert promises.choose(asked, slot("2026-11-26T14:00")) == Moved(promise=slot("2026-11-26T14:00"))
    assert case().promise.slot.span.begins == tokyo("2026-11-26T14:00")
    assert office.journal.latest(action="promised")[0].actor == f"device:{DEVICE}"


@pytest.mark.parametrize("text", ["2026-11-26T14:00", "2026-11-26T12:15", "2026-11-28T10:00", "2030-01-07T10:00"])
def test_a_time_that_is_taken_or_none_of_the_desks_moves_nothing(promises, asked, case, office, text):
    fill(office, "2026-11-26T14:00")
    found = promises.choose(asked, slot(text))
    assert isinstance(found, Taken)
    assert len(found.offers) == 3
    assert case().promise.slot.span.begins == PROMISED


def test_a_request_is_withdrawn_and_that_again_is_no_harm(promises, asked, case):
    assert promises.withdraw(asked) is True
    closed = case()
    assert (closed.close_reason, closed.promise) == ("withdrawn", None)
    assert promises.withdraw(asked) is True
    assert case() == closed


def test_a_closed_case_is_not_moved(promises, asked, case, office):
    office.desk.close(case().id, reason="satisfied", by="sato")
    closed = case()
    assert promises.offers(asked, None) == ()
    assert not isinstance(promises.choose(asked, slot("2026-11-26T14:00")), Moved)
    assert case() == closed


def test_whether_the_desk_has_done_with_a_case(promises, asked, case, office):
    assert promises.is_finished(asked) is False
    office.desk.close(case().id, reason="satisfied", by="sato")
    assert promises.is_finished(asked) is True
    assert promises.is_finished(uuid4()) is False


def test_of_what_was_erased_no_call_comes(promises, asked, office):
    office.erasure.erase("+819012345678", "admin", NOW)
    assert promises.is_finished(asked) is True


def test_what_was_erased_is_withdrawn_and_not_moved(promises, asked, case, office):
    office.erasure.erase("+819012345678", "admin", NOW)
    assert promises.offers(asked, None) == ()
    assert not isinstance(promises.choose(asked, slot("2026-11-26T14:00")), Moved)
    assert promises.withdraw(asked) is True


@pytest.mark.parametrize("device", ["box-2", None])
def test_of_others_requests_nothing_is_told_and_nothing_changed(promises, office, device):
    request_id = uuid4()
    if device:
        case_id = office.desk.receive(request_of(id=str(request_id), device=device)).case_id
    assert promises.offers(request_id, None) is None
    assert promises.choose(request_id, slot("2026-11-26T14:00")) is None
    assert promises.withdraw(request_id) is False
    if device:
        case = office.desk.queue.case(case_id)
        assert (case.closed_at, case.promise.slot.span.begins) == (None, PROMISED)


def test_a_customer_of_a_tier_is_offered_what_others_are_not(promises, asked, office):
    wished = wishes("2026-11-24T10:00", "2026-11-24T12:00")
    assert begins(promises.slots(wished, Matter(phone=PHONE))) == ["24 11:00", "24 11:30"]
    office.customers.change_for(PHONE, Change(tier="priority"), by="sato", now=NOW)
    assert begins(promises.slots(wished, Matter(phone=PHONE))) == ["24 10:00", "24 10:30", "24 11:30"]
    assert begins(promises.slots(wished, Matter())) == ["24 11:00", "24 11:30"]
