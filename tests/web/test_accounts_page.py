"""Staff accounts, as admins look after them."""

import re

import pytest

from server.access import Role
from tests.web.conftest import PASSWORD


def shown_password(answer):
    return re.search(r'<output id="password"><strong>([^<]+)</strong>', answer.text)[1]


def can_log_in(browser, login, password):
    return browser.post("/login", data={"login": login, "password": password}).status_code == 303


@pytest.mark.parametrize("login", ["sato", "lead", "viewer"])
def test_only_admins_manage_accounts(log_in, office, login):
    other = log_in(login)
    assert other.get("/accounts").status_code == 403
    assert other.get("/accounts/sato").status_code == 403
    for path in ("/accounts", "/accounts/sato", "/accounts/sato/password", "/accounts/sato/disable"):
        data = {"login": "new", "name": "x", "role": "admin"}
        assert other.post(path, data=data).status_code == 403
    assert office.accounts.count() == 5
    assert office.accounts.get("sato").role is Role.AGENT


def test_a_form_of_another_site_changes_nothing(log_in, office):
    answer = log_in("admin").post("/accounts/sato/disable", headers={"X-CSRF-Token": "guess"})
    assert answer.status_code == 403
    assert office.accounts.get("sato").disabled_at is None


def test_an_account_is_added_with_a_password_shown_once(log_in, browser, office):
    admin = log_in("admin")
    data = {"login": "Watanabe", "name": " 渡辺  修 ", "role": "lead", "skills": ["general", "unknown"]}
    password = shown_password(admin.post("/accounts", data=data))
    added = office.accounts.get("watanabe")
    assert (added.name, added.role, added.skills) == ("渡辺 修", Role.LEAD, ("general",))
    assert added.must_change_password
    assert can_log_in(browser, "watanabe", password)
    assert browser.get("/queue").headers["location"] == "/me"
    for path in ("/accounts", "/accounts/watanabe"):
        page = admin.get(path)
        assert "渡辺" in page.text
        assert password not in page.text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"login": "佐藤"}, 422),
        ({"login": ""}, 422),
        ({"name": ""}, 422),
        ({"login": "sato"}, 409),
        ({"role": "x"}, 422),
    ],
)
def test_what_no_account_is_called_is_said(log_in, office, changes, status):
    answer = log_in("admin").post("/accounts", data={"login": "new", "name": "新人", "role": "agent"} | changes)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text or "入力に誤りがあります" in answer.text
    assert office.accounts.count() == 5


def test_an_account_is_changed(log_in, office):
    data = {"name": "佐藤 花子", "role": "lead", "skills": "general"}
    assert log_in("admin").post("/accounts/sato", data=data).headers["location"] == "/accounts/sato"
    changed = office.accounts.get("sato")
    assert (changed.name, changed.role, changed.skills) == ("佐藤 花子", Role.LEAD, ("general",))
    log_in("admin").post("/accounts/sato", data={"name": "佐藤", "role": "agent"})
    assert office.accounts.get("sato").skills == ()


def test_a_new_password_ends_sessions_and_waits(log_in, browser, office):
    agent = log_in("sato")
    for _ in range(5):
        can_log_in(browser, "sato", "wrong horse")
    assert not can_log_in(browser, "sato", PASSWORD)
    password = shown_password(log_in("admin").post("/accounts/sato/password"))
    assert agent.get("/queue").headers["location"].startswith("/login")
    assert not can_log_in(browser, "sato", PASSWORD)
    assert can_log_in(browser, "sato", password)


def test_a_disabled_account_is_out_until_it_is_enabled(log_in, browser):
    admin, agent = log_in("admin"), log_in("sato")
    assert admin.post("/accounts/sato/disable").status_code == 303
    assert agent.get("/queue").headers["location"].startswith("/login")
    assert not can_log_in(browser, "sato", PASSWORD)
    assert "停止中" in admin.get("/accounts").text
    assert admin.post("/accounts/sato/enable").status_code == 303
    assert can_log_in(browser, "sato", PASSWORD)


def test_the_last_admin_stays(log_in, office):
    admin = log_in("admin")
    for path, data in (("/accounts/admin/disable", {}), ("/accounts/admin", {"name": "田中", "role": "agent"})):
        answer = admin.post(path, data=data)
        assert answer.status_code == 409
        assert "管理者がいなくなる" in answer.text
    admin.post("/accounts/lead", data={"name": "高橋", "role": "admin"})
    answer = admin.post("/accounts/admin/disable")
    assert answer.status_code == 409
    assert "ご自分の管理者の権限" in answer.text
    assert office.accounts.get("admin").role is Role.ADMIN
    assert log_in("lead").post("/accounts/admin/disable").status_code == 303


@pytest.mark.parametrize("login", ["nobody", "%00", "%E4%BD%90", "a b"])
def test_an_account_that_is_not_there(log_in, login):
    admin = log_in("admin")
    assert admin.get(f"/accounts/{login}").status_code == 404
    for deed in ("", "/password", "/disable", "/enable"):
        assert admin.post(f"/accounts/{login}{deed}", data={"name": "x", "role": "agent"}).status_code == 404
