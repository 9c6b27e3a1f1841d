"""The desk's hours on the device: asked for, kept, believed only when they make sense."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import httpx
import pytest

from intents.callback import Form, Stage, Wanted, take
from intents.transcripts import typed
from intents.when import when_in
from intents.when_types import DEFAULT_OFFICE, TOKYO, Wishes
from server.client import DeskClient
from server.desk_hours import DeskHours
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.desk_link import DeskLink
from voice.desk_office import FILE, DeskOffice, office_of

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)  # Tuesday
SATURDAY = date(2026, 11, 28)
HOURS = {
    "weekdays": [
        {"weekday": 1, "opens": "09:00", "closes": "12:00"},
        {"weekday": 5, "opens": "13:00", "closes": "20:00"},
        {"weekday": 6, "opens": "13:00", "closes": "20:00"},
    ],
    "closed": ["2026-12-05"],
    "slot_minutes": 30,
    "horizon_days": 30,
}


class Desk:
    def __init__(self, body=HOURS, status=200):
        self.body, self.status, self.asked = body, status, 0

    def __call__(self, asked):
        if asked.url.path != "/hours":
            return httpx.Response(204)
        self.asked += 1
        return httpx.Response(self.status, json=self.body)


def client(desk):
    return DeskClient("http://desk.test", "kd_x", transport=httpx.MockTransport(desk))


def wished(text, office):
    found = when_in(text, now=NOW, office=office)
    assert isinstance(found, Wishes)
    return found.windows


def test_the_desks_saturday_is_open_and_its_closed_days_are_known(tmp_path):
    office = DeskOffice(tmp_path / FILE, lambda: NOW)
    assert office.office is DEFAULT_OFFICE
    assert wished("土曜の午後", office.office)[0].outside_hours
    with client(Desk()) as there:
        office.ask(there)
    again = DeskOffice(tmp_path / FILE, lambda: NOW).office  # the device was started anew, and is offline
    for known in (office.office, again):
        (window, *_) = wished("土曜の午後", known)
        assert (window.begins.date(), window.outside_hours) == (SATURDAY, False)
        assert wished("12月5日の午後", known)[0].outside_hours
        assert known.horizon_days == 30


def test_behind_what_the_desk_said_public_holidays_are_closed():
    office = office_of(DeskHours.from_wire(HOURS), NOW.date())
    new_year = date(2027, 1, 1)
    assert office.why_closed(new_year) == "元日"
    known = office_of(DeskHours.from_wire(HOURS | {"horizon_days": 60}), NOW.date())
    assert known.why_closed(new_year) is None  # the desk knows better


@pytest.mark.parametrize(
    "kept",
    [b"", b"[]", b"{", b"\xff\xfe", b'{"weekdays": 7}', json.dumps(HOURS).encode(), json.dumps(HOURS | {"asked_on": "x", "weekdays": []}).encode()],
)  # fmt: skip
def test_what_is_no_file_of_hours_changes_nothing(tmp_path, kept):
    (tmp_path / FILE).write_bytes(kept)
    assert DeskOffice(tmp_path / FILE, lambda: NOW).office is DEFAULT_OFFICE


@pytest.mark.parametrize("desk", [Desk({"weekdays": "x"}), Desk(status=404), Desk(status=500), Desk({"hello": 1})])
def test_what_is_no_answer_changes_nothing(tmp_path, desk):
    office = DeskOffice(tmp_path / FILE, lambda: NOW)
    with client(desk) as there:
        office.ask_sometimes(there)
        office.ask_sometimes(there)
    assert desk.asked == 1  # not again at once
    assert office.office is DEFAULT_OFFICE
    assert not (tmp_path / FILE).exists()


def test_a_desk_nobody_has_set_up_is_not_believed(tmp_path):
    office = DeskOffice(tmp_path / FILE, lambda: NOW)
    with client(Desk(HOURS | {"weekdays": []})) as there:
        office.ask(there)
    assert office.office is DEFAULT_OFFICE


def test_a_full_disk_loses_it_only_for_the_next_start(tmp_path):
    office = DeskOffice(tmp_path / FILE / "no folder", lambda: NOW)
    (tmp_path / FILE).write_text("in the way")
    with client(Desk()) as there:
        office.ask(there)
    assert office.office.horizon_days == 30


def test_a_conversation_goes_by_the_desks_hours(tmp_path):
    """Through the link and its thread: fetched at the start, 「土曜の午後」 is a time like any other."""
    desk, file = Desk(), EnrolmentFile(tmp_path / "desk-device.json")
    with file.writing() as keep:
        keep(Enrolment(url="http://desk.test", id="box-1", token="kd_secret"))
    link = DeskLink(file, tmp_path / "outbox.db", clock=lambda: NOW, jitter=lambda: 0.0, connect=lambda _: client(desk))
    until = datetime.now(TOKYO) + timedelta(seconds=20)
    with link:
        while link.setting(lambda: NOW).office is DEFAULT_OFFICE and datetime.now(TOKYO) < until:
            pass
        setting = link.setting(lambda: NOW)
    step = take(Form(stage=Stage.WHEN), typed("土曜の午後"), setting)
    assert step.wanted is Wanted.SLOTS
    closed = take(Form(stage=Stage.WHEN), typed("12月5日の午後"), setting)
    assert closed.wanted is Wanted.NOTHING
    assert (
        take(Form(stage=Stage.WHEN), typed("土曜の午後"), replace(setting, office=DEFAULT_OFFICE)).wanted
        is Wanted.NOTHING
    )
