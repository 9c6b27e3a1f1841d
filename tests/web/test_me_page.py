"""What everybody looks after themselves."""

import re

import pytest

from tests.web.conftest import PASSWORD

NEW = "another horse battery"


def change(browser, old=PASSWORD, new=NEW, again=None):
    return browser.post("/me/password", data={"old": old, "new": new, "again": new if again is None else again})


@pytest.mark.parametrize("login", ["sato", "viewer", "admin"])
def test_everybody_has_the_page(log_in, login):
    answer = log_in(login).get("/me")
    assert answer.status_code == 200
    assert "この画面" in answer.text


def test_nobody_else_has_it(browser):
    assert browser.get("/me").headers["location"] == "/login?next=/me"
    assert browser.post("/me/feed").status_code == 303


def test_a_changed_password(log_in, browser, office):
    mine, other = log_in("sato"), log_in("sato")
    assert change(mine).headers["location"] == "/me?done=password"
    assert mine.get("/me").status_code == 200
    assert other.get("/me").status_code == 303
    assert browser.post("/login", data={"login": "sato", "password": PASSWORD}).status_code == 403
    assert browser.post("/login", data={"login": "sato", "password": NEW}).status_code == 303
    assert "password_changed" in [line.action for line in office.journal.latest()]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"old": "wrong horse"}, "いまのパスワードが違います"),
        ({"new": "short"}, "10文字以上"),
        ({"new": "aaaaaaaaaaaaaa"}, "同じ文字ばかり"),
        ({"again": "something else"}, "一致しません"),
        ({"new": PASSWORD}, "いまと同じ"),
    ],
)
def test_a_password_that_is_not_taken(log_in, browser, given, said):
    answer = change(log_in("sato"), **given)
    assert answer.status_code == 422
    assert said in answer.text
    assert browser.post("/login", data={"login": "sato", "password": PASSWORD}).status_code == 303


def test_old_passwords_are_not_guessed_here(log_in):
    mine = log_in("sato")
    assert [change(mine, old=f"guess number {n}").status_code for n in range(6)] == [422] * 5 + [429]
    assert change(mine).status_code == 429


def test_the_own_name(log_in, office):
    mine = log_in("sato")
    assert mine.post("/me/name", data={"name": "佐藤 花子"}).status_code == 303
    assert office.accounts.get("sato").name == "佐藤 花子"
    assert mine.post("/me/name", data={"name": " "}).status_code == 422
    assert office.accounts.get("sato").name == "佐藤 花子"


def test_ending_the_other_sessions(log_in):
    mine, other, of_suzuki = log_in("sato"), log_in("sato"), log_in("suzuki")
    assert "別の画面" in mine.get("/me").text
    assert mine.post("/me/sessions").status_code == 303
    assert [browser.get("/me").status_code for browser in (mine, other, of_suzuki)] == [200, 303, 200]
    assert "別の画面" not in mine.get("/me").text


def test_the_address_of_the_calendar_is_shown_once(log_in, office):
    mine = log_in("sato")
    page = mine.post("/me/feed")
    secret = re.search(r'value="http://[^"]+/feeds/([^"]+)\.ics"', page.text)[1]
    assert office.accounts.account_of_feed(secret).login == "sato"
    assert secret not in mine.get("/me").text
    assert "発行済み" in mine.get("/me").text
    mine.post("/me/feed")
    assert office.accounts.account_of_feed(secret) is None
    assert mine.post("/me/feed/revoke").status_code == 303
    assert "まだ発行していません" in mine.get("/me").text


@pytest.mark.parametrize("path", ["/me/name", "/me/password", "/me/sessions", "/me/feed", "/me/feed/revoke"])
def test_a_form_of_another_site_changes_nothing(log_in, path):
    assert log_in("sato").post(path, headers={"X-CSRF-Token": "guess"}).status_code == 403
