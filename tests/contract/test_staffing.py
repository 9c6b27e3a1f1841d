"""Accounts, sessions and feeds, as both databases keep them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from server.access import Account, Role
from server.errors import AccountExists, AccountRefused, AccountUnknown, PasswordWeak
from server.passwords import password_fits
from server.store.accounts import AccountStore
from server.store.journal import Journal
from server.store.staffing import Staffing
from tests.callback_samples import NOW, minutes

PASSWORD = "correct horse battery"


@pytest.fixture
def accounts(engine):
    store = AccountStore(engine)
    for login, role in (("admin", Role.ADMIN), ("boss", Role.ADMIN), ("sato", Role.AGENT)):
        store.add(Account(login=login, name=login.title(), role=role), PASSWORD, by="system", now=NOW)
    return store


@pytest.fixture
def staffing(engine, accounts):
    return Staffing(engine)


def demote(staffing, login, by):
    staffing.change(login, name="x", role=Role.AGENT, skills=(), by=by, now=NOW)


@pytest.mark.parametrize("take_away", [demote, lambda staffing, login, by: staffing.disable(login, by=by, now=NOW)])
def test_there_is_always_an_enabled_admin(staffing, accounts, take_away):
    with pytest.raises(AccountRefused, match="oneself"):
        take_away(staffing, "admin", "admin")
    take_away(staffing, "admin", "boss")
    for by in ("boss", "system"):
        with pytest.raises(AccountRefused, match="last_admin"):
            take_away(staffing, "boss", by)
    assert (accounts.get("boss").role, accounts.get("boss").disabled_at) == (Role.ADMIN, None)


def test_two_admins_who_disable_each_other(staffing, accounts):
    barrier = Barrier(2)

    def disable(pair):
        barrier.wait(timeout=30)
        try:
            return staffing.disable(pair[0], by=pair[1], now=NOW)
        except AccountRefused as refused:
            return refused.reason

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(disable, [("admin", "boss"), ("boss", "admin")]))
    assert sorted(map(str, found)) == ["True", "last_admin"]


def test_an_admin_may_change_the_own_name(staffing, accounts):
    staffing.change("admin", name="田中", role=Role.ADMIN, skills=("repair",), by="admin", now=NOW)
    assert accounts.get("admin") == Account(login="admin", name="田中", role=Role.ADMIN, skills=("repair",))


def test_a_new_password_ends_all_sessions(staffing, accounts):
    token = accounts.open_session("sato", now=NOW)
    password = staffing.reset_password("sato", by="admin", now=NOW)
    assert accounts.session(token, now=NOW) is None
    assert accounts.get("sato").must_change_password
    assert password_fits(password, accounts.password_hash("sato"))
    assert not password_fits(PASSWORD, accounts.password_hash("sato"))


def test_a_disabled_account(engine, staffing, accounts):
    token, secret = accounts.open_session("sato", now=NOW), accounts.new_feed_secret("sato", now=NOW)
    assert staffing.disable("sato", by="admin", now=NOW)
    assert not staffing.disable("sato", by="admin", now=NOW)
    assert accounts.session(token, now=NOW) is None
    assert accounts.password_hash("sato") is None
    assert accounts.account_of_feed(secret) is None
    assert staffing.enable("sato", by="admin", now=NOW)
    assert not staffing.enable("sato", by="admin", now=NOW)
    assert accounts.session(token, now=NOW) is None
    assert accounts.password_hash("sato") is not None
    actions = [line.action for line in Journal(engine).latest(limit=2)]
    assert actions == ["account_enabled", "account_disabled"]


def test_nobody_unknown_is_changed(staffing):
    for work in (staffing.disable, staffing.enable, staffing.reset_password):
        with pytest.raises(AccountUnknown):
            work("nobody", by="admin", now=NOW)


def test_changing_ones_password_ends_the_other_sessions(accounts):
    mine, other, of_boss = (accounts.open_session(login, now=NOW) for login in ("sato", "sato", "boss"))
    accounts.change_password("sato", "another horse battery", token=mine, now=NOW)
    alive = [accounts.session(token, now=NOW) is not None for token in (mine, other, of_boss)]
    assert alive == [True, False, True]
    with pytest.raises(PasswordWeak):
        accounts.change_password("sato", "aaaaaaaaaaaaaaaa", token=mine, now=NOW)


def test_ones_sessions(accounts):
    mine = accounts.open_session("sato", now=NOW)
    accounts.open_session("sato", now=NOW + minutes(1))
    accounts.open_session("boss", now=NOW)
    seen = accounts.sessions_of("sato", mine, now=NOW + minutes(2))
    assert [(one.created_at, one.this_one) for one in seen] == [(NOW + minutes(1), False), (NOW, True)]
    assert accounts.close_others(mine, by="sato", now=NOW) == 1
    assert [one.this_one for one in accounts.sessions_of("sato", mine, now=NOW)] == [True]


def test_the_address_of_a_calendar(accounts):
    assert not accounts.has_feed("sato")
    first = accounts.new_feed_secret("sato", now=NOW)
    second = accounts.new_feed_secret("sato", now=NOW)
    assert accounts.account_of_feed(first) is None
    assert accounts.account_of_feed(second).login == "sato"
    assert accounts.has_feed("sato")
    assert accounts.revoke_feed("sato", now=NOW)
    assert not accounts.revoke_feed("sato", now=NOW)
    assert accounts.account_of_feed(second) is None
    assert accounts.account_of_feed("") is None


@pytest.mark.parametrize(("login", "name"), [("Sato", "x"), ("system", "x"), ("", "x"), ("ok", " "), ("ok", "x" * 81)])
def test_what_no_account_is_called(accounts, login, name):
    with pytest.raises(AccountRefused):
        accounts.add(Account(login=login, name=name, role=Role.AGENT), PASSWORD, by="admin", now=NOW)


def test_two_accounts_of_one_login(accounts):
    with pytest.raises(AccountExists):
        accounts.add(Account(login="sato", name="x", role=Role.ADMIN), PASSWORD, by="admin", now=NOW)
    assert accounts.get("sato").role is Role.AGENT
