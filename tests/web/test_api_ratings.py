"""How satisfied a customer is, from the device to the pages of staff."""

import csv
import io
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from server.undoing import CHANGES_NOTHING
from tests.callback_samples import body

AT = "2026-11-24T10:30:00+09:00"


@pytest.fixture
def request_id(device):
    sent = body()
    assert device.post("/callbacks", json=sent).status_code == 201
    return sent["id"]


@pytest.fixture
def case_id(office, request_id):
    assert request_id
    (found,) = office.desk.queue.cases_of("+819012345678")
    return found


@pytest.fixture
def closed(office, case_id):
    office.desk.close(case_id, reason="satisfied", by="sato")
    return case_id


def rate(device, request_id, rating="yes", at=AT):
    return device.put(f"/callbacks/{request_id}/rating", json={"rating": rating, "at": at})


def answers_of(office, case_id):
    return [rated.rating for rated in office.ratings.of_case(case_id)]


def test_the_latest_answer_counts_and_is_written_down_once(device, office, request_id, closed):
    for rating in ("yes", "yes", "no", "no"):
        answer = rate(device, request_id, rating)
        assert (answer.status_code, answer.content) == (204, b"")
    assert answers_of(office, closed) == ["no"]
    lines = [line for line in office.journal.of_case(closed) if line.action == "rated"]
    assert [(line.actor, line.detail) for line in lines] == [
        ("device:box-1", {"rating": "no"}), ("device:box-1", {"rating": "yes"}),
    ]  # fmt: skip


def test_an_open_case_is_not_rated(device, office, request_id, case_id):
    refused = rate(device, request_id)
    assert refused.status_code == 409
    assert refused.json()["problems"][0]["field"] == "request"
    assert answers_of(office, case_id) == []


def test_only_who_sent_the_request_rates_it(device, app, enrolled, office, request_id, closed):
    other = TestClient(app, headers={"Authorization": f"Bearer {enrolled('box-2')}"})
    assert rate(other, request_id).status_code == 404
    assert rate(device, uuid4()).status_code == 404
    assert rate(TestClient(app), request_id).status_code == 401
    assert answers_of(office, closed) == []


@pytest.mark.parametrize("given", [
    {"rating": "maybe", "at": AT}, {"rating": "yes"}, {"rating": "yes", "at": "2026-11-24T10:30:00"}, {}, {"rating": "yes", "at": AT, "why": "x"},
])  # fmt: skip
@pytest.mark.usefixtures("closed")
def test_another_answer_is_refused(device, request_id, given):
    assert device.put(f"/callbacks/{request_id}/rating", json=given).status_code == 422


def test_each_voice_has_its_answer(device, office, request_id, closed, clock):
    office.desk.queue.reopen(closed, by="sato", now=clock())
    second = body()
    assert device.post("/callbacks", json=second).json()["joined"]
    office.desk.close(closed, reason="satisfied", by="sato")
    rate(device, request_id, "yes")
    clock.pass_time(minutes=1)
    rate(device, second["id"], "neither")
    assert answers_of(office, closed) == ["yes", "neither"]


def test_staff_see_it(device, request_id, closed, log_in):
    mine = log_in("lead")
    assert "お客様の評価" not in mine.get(f"/cases/{closed}").text
    rate(device, request_id, "neither")
    shown = re.sub(r"<[^>]+>|\s+", "", mine.get(f"/cases/{closed}").text)
    assert "お客様の評価:どちらでもない11月24日" in shown
    assert "お客様の評価を受付" in shown  # the history
    given = mine.post("/export/cases.csv", data={"first": "2026-11-01", "last": "2026-11-30"}).content
    (row,) = csv.DictReader(io.StringIO(given.decode("utf-8-sig")))
    assert row["お客様の評価"] == "どちらでもない"
    assert "どちらでもない" in log_in("admin").get("/journal?action=rated").text


def test_the_share_of_the_satisfied_stands_on_the_page_of_measures(device, office, log_in, clock):
    given = []
    for number, rating in enumerate(["yes", "yes", "no", "neither"]):
        sent = body(phone=f"090-1234-000{number}")
        case_id = UUID(device.post("/callbacks", json=sent).json()["case"])
        office.desk.close(case_id, reason="satisfied", by="sato")
        given.append(rate(device, sent["id"], rating).status_code)
    assert given == [204] * 4
    shown = re.sub(r"<[^>]+>|\s+", "", log_in("viewer").get("/measures").text)
    assert "50.0%お答え4件のうち2件" in shown
    assert "「満足」のお答え÷すべてのお答え" in shown
    clock.now += timedelta(days=30)
    assert "50.0%お答え" not in re.sub(r"<[^>]+>|\s+", "", log_in("viewer").get("/measures").text)


def test_an_erased_case_takes_no_answer(device, office, request_id, closed, clock):
    rate(device, request_id)
    receipt = office.erasure.erase("+819012345678", "admin", clock())
    assert receipt.counts["ratings"] == 1
    assert rate(device, request_id).status_code == 409
    assert answers_of(office, closed) == []


def test_a_rating_keeps_nobody_from_taking_a_slip_back():
    assert "rated" in CHANGES_NOTHING
