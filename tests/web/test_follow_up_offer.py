"""A follow-up offered, ticked beforehand, on the form that ends a case of a repair or a purchase."""

import re
from uuid import uuid4

import pytest

from server.follow_ups import AFTER, Occasion
from server.web.follow_up_offer import offered
from tests.callback_samples import request_of


@pytest.fixture
def case_id(office):
    return office.desk.receive(request_of(topic="repair-status", phone="090-1234-0123")).case_id


def ended(mine, case_id, **fields):
    data = {"id": str(uuid4()), "outcome": "reached", "resolution": "satisfied"} | fields
    mine.post(f"/cases/{case_id}/claim")
    for _ in range(2):  # a double click
        assert mine.post(f"/cases/{case_id}/calls", data=data).status_code == 303


def tick(text):
    found = re.search(r'<input type="checkbox" name="follow_up"[^>]*>', text)
    return found[0] if found else ""


def test_it_is_ticked_and_planned_once(log_in, office, clock, case_id):
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    text = mine.get(f"/cases/{case_id}").text
    assert " checked" in tick(text)
    assert "修理の2週間後" in text
    ended(mine, case_id, follow_up="true")
    (planned,) = office.follow_ups.of_case(case_id)
    assert (planned.occasion, planned.topic, planned.due_at) == (Occasion.REPAIR, "repair-status", clock() + AFTER)
    assert offered(office, office.desk.queue.case(case_id)) is None  # planned already


@pytest.mark.parametrize(
    "fields", [{}, {"follow_up": "true", "resolution": "passed_on"}, {"follow_up": "true", "outcome": "no_answer"}]
)
def test_nothing_is_planned_without_the_tick_or_where_nothing_was_solved(log_in, office, case_id, fields):
    ended(log_in("sato"), case_id, **fields)
    assert office.follow_ups.of_case(case_id) == ()


def test_who_takes_the_result_back_takes_it_back_too(log_in, office, case_id):
    mine = log_in("sato")
    ended(mine, case_id, follow_up="true")
    line = re.search(r'name="line" value="(\d+)"', mine.get("/queue").text)[1]
    assert mine.post("/undo", data={"line": line}).status_code == 303
    assert office.desk.queue.case(case_id).closed_at is None
    assert office.follow_ups.of_case(case_id) == ()


def test_other_topics_offer_nothing(log_in, office):
    case_id = office.desk.receive(request_of(topic="repairman", phone="090-1234-0123")).case_id
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    assert not tick(mine.get(f"/cases/{case_id}").text)
    ended(mine, case_id, follow_up="true")  # a form of somebody's own
    assert office.follow_ups.of_case(case_id) == ()


def test_automatic_plans_without_a_tick(log_in, office, case_id, monkeypatch):
    assert not office.settings.follow_ups.automatic  # unless the desk says so
    monkeypatch.setitem(vars(office.settings.follow_ups), "automatic", True)
    mine = log_in("sato")
    mine.post(f"/cases/{case_id}/claim")
    text = mine.get(f"/cases/{case_id}").text
    assert not tick(text)
    assert "解決で終わると、修理の2週間後" in text
    ended(mine, case_id)
    assert len(office.follow_ups.of_case(case_id)) == 1
