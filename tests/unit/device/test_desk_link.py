"""The device's side of the desk: what is sent, what is left out, and that nobody waits long for it."""

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from intents.callback_form import Setting, Wanted
from intents.news import CallNews, changes
from intents.when_types import TOKYO
from server.client import DeskClient
from server.deliveries import Arrived, Refused
from server.outbox import State as Kept
from server.spans import Span
from server.wire import parse_request
from tests.form_samples import FORM, MATTER, NOW
from voice import desk_link
from voice.desk_calls import carry_out
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_link import DeskLink

SETTING = Setting(now=lambda: NOW, desk_phone="03-1555-1234")


class Desk:
    """Answers as told; hangs when told so."""

    def __init__(self):
        self.status, self.free, self.received = 201, [], {}
        self.hangs = threading.Event()
        self.hangs.set()

    def __call__(self, asked):
        self.hangs.wait(10)
        if asked.url.path == "/slots":
            begins = asked.url.params["begins"]
            return httpx.Response(200, json={"slots": [pair(s) for s in self.free if begins[:10] in pair(s)["begins"]]})
        if asked.url.path != "/callbacks":
            return httpx.Response(401 if self.status == 401 else 204)
        if self.status not in (200, 201):
            return httpx.Response(self.status, json={"problems": [{"field": "request", "message": "bad"}]})
        sent = parse_request(asked.content)
        self.received[sent.id] = sent
        return httpx.Response(self.status, json={"id": str(sent.id), "promise": pair(SLOT), "offers": []})


def pair(span):
    return {"begins": span.begins.astimezone(TOKYO).isoformat(), "ends": span.ends.astimezone(TOKYO).isoformat()}


def span(day, hour, minute=0):
    begins = datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)
    return Span(begins, begins + timedelta(minutes=30))


SLOT = span(25, 15)


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.hangs.set()


@pytest.fixture
def enrolment(tmp_path):
    return EnrolmentFile(tmp_path / "data" / "desk-device.json")


def enrol(file):
    with file.writing() as keep:
        keep(Enrolment(url="http://desk.test", id="box-1", token="kd_secret"))


@pytest.fixture
def link(tmp_path, desk, enrolment):
    with DeskLink(
        enrolment,
        tmp_path / "data" / "outbox.db",
        clock=lambda: NOW,
        jitter=lambda: 0.0,
        connect=lambda one: DeskClient(one.url, one.token, transport=httpx.MockTransport(desk)),
    ) as link:
        yield link


def test_the_secret_is_the_owners_alone(enrolment, tmp_path):
    assert enrolment.read() is None
    enrol(enrolment)
    assert enrolment.read() == Enrolment(url="http://desk.test", id="box-1", token="kd_secret")
    (file,) = (tmp_path / "data").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert "kd_secret" not in repr(enrolment.read())


def test_without_enrolment_requests_are_kept_until_then(link, desk, enrolment):
    assert link.slots(FORM.wishes, MATTER) is None
    request_id = link.store(FORM, MATTER)
    assert link.delivered(request_id, 5) is None
    enrol(enrolment)
    assert link.delivered(request_id, 5) == Arrived(new=True, promise=SLOT)
    assert desk.received[request_id].device == "box-1"


def test_free_times_are_spread_over_each_wish(link, desk, enrolment):
    enrol(enrolment)
    desk.free = [*(span(25, hour) for hour in range(13, 16)), span(25, 13, 30), span(26, 14), span(26, 18)]
    found = link.slots(FORM.wishes, MATTER)
    assert [(one.begins.day, one.begins.hour, one.begins.minute) for one in found] == [
        (25, 13, 0), (25, 13, 30), (25, 15, 0), (26, 14, 0),
    ]  # fmt: skip
    assert found[0].begins.tzinfo is TOKYO


def test_a_desk_that_hangs_is_not_waited_for(link, desk, enrolment, monkeypatch):
    enrol(enrolment)
    monkeypatch.setattr(desk_link, "SLOTS_WAIT_S", 0.05)
    desk.hangs.clear()
    began = time.monotonic()
    assert link.slots(FORM.wishes, MATTER) is None
    assert link.delivered(link.store(FORM, MATTER), 0.05) is None
    assert time.monotonic() - began < 2


