"""The desk of conversations in its own process."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from intents.callback_form import Form
from intents.name_slot import NameHeard
from intents.news import CallNews, Rating
from intents.transcripts import typed
from intents.when import when_in
from intents.when_types import TOKYO, Window
from server.errors import StoreUnavailable
from server.plan_table import shipped_settings
from tests.callback_samples import SetClock, request_of
from tests.desk_office import open_desk
from voice.desk_calls import Matter
from voice.desk_direct import DirectDesk, office_of
from voice.desk_times import SLOTS_TOLD, spread

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=TOKYO)  # a Wednesday


class Away:
    """Any part of an office whose database went away."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise StoreUnavailable("the database is away")


@pytest.fixture
def office(tmp_path):
    office = open_desk(tmp_path / "desk", SetClock(NOW))
    yield office
    office.close()


@pytest.fixture
def desk(office):
    return DirectDesk(office, "browser")


def wishes(desk, text):
    return when_in(typed(text), now=NOW, office=desk.setting(lambda: NOW).office)


def test_it_offers_an_early_a_middle_and_a_late_time_within_the_wish(desk):
    offered = desk.slots(wishes(desk, "明日の午後"), Matter())
    assert len(offered) == SLOTS_TOLD
    assert [slot.begins for slot in offered] == sorted(slot.begins for slot in offered)
    assert {slot.begins.astimezone(TOKYO).date() for slot in offered} == {(NOW + timedelta(days=1)).date()}
    assert all(slot.begins.astimezone(TOKYO).hour >= 12 for slot in offered)


def test_a_desk_that_is_away_says_so(office, caplog):
    office.desk.queue = Away()
    away = DirectDesk(replace(office, sent=Away()), "browser")
    assert away.slots(wishes(away, "明日の午後"), Matter()) is None
    assert away.offers(uuid4(), None) is None
    assert away.choose(uuid4(), Window(begins=NOW, ends=NOW + timedelta(minutes=30))) is None
    assert away.withdraw(uuid4()) is False
    assert caplog.text.count("the desk cannot say") == 4


def test_a_case_that_was_closed_just_now_is_not_said_to_be_moved(desk, office):
    request = request_of(device="browser")
    office.desk.close(office.desk.receive(request).case_id, reason="satisfied", by="sato")
    (slot,) = desk.slots(wishes(desk, "明日の午後"), Matter())[:1]
    assert desk.choose(request.id, slot) is None


def test_a_request_that_cannot_be_made_is_not_stored_nor_quoted(desk, caplog):
    name = NameHeard(reading="ヤマダハナコ", written="山田花子")
    assert desk.store(Form(consent="はい", name=name), Matter()) is None  # no number
    assert caplog.records
    assert "山田" not in caplog.text


def test_who_speaks_at_a_browser_is_nobody_it_knows(desk):
    assert desk.news() == ()
    assert desk.remember(None, None) is False
    assert desk.forget() is True
    desk.note_told(uuid4(), CallNews(state="waiting"))
    desk.rate(uuid4(), Rating.NO)
    assert desk.delivered(uuid4(), 0.0) is None


@pytest.mark.parametrize(("count", "places"), [(0, []), (2, [0, 1]), (3, [0, 1, 2]), (10, [0, 4, 9])])
def test_what_is_offered_lies_evenly(count, places):
    windows = [Window(begins=NOW + timedelta(hours=n), ends=NOW + timedelta(hours=n + 1)) for n in range(count)]
    assert list(spread(windows)) == [windows[place] for place in places]


def test_it_knows_the_desks_hours():
    office = office_of(shipped_settings().plan)
    assert office.week
    assert office.horizon_days > 0
