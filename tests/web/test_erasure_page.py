"""Erasing a customer, from the number to the receipt."""

import logging
from datetime import timedelta
from uuid import uuid4

import pytest

from server.spans import Span
from server.store.exports import Which
from tests.callback_samples import request_of

PHONE = "090-1234-5678"


@pytest.fixture
def case_id(office):
    return office.desk.receive(request_of()).case_id


@pytest.mark.parametrize("login", ["sato", "lead", "viewer"])
def test_only_admins_erase(log_in, office, case_id, login):
    other = log_in(login)
    assert other.get("/erasure").status_code == 403
    assert other.post("/erasure/confirm", data={"phone": PHONE}).status_code == 403
    assert other.post("/erasure", data={"phone": PHONE, "sure": "yes"}).status_code == 403
    assert other.get(f"/erasure/{uuid4()}").status_code == 403
    assert office.desk.queue.case(case_id)


def test_from_the_number_to_the_receipt(log_in, office, case_id):
    admin = log_in("admin")
    assert "まだ消去したことはありません" in admin.get("/erasure").text
    asked = admin.post("/erasure/confirm", data={"phone": "０９０ １２３４ ５６７８"})
    assert asked.status_code == 200
    assert "090-1234-5678" in asked.text
    assert '<dt>案件</dt><dd class="num">1件</dd>' in asked.text
    assert office.desk.queue.case(case_id)

    done = admin.post("/erasure", data={"phone": PHONE, "sure": "yes"})
    assert done.status_code == 303
    receipt = admin.get(done.headers["location"])
    assert "個人情報の消去の控え" in receipt.text
    assert '<dt>案件</dt><dd class="num">1件</dd>' in receipt.text
    assert "田中" in receipt.text
    for secret in ("1234-5678", "90123456", "山田", str(case_id)):
        assert secret not in receipt.text
    assert admin.get(f"/cases/{case_id}").status_code == 404
    assert "お客様のお申し出" in admin.get("/erasure").text
    assert admin.post("/erasure", data={"phone": PHONE, "sure": "yes"}).status_code == 404


def test_nothing_goes_unless_it_is_meant(log_in, office, case_id):
    answer = log_in("admin").post("/erasure", data={"phone": PHONE})
    assert answer.status_code == 422
    assert "印を付けてください" in answer.text
    assert office.desk.queue.case(case_id)


def test_a_form_of_another_site_erases_nothing(log_in, office, case_id):
    data = {"phone": PHONE, "sure": "yes"}
    assert log_in("admin").post("/erasure", data=data, headers={"X-CSRF-Token": "guess"}).status_code == 403
    assert office.desk.queue.case(case_id)


@pytest.mark.parametrize("path", ["/erasure", "/erasure/confirm"])
@pytest.mark.parametrize(("phone", "status"), [("", 422), ("none", 422), ("\0", 422), ("090-8765-4321", 404)])
def test_a_number_nobody_has(log_in, path, phone, status):
    answer = log_in("admin").post(path, data={"phone": phone, "sure": "yes"})
    assert answer.status_code == status
    assert 'role="alert"' in answer.text


def test_a_receipt_that_is_not_there(log_in):
    assert log_in("admin").get(f"/erasure/{uuid4()}").status_code == 404
    assert log_in("admin").get("/erasure/x").status_code == 422


def test_the_files_to_destroy_are_named(log_in, office, case_id, clock):
    span = Span(clock() - timedelta(days=1), clock() + timedelta(days=1))
    export = office.exports.register(span, Which.ALL, by="lead", now=clock())
    admin = log_in("admin")
    assert str(export.id) in admin.post("/erasure/confirm", data={"phone": PHONE}).text
    receipt = admin.get(admin.post("/erasure", data={"phone": PHONE, "sure": "yes"}).headers["location"])
    assert str(export.id) in receipt.text
    assert "高橋" in receipt.text


def test_nothing_personal_is_logged(log_in, browser, case_id, caplog):
    with caplog.at_level(logging.DEBUG):
        browser.post("/login", data={"login": "typed by mistake", "password": "also secret"})
        admin = log_in("admin")
        admin.get(f"/cases/{case_id}")
        admin.post("/erasure/confirm", data={"phone": PHONE})
        admin.post("/erasure", data={"phone": PHONE, "sure": "yes"})
    ours = "\n".join(record.getMessage() for record in caplog.records)
    for secret in ("90123456", "1234-5678", "山田", "返金", "typed by mistake", "also secret"):
        assert secret not in ours
