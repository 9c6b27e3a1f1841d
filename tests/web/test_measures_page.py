"""The page of measures and the figures for Prometheus."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from server.app import create_app
from server.attempts import Attempt, CallOutcome, Resolution
from server.web.metrics import KeptPromises
from tests.callback_samples import request_of

HERE = ("127.0.0.1", 50_000)
ELSEWHERE = ("203.0.113.5", 50_000)


@pytest.fixture
def called(office, clock):
    """Take a request in and reach the customer within the promised slot; the case."""
    case_id = office.desk.receive(request_of()).case_id  # promised for tomorrow, nine o'clock
    clock.pass_time(hours=23, minutes=10)
    outcome = {"outcome": CallOutcome.REACHED, "resolution": Resolution.SATISFIED}
    office.desk.settle(case_id, Attempt(id=uuid4(), agent="sato", dialled_at=clock(), rang_at=clock(), **outcome))
    clock.pass_time(hours=1)
    return case_id


def figure(text, name):
    return re.sub(r"<[^>]+>|\s+", " ", re.search(rf'aria-labelledby="m-{name}">(.*?)</section>', text, re.DOTALL)[1])


def test_without_data_it_says_so_and_never_zero_percent(log_in):
    text = log_in("sato").get("/measures").text
    for name in (
        "kept",
        "first",
        "safety",
        "resolution",
        "contact",
        "csat",
        "reach",
        "outcomes",
        "resolutions",
        "reasons",
    ):
        assert "データなし" in figure(text, name), name
    assert "%" not in re.sub(r"<[^>]+>", "", text)


@pytest.mark.usefixtures("called")
def test_a_kept_promise_is_shown_with_its_definition(log_in):
    text = log_in("viewer").get("/measures?days=7").text
    kept = figure(text, "kept")
    assert "100.0%" in kept
    assert "約束1件のうち1件" in kept
    assert "守れた約束 ÷" in kept
    assert "23時間10分" in figure(text, "first")
    assert "うち1件は、終了から7日たっていないため暫定です" in figure(text, "contact")
    assert "9時台" in figure(text, "reach")
    assert '<rect x="8" y="30.0" width="40" height="100.0"' in text
    assert not re.search(r"<script(?! src)|style=|onclick", text)


def test_late_cases_are_one_step_away(office, log_in, clock):
    office.desk.receive(request_of())
    assert "/queue?state=late" not in log_in("sato").get("/measures").text
    clock.pass_time(days=2)
    late = figure(text := log_in("sato").get("/measures").text, "late")
    assert "1件" in late
    assert "/queue?state=late" in text


@pytest.mark.usefixtures("called")
def test_a_period_of_ones_own(log_in):
    mine = log_in("sato")
    assert "100.0%" in figure(mine.get("/measures?first=2026-11-25&last=2026-11-25").text, "kept")
    assert "データなし" in figure(mine.get("/measures?first=2026-11-01&last=2026-11-20").text, "kept")


@pytest.mark.parametrize(
    "asked",
    ["first=2026-11-25&last=2026-11-01", "first=2026-11-25", "first=x&last=y", "first=0001-01-01&last=0001-01-01"],
)
def test_a_period_without_sense_is_said(log_in, asked):
    answer = log_in("sato").get(f"/measures?{asked}")
    assert answer.status_code == 422
    assert "期間を読み取れませんでした" in answer.text


def test_nobody_sees_measures_without_a_login(browser):
    assert browser.get("/measures").status_code == 303


def families(answer):
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


@pytest.mark.usefixtures("called")
def test_prometheus_reads_the_figures(app, office):
    office.desk.receive(request_of(topic="another", phone="090-9999-8888", urgency="safety"))
    answer = TestClient(app, client=HERE).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found = families(answer)
    values = {
        (sample.name, *sample.labels.values()): sample.value for family in found.values() for sample in family.samples
    }
    assert values["koemado_cases_open",] == 1
    assert values["koemado_cases_safety_open",] == 1
    assert values["koemado_calls_24h", "reached"] == 1
    assert values["koemado_calls_24h", "busy"] == 0
    assert values["koemado_resolutions_24h", "satisfied"] == 1
    assert values["koemado_promises_kept_ratio_7d",] == 1.0
    assert values["process_resident_memory_bytes",] > 0
    assert all(family.documentation for family in found.values())
    ours = "\n".join(line for line in answer.text.splitlines() if "koemado" in line)
    assert ours
    for word in ("山田", "8888", "9999", "yamada", "refund"):
        assert word not in ours


def test_without_promises_there_is_no_ratio(app):
    found = families(TestClient(app, client=HERE).get("/metrics"))
    assert found["koemado_promises_kept_ratio_7d"].samples == []
    assert [sample.value for sample in found["koemado_promises_due_7d"].samples] == [0]


def test_two_desks_in_one_process_do_not_meet(app):
    asking = TestClient(app, client=HERE)
    assert [asking.get("/metrics").status_code for _ in range(2)] == [200, 200]


def test_only_this_machine_may_ask_without_a_token(app):
    assert TestClient(app, client=ELSEWHERE).get("/metrics").status_code == 403
    passed_on = TestClient(app, client=HERE).get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"})
    assert passed_on.status_code == 403
    guess = TestClient(app, client=ELSEWHERE).get("/metrics", headers={"Authorization": "Bearer "})
    assert guess.status_code == 403


def test_a_token_opens_it_from_elsewhere(office):
    listening = office.settings.listening.model_copy(update={"metrics_token": "let-me-see"})
    asking = TestClient(
        create_app(replace(office, settings=office.settings.model_copy(update={"listening": listening}))),
        client=ELSEWHERE,
    )
    refused = asking.get("/metrics")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert asking.get("/metrics", headers={"Authorization": "Bearer guess"}).status_code == 401
    assert asking.get("/metrics", headers={"Authorization": "Bearer let-me-see"}).status_code == 200


def test_the_promises_are_counted_once_a_minute(app, office, clock):
    kept = KeptPromises(office)
    before = kept.at(clock())
    case = office.desk.receive(request_of(topic="one-more", phone="03-1234-9876"))
    clock.now = case.promise.slot.span.ends + timedelta(minutes=1)
    seconds = clock.now
    after = kept.at(seconds)
    assert after.whole == before.whole + 1
    office.desk.close(case.case_id, reason="withdrawn", by="sato")
    assert kept.at(seconds + timedelta(seconds=59)) is after
    assert kept.at(seconds + timedelta(seconds=60)) is not after
    assert kept.at(seconds - timedelta(days=1)) is not after  # a clock set back