def test_a_desk_that_is_away_is_known_at_once(link, desk, enrolment):
    enrol(enrolment)
    desk.status = 503
    began = time.monotonic()
    assert link.delivered(link.store(FORM, MATTER), 30) is None
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(("status", "kept"), [(401, Kept.WAITING), (422, Kept.REJECTED)])
def test_what_is_said_of_a_request_that_did_not_arrive(link, desk, enrolment, status, kept, caplog):
    enrol(enrolment)
    desk.status = status
    step = carry_out(link, Wanted.STORE, FORM, MATTER, SETTING)
    said = "".join(spoken.text for spoken in step.says)
    assert [one.state for one in link.outbox().kept()] == [kept]
    assert "03-1555-1234" in said
    assert "これからお届けします" not in said
    assert ("お預かりしました" in said) is (kept is Kept.WAITING)
    assert "山田" not in caplog.text
    assert "9012345678" not in caplog.text


def test_who_was_refused_is_asked_for_again_and_sends_once_the_desk_knows_the_device(link, desk, enrolment):
    """A desk may be put back from a copy."""
    enrol(enrolment)
    desk.status = 401
    first = link.store(FORM, MATTER)
    assert link.delivered(first, 30) is None
    assert link.outbox().is_stopped()
    desk.status = 201
    second = link.store(FORM, MATTER)
    link.delivered(second, 30)
    until = time.monotonic() + 10
    while len(desk.received) < 2 and time.monotonic() < until:
        threading.Event().wait(0.02)
    assert {*desk.received} == {first, second}
    assert not link.outbox().is_stopped()


def test_an_outbox_that_cannot_be_opened_is_tried_again(link, tmp_path):
    (tmp_path / "data").write_text("in the way")
    assert link.store(FORM, MATTER) is None
    (tmp_path / "data").unlink()
    assert link.store(FORM, MATTER) is not None


def test_a_damaged_enrolment_keeps_requests(link, enrolment, tmp_path, caplog):
    enrol(enrolment)
    (tmp_path / "data" / "desk-device.json").write_text('{"token": "kd_secret"')
    request_id = link.store(FORM, MATTER)
    assert link.delivered(request_id, 1) is None
    assert "enrol this device anew" in caplog.text
    assert "kd_secret" not in caplog.text


def test_refused_by_the_desk_is_told_as_such(link, desk, enrolment):
    enrol(enrolment)
    desk.status = 422
    assert link.delivered(link.store(FORM, MATTER), 5) == Refused(status=0)


def test_what_the_desk_refuses_later_is_told_once(link, desk, enrolment):
    """Kept while the desk was away, refused when it was back: the customer had been told that it would be delivered."""
    enrol(enrolment)
    desk.status = 503
    request_id = link.store(FORM, MATTER)
    assert link.delivered(request_id, 5) is None
    assert link.news() == ()
    link.outbox().flush(lambda *_: Refused(status=422), at_once=True)
    (change,) = link.news()
    assert (change.id, change.before, change.after.state) == (request_id, None, "refused")
    (said,) = changes(change.before, change.after, NOW)
    assert "お届けできませんでした" in said.text
    assert "担当者" in said.text
    link.note_told(request_id, change.after)
    assert link.news() == ()


def test_refused_while_the_customer_was_there_is_told_only_then(link, desk, enrolment):
    enrol(enrolment)
    desk.status = 422
    carry_out(link, Wanted.STORE, FORM, MATTER, SETTING)
    assert link.news() == ()


def test_mended_afterwards_it_is_news_that_it_arrived():
    refused = CallNews(state="refused")
    assert "届いております" in "".join(one.text for one in changes(refused, CallNews(state="waiting"), NOW))


def test_without_enrolment_nothing_is_said_to_be_delivered(link, enrolment, caplog):
    assert not link.setting(lambda: NOW).connected
    step = carry_out(link, Wanted.STORE, FORM, MATTER, replace(SETTING, connected=False))
    said = "".join(spoken.text for spoken in step.says)
    assert "お預かりしました" in said
    assert "03-1555-1234" in said
    assert "届きましたら" not in said
    assert len(link.outbox().kept()) == 1
    logged = [one.message for when in ("setup", "call") for one in caplog.get_records(when)]
    assert len([one for one in logged if "not enrolled" in one]) == 1
    enrol(enrolment)
    assert link.setting(lambda: NOW).connected
