"""Staff see an extension beside the number on the case page, on paper and in the file; locked as the number is."""

import csv
import io

from sqlalchemy import select

from server.store.inserting import core
from server.store.models import RequestRow
from tests.callback_samples import request_of

PHONE = "03-3456-7890"
TODAY = {"begins": "2026-11-24T14:00:00+09:00", "ends": "2026-11-24T16:00:00+09:00"}


def test_an_extension_is_shown_where_the_number_is(office, log_in):
    case_id = office.desk.receive(request_of(phone=PHONE, extension="123", windows=[TODAY])).case_id
    other = office.desk.receive(request_of(phone="090-1234-5678", topic="hours")).case_id
    mine = log_in("sato")
    assert "内線" not in mine.get(f"/cases/{case_id}").text
    mine.post(f"/cases/{case_id}/claim")
    assert "内線123" in mine.get(f"/cases/{case_id}").text
    mine.post(f"/cases/{other}/claim")
    assert "内線" not in mine.get(f"/cases/{other}").text
    lead = log_in("lead")
    assert "内線123" in lead.get("/queue/print").text
    answer = lead.post("/export/cases.csv", data={"first": "2026-11-01", "last": "2026-11-30"})
    rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert {row["電話番号"] for row in rows} == {"03-3456-7890 内線123", "090-1234-5678"}


def test_it_is_kept_locked_with_the_number_and_erased_with_it(office):
    kept = request_of(phone=PHONE, extension="73519")
    case_id = office.desk.receive(kept).case_id
    assert office.desk.queue.case(case_id).requests[0].request.extension == "73519"
    assert office.desk.receive(request_of(phone=PHONE)).case_id == case_id  # one customer, with or without it
    with office.engine.connect() as connection:
        columns = core(RequestRow)
        rows = connection.execute(select(columns)).all()
        assert b"73519" not in b"".join(cell for row in rows for cell in row if isinstance(cell, bytes))
        assert "73519" not in "".join(cell for row in rows for cell in row if isinstance(cell, str))
    office.erasure.erase("+81334567890", "admin", kept.consent.at)
    with office.engine.connect() as connection:
        assert connection.execute(select(columns)).all() == []
