"""Logging in and out, and what is refused."""

import pytest

from tests.web.conftest import PASSWORD

WRONG = "wrong horse"


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


def try_to_log_in(browser, login="sato", password=WRONG, **headers):
    return browser.post("/login", data={"login": login, "password": password}, headers=headers)


def test_after_some_failures_the_page_says_how_long_to_wait(browser, clock):
    assert [try_to_log_in(browser).status_code for _ in range(5)] == [403] * 5
    answer = try_to_log_in(browser, password=PASSWORD)  # the right one is refused, too
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    assert "あと30秒" in answer.text
    assert PASSWORD not in answer.text
    clock.pass_time(seconds=31)
    assert try_to_log_in(browser).status_code == 403
    assert "あと1分" in try_to_log_in(browser).text
    clock.pass_time(seconds=61)
    assert try_to_log_in(browser, password=PASSWORD).status_code == 303
    assert try_to_log_in(browser).status_code == 403


def test_a_login_written_in_wide_letters_is_the_same(browser):
    assert try_to_log_in(browser, login=" ＳＡＴＯ ", password=PASSWORD).status_code == 303
    for login in ("sato", "Sato", "ＳＡＴＯ", " sato", "SATO"):
        try_to_log_in(browser, login=login)
    assert try_to_log_in(browser, password=PASSWORD).status_code == 429


def test_what_nobody_is_called_is_not_written_down(browser, office):
    for login in ("my secret password", "nobody", "\0", "sato"):
        assert try_to_log_in(browser, login=login).status_code == 403
    failed = [line for line in office.journal.latest() if line.action == "login_failed"]
    assert [line.detail for line in failed] == [{"login": "sato"}, {}, {}, {}]


def test_only_trusted_proxies_say_whose_address_it_is(browser, office):
    """Many logins are sprayed from one address that writes another one into the header each time."""
    answers = [
        try_to_log_in(browser, login=f"guess-{n}", **{"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(22)
    ]
    assert answers == [403] * 20 + [429] * 2
    assert try_to_log_in(browser, password=PASSWORD).status_code == 429


def test_who_must_change_the_password_can_do_nothing_else(office, log_in, clock):
    password = office.staffing.reset_password("lead", by="admin", now=clock())
    lead = log_in("lead")
    for path in ("/queue", "/journal", "/calendar", "/devices", "/measures"):
        answer = lead.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert lead.get("/queue", headers={"Accept": "application/json"}).status_code == 403
    assert lead.get("/queue", headers={"HX-Request": "true"}).headers["hx-redirect"] == "/me"
    assert lead.post("/me/name", data={"name": "x"}).headers["location"] == "/me"
    assert "はじめに" in lead.get("/me").text
    new = {"old": password, "new": "my own long password", "again": "my own long password"}
    assert lead.post("/me/password", data=new).status_code == 303
    assert lead.get("/queue").status_code == 200
    assert lead.post("/logout").status_code == 303
