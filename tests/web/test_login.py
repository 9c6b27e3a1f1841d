"""Logging in and out, and what is refused."""

import pytest

from tests.web.conftest import PASSWORD


def test_the_right_password_opens_the_queue(browser):
    answer = browser.post("/login", data={"login": "sato", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert browser.get("/queue").status_code == 200


def test_a_wrong_password_says_nothing_of_the_account(browser):
    answers = [browser.post("/login", data={"login": login, "password": "wrong horse"}) for login in ("sato", "nobody")]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].text.replace("sato", "") == answers[1].text.replace("nobody", "")


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"])
def test_nobody_is_led_elsewhere(browser, path):
    answer = browser.post("/login", data={"login": "sato", "password": PASSWORD, "next": path})
    assert answer.headers["location"] == "/queue"


def test_who_is_not_logged_in_is_led_to_the_login(browser):
    answer = browser.get("/queue")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/queue")


def test_logging_out_ends_the_session(log_in):
    mine = log_in("sato")
    assert mine.post("/logout").status_code == 303
    assert mine.get("/queue").status_code == 303


def test_a_form_of_another_site_is_refused(log_in, browser):
    assert log_in("sato").post("/logout", headers={"X-CSRF-Token": "guess"}).status_code == 403
    data = {"login": "sato", "password": PASSWORD}
    assert browser.post("/login", data=data, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.post("/login", data=data, headers={"Origin": "https://evil.example"}).status_code == 403


def test_every_answer_has_the_security_headers(browser):
    for path in ("/login", "/static/desk.css", "/nowhere"):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
