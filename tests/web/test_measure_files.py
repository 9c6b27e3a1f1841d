"""Measures as files, the cases behind a figure, and lines that show each day."""

import csv
import re
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest

from server.attempts import Attempt, CallOutcome, Resolution
from server.nightly import NAMES
from server.work.days import keep_days
from tests.callback_samples import request_of

DAYS = "first=2026-11-20&last=2026-11-27"


@pytest.fixture
def lived(office, clock):
    """Two customers: one reached in time and satisfied, one whose promise was missed; then two nights."""
    cases = [office.desk.receive(request_of(phone=f"090-1111-000{n}", topic=f"t{n}")).case_id for n in range(2)]
    clock.pass_time(hours=23, minutes=10)
    outcome = {"outcome": CallOutcome.REACHED, "resolution": Resolution.SATISFIED}
    office.desk.settle(cases[0], Attempt(id=uuid4(), agent="sato", dialled_at=clock(), rang_at=clock(), **outcome))
    for _ in range(2):
        clock.pass_time(days=1)
        keep_days(office, now=clock())
    return cases


@pytest.mark.usefixtures("lived")
def test_page_json_and_csv_say_the_same(log_in):
    mine = log_in("viewer")
    told = mine.get(f"/measures.json?{DAYS}").json()
    assert told["figures"]["kept"] == {"part": 1, "whole": 2}
    assert told["targets"]["kept"] == 0.98
    assert [day["day"] for day in told["days"]] == ["2026-11-24", "2026-11-25", "2026-11-26"]
    assert told["days"][1]["figures"]["kept"] == {"part": 1, "whole": 2}
    answer = mine.get(f"/measures.csv?{DAYS}")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 4 * len(NAMES)
    kept = {row["day"]: (row["part"], row["whole"], row["value"]) for row in rows if row["measure"] == "kept"}
    assert kept == {
        "period": ("1", "2", "0.5"),
        "2026-11-24": ("0", "0", ""),
        "2026-11-25": ("1", "2", "0.5"),
        "2026-11-26": ("0", "0", ""),
    }
    text = mine.get(f"/measures?{DAYS}").text
    assert "50.0%" in re.search(r'id="m-kept">(.*?)</section>', text, re.DOTALL)[1]
    assert "あと48.0ポイント" in text


@pytest.mark.parametrize("file", ["measures.json", "measures.csv"])
def test_a_period_without_sense_makes_no_file(log_in, browser, file):
    assert log_in("viewer").get(f"/{file}?first=2026-11-25&last=2026-11-01").status_code == 422
    assert browser.get(f"/{file}").status_code == 303


def test_the_cases_behind_a_figure(log_in, lived):
    mine = log_in("sato")
    page = mine.get(f"/measures?{DAYS}").text
    link = re.search(r'href="(/measures/cases\?name=kept&amp;group=missed[^"]*)"', page)[1].replace("&amp;", "&")
    text = mine.get(link).text
    assert f"/cases/{lived[1]}" in text
    assert f"/cases/{lived[0]}" not in text
    assert "守れなかった約束" in text
    assert "この中に数えたのは1件" in text
    satisfied = mine.get(f"/measures/cases?name=resolutions&group=satisfied&{DAYS}").text
    assert f"/cases/{lived[0]}" in satisfied
    assert "090-1111" not in log_in("viewer").get(link).text  # who may not see numbers does not see them here


@pytest.mark.parametrize("asked", ["name=kept&group=nothing", "name=outcomes&group=../etc"])
def test_a_group_nothing_is_in_is_empty(log_in, asked):
    assert "案件はありません" in log_in("sato").get(f"/measures/cases?{asked}").text


def test_a_figure_that_does_not_exist_has_no_cases(log_in):
    assert log_in("sato").get("/measures/cases?name=nothing&group=x").status_code == 404


def test_each_measure_has_its_days_as_a_line_and_as_a_table(office, log_in, clock):
    for n in range(3):
        day = clock().date() - timedelta(days=3 - n)
        office.nightly.keep(day, {"kept": {"part": n, "whole": 2}}, now=clock())
    text = log_in("viewer").get("/measures?days=7").text
    kept = re.search(r'id="m-kept">(.*?)</section>', text, re.DOTALL)[1]
    points = re.search(r'<polyline points="([^"]*)"', kept)[1].split()
    assert [point.split(",")[1] for point in points] == ["90.0", "45.0", "0.0"]
    assert 'role="img" aria-label="守れた約束の' in kept
    assert '<td class="num">50.0%</td>' in kept
    assert not re.search(r"<script(?! src)|style=|onclick", text)


@pytest.fixture
def told(office, lived):
    return office


@pytest.mark.usefixtures("told")
class TestWorth:
    def test_it_is_computed_from_the_desks_own_figures(self, office, log_in, lived, clock):
        office.desk.queue.close(lived[1], reason="unreachable", by="sato", now=clock())
        text = log_in("viewer").get("/worth?days=73").text
        assert "声を寄せた2件のうち、ご満足1件、落ち着かれただけ0件、未解決1件" in text
        assert "<b>100人</b>" in text  # ten told a year, one of ten tells
        assert "この前提で保存する" not in text

    def test_moving_a_slider_changes_the_answer_and_nothing_else(self, office, log_in):
        mine = log_in("lead")
        part = mine.get("/worth?days=73&told=50&wish_satisfied=10", headers={"HX-Request": "true"}).text
        assert "50%</output>" in part
        assert "失わずにすむ価値" in part
        assert "<html" not in part
        assert office.assumptions.current().by is None

    def test_a_lead_saves_the_assumptions(self, office, log_in):
        answer = log_in("lead").post("/worth", data={"told": "12.5", "value_yen": "30000", "days": "30"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/worth?days=30")
        assert (office.assumptions.current().values.told, office.assumptions.current().by) == (12.5, "lead")
        assert "高橋さんが" in log_in("viewer").get("/worth").text
        assert log_in("sato").post("/worth", data={"told": "50"}).status_code == 403

    @pytest.mark.parametrize("wrong", ["told=0", "told=abc", "told=nan", "value_yen=-1", "told="])
    def test_what_makes_no_sense_is_said_and_left_out(self, log_in, wrong):
        answer = log_in("lead").get(f"/worth?{wrong}")
        assert answer.status_code == 200
        assert "読み取れない数字がありました" in answer.text


def test_without_anybody_who_told_it_says_so(log_in):
    assert "まだ数えられません" in log_in("viewer").get("/worth").text
