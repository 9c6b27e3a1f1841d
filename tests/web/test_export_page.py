"""Files for a spreadsheet, and the list on paper."""

import csv
import io
import re
from datetime import timedelta

import pytest

from server.web.export_page import guarded
from tests.callback_samples import request_of

PERIOD = {"first": "2026-11-01", "last": "2026-11-30"}


def table(answer):
    assert answer.content.startswith("\ufeff".encode())
    assert b"\r\n" in answer.content
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_lead_takes_out_the_cases(office, log_in):
    case_id = office.desk.receive(request_of()).case_id
    office.desk.claim(case_id, "sato")
    answer = log_in("lead").post("/export/cases.csv", data=PERIOD)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = table(answer)
    assert row == {
        "案件番号": str(case_id),
        "受付日時": "2026-11-24 10:00",
        "ご用件": "refund",
        "緊急度": "通常",
        "お名前": "山田 花子",
        "よみ": "ヤマダ ハナコ",
        "電話番号": "090-1234-5678",
        "お約束の日時": "2026-11-25 09:00",
        "担当者": "佐藤",
        "お電話の回数": "0",
        "最後の通話の結果": "",
        "お話しした結果": "",
        "終了日時": "",
        "終了の理由": "",
        "お客様の評価": "",
        "お客様の区分": "",
        "ご希望の連絡方法": "",
        "お呼びかけ": "",
        "後日おうかがいする同意": "",
    }


def test_the_file_is_named_as_it_is_registered(office, log_in):
    case_id = office.desk.receive(request_of()).case_id
    mine = log_in("lead")
    answer = mine.post("/export/cases.csv", data=PERIOD)
    (export,) = office.exports.latest()
    name = f"koemado-cases-{export.id}.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert (export.actor, export.rows) == ("lead", 1)
    assert [case.id for case in office.exports.cases(export.id)] == [case_id]
    assert name in mine.get("/export").text
    line = office.journal.latest(limit=1)[0]
    assert (line.action, line.detail["export"]) == ("exported", str(export.id))


def test_which_cases_and_which_days(office, log_in, clock):
    done = office.desk.receive(request_of()).case_id
    office.desk.close(done, reason="withdrawn", by="sato")
    waiting = office.desk.receive(request_of(topic="other")).case_id
    mine = log_in("lead")

    def ids(**form):
        return {row["案件番号"] for row in table(mine.post("/export/cases.csv", data=PERIOD | form))}

    assert ids() == {str(done), str(waiting)}
    assert ids(which="open") == {str(waiting)}
    assert ids(which="closed") == {str(done)}
    assert ids(last="2026-11-23") == set()
    assert ids(first="2026-11-24", last="2026-11-24") == {str(done), str(waiting)}


def test_a_name_is_never_a_formula(office, log_in):
    office.desk.receive(request_of(customer_name='=HYPERLINK("http://evil.example","x")', phone="+1 650-253-0000"))
    (row,) = table(log_in("lead").post("/export/cases.csv", data=PERIOD))
    assert row["お名前"].startswith("'=HYPERLINK")
    assert row["電話番号"] == "'+1 650-253-0000"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "＝1", "＠x"])
def test_what_a_spreadsheet_would_compute_is_guarded(cell):
    assert guarded(cell) == f"'{cell}"
    assert guarded(f"x{cell}") == f"x{cell}"


@pytest.mark.parametrize("login", ["sato", "viewer"])
def test_who_may_not_take_data_out(office, log_in, login):
    mine = log_in(login)
    assert mine.get("/export").status_code == 403
    assert mine.post("/export/cases.csv", data=PERIOD).status_code == 403
    assert office.exports.latest() == ()


def test_a_form_of_another_site_takes_nothing_out(office, log_in):
    assert log_in("lead").post("/export/cases.csv", data=PERIOD, headers={"X-CSRF-Token": "x"}).status_code == 403
    assert office.exports.latest() == ()


@pytest.mark.parametrize("wrong", [{"first": "2026-12-01"}, {"first": "x"}, {"last": "9999-12-31"}])
def test_days_that_make_no_sense(office, log_in, wrong):
    answer = log_in("lead").post("/export/cases.csv", data=PERIOD | wrong)
    assert answer.status_code == 422
    assert "期間を読み取れませんでした" in answer.text
    assert office.exports.latest() == ()


def printed(answer):
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr>(.*?)</tr>", answer.text, re.S)]


def window(clock, hours):
    begins = clock.now + timedelta(hours=hours)
    return [{"begins": begins.isoformat(), "ends": (begins + timedelta(hours=2)).isoformat()}]


def test_the_paper_lists_who_must_be_called_until_this_evening(office, log_in, clock):
    office.desk.receive(request_of(topic="today", windows=window(clock, 4)))
    office.desk.receive(request_of(topic="sooner", windows=window(clock, 3)))
    office.desk.receive(request_of(topic="tomorrow", windows=window(clock, 24)))
    office.desk.receive(request_of(topic="danger", urgency="safety", windows=window(clock, 30)))
    done = office.desk.receive(request_of(topic="done", windows=window(clock, 4))).case_id
    office.desk.close(done, reason="withdrawn", by="sato")
    answer = log_in("sato").get("/queue/print")
    lines = printed(answer)[1:]
    assert [re.search(r"5678 (\w+)", line)[1] for line in lines] == ["danger", "sooner", "today"]
    assert "山田 花子 様 ヤマダ ハナコ お呼びかけ: 山田様 090-1234-5678" in lines[1]
    assert answer.text.count('class="tick"') == 3
    assert office.journal.latest(limit=1)[0].detail == {"kind": "print", "rows": 3}


def test_the_paper_masks_as_the_list_does(office, log_in, clock):
    office.desk.receive(request_of(windows=window(clock, 3)))
    text = log_in("viewer").get("/queue/print").text
    assert "山＊＊ 様" in text
    assert "090-****-5678" in text
    assert "花子" not in text
    assert "ハナコ" not in text


def test_a_day_without_calls_says_so(log_in):
    assert "本日のお電話は、いまのところありません" in log_in("sato").get("/queue/print").text
