"""`koemado desk` in this process: what each command does to a desk, and how it ends."""

import io
import json
from base64 import b64encode
from datetime import date, timedelta

import pytest

from server.access import Account, Role
from server.clock import system_clock
from server.passwords import password_fits
from server.serving import open_desk
from server.settings import KEY_FILE, SETTINGS_FILE, shipped_text
from server.store.vault import new_key
from tests.callback_samples import request_of
from voice.cli.app import run

PHONE = "03-1555-1234"  # nobody has it: no exchange begins with 1


@pytest.fixture
def folder(tmp_path):
    """A desk with an admin and one customer."""
    office = open_desk(tmp_path / "desk")
    account = Account(login="admin", name="管理者", role=Role.ADMIN)
    office.accounts.add(account, "correct horse battery", by="system", now=system_clock())
    office.desk.receive(request_of(phone=PHONE))
    office.close()
    return tmp_path / "desk"


@pytest.fixture
def desk(folder, capsys):
    """Run a command with --json; its exit code and what it printed."""

    def run_it(*arguments):
        code = run(["desk", *arguments, "--folder", str(folder), "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run_it


@pytest.fixture
def office(folder):
    office = open_desk(folder)
    yield office
    office.close()


def fits(office, login, password):
    return password_fits(password, office.accounts.password_hash(login))


def test_an_account_with_a_password_of_its_own(desk, office):
    code, told = desk("account", "add", "Sato", "--name", "佐藤", "--role", "lead")
    assert (code, told["login"]) == (0, "sato")
    assert fits(office, "sato", told["password"])
    account = office.accounts.get("sato")
    assert (account.role, account.must_change_password) == (Role.LEAD, True)


def test_an_account_with_a_password_from_standard_input(desk, office, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    assert desk("account", "add", "sato", "--name", "佐藤", "--password-stdin") == (
        0,
        {"login": "sato", "password": None},
    )
    assert fits(office, "sato", "a long password")
    assert not office.accounts.get("sato").must_change_password


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("account", "add", "admin", "--name", "x"), 7),
        (("account", "add", "さとう", "--name", "佐藤"), 2),
        (("account", "add", "sato", "--name", ""), 2),
        (("account", "disable", "admin"), 2),  # the last one
        (("account", "disable", "nobody"), 7),
        (("account", "password", "nobody"), 7),
        (("device", "code", "大塚 本店", "--name", "x"), 2),
        (("device", "revoke", "nothing"), 1),
        (("erase", "12", "--yes"), 2),
        (("erase", PHONE), 2),  # nobody to ask
        (("erase", "03-1666-1234", "--yes"), 1),
    ],
)
def test_what_cannot_be_done_has_its_exit_code(desk, arguments, code):
    assert desk(*arguments)[0] == code


def test_a_weak_password_is_refused(desk, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert desk("account", "add", "sato", "--name", "佐藤", "--password-stdin") == (2, None)


def test_disabling_ends_the_sessions(desk, office):
    desk("account", "add", "sato", "--name", "佐藤")
    token = office.accounts.open_session("sato", now=system_clock())
    assert office.accounts.session(token, now=system_clock())
    assert desk("account", "disable", "sato")[0] == 0
    assert office.accounts.session(token, now=system_clock()) is None
    assert [bool(one["disabled_at"]) for one in desk("account", "list")[1]] == [False, True]
    assert desk("account", "enable", "sato")[0] == 0
    assert office.accounts.password_hash("sato")


def test_another_password(desk, office):
    code, told = desk("account", "password", "admin")
    assert code == 0
    assert fits(office, "admin", told["password"])
    assert not fits(office, "admin", "correct horse battery")


def test_a_device_is_enrolled_and_revoked(desk, office):
    _, told = desk("device", "code", "otsuka-1f", "--name", "大塚本店 1階")
    device, token = office.devices.enrol(told["code"], now=system_clock())
    assert (device.id, device.name) == ("otsuka-1f", "大塚本店 1階")
    assert [one["id"] for one in desk("device", "list")[1]] == ["otsuka-1f"]
    assert desk("device", "revoke", "otsuka-1f")[0] == 0
    assert office.devices.by_token(token, now=system_clock()) is None


def test_erasing_gives_a_receipt(desk, office):
    assert office.desk.queue.cases_of("+81315551234")
    code, receipt = desk("erase", PHONE, "--yes")
    assert (code, receipt["erased"]["cases"], receipt["destroy"]) == (0, 1, [])
    assert office.erasure.receipts()[0].id.hex == receipt["receipt"].replace("-", "")
    assert office.desk.queue.cases_of("+81315551234") == ()


def test_forgetting_and_migrating(desk):
    code, told = desk("forget")
    assert (code, told["forgotten"]["cases"]) == (0, 0)
    assert desk("migrate") == (0, {"database": "sqlite", "current": True})


def test_a_desk_that_is_not_there_is_not_made_by_looking(tmp_path, capsys):
    assert run(["desk", "account", "list", "--folder", str(tmp_path / "nowhere")]) == 7
    assert "holds no desk" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


def states(found):
    return {one["check"]: one["state"] for one in found}


def test_a_desk_in_order(desk):
    code, found = desk("check")
    assert code == 0
    assert states(found) | {"background work": "limited"} == {  # nothing serves it
        "settings": "ok",
        "key": "ok",
        "database": "ok",
        "accounts": "ok",
        "background work": "limited",
        "messages": "ok",
        "mail": "ok",
        "webhook": "ok",
    }


@pytest.mark.parametrize(
    ("setting", "check"),
    [
        (
            ('[mail]                 # alarms by e-mail; off while host is empty\nhost = ""', '[mail]\nhost = "x"'),
            "mail",
        ),
        (('\nurl = ""\nsecret = ""', '\nurl = "https://desk.example.jp"\nsecret = "short"'), "webhook"),
        (('\nurl = ""', '\nurl = "desk"'), "webhook"),
        (("port = 8600", 'port = "high"'), "settings"),
        (('database_url = ""', 'database_url = "sqlite:////nowhere/desk.db"'), "database"),
    ],
)
def test_a_setting_that_is_wrong_is_found(desk, folder, setting, check):
    text = shipped_text().replace(*setting, 1)
    assert text != shipped_text()
    (folder / SETTINGS_FILE).write_text(text, encoding="utf-8")
    code, found = desk("check")
    assert (code, states(found)[check]) == (1, "broken")
    assert all(one["remedy"] for one in found if one["state"] == "broken")


def test_another_key_is_found_and_nothing_is_served_with_it(desk, folder, capsys):
    kept = (folder / KEY_FILE).read_text()
    (folder / KEY_FILE).unlink()
    assert states(desk("check")[1])["key"] == "broken"
    assert not (folder / KEY_FILE).exists()  # looking makes no key
    (folder / KEY_FILE).write_bytes(b64encode(new_key()) + b"\n")
    code, found = desk("check")
    assert (code, states(found)["key"]) == (1, "broken")
    assert run(["serve", "--folder", str(folder), "--port", "0"]) == 7
    assert "former key" in capsys.readouterr().err
    (folder / KEY_FILE).write_text((folder / KEY_FILE).read_text() + kept)
    assert desk("check")[0] == 0  # a line of its own below the current one, as the remedy says


def test_a_database_that_is_gone_is_found_and_not_made_anew(desk, folder):
    for name in ("desk.db", "desk.db-wal", "desk.db-shm"):
        (folder / name).unlink(missing_ok=True)
    assert states(desk("check")[1])["database"] == "broken"
    assert not (folder / "desk.db").exists()


def test_figures_of_days_are_kept_and_checked_against_their_rows(desk, folder):
    yesterday = system_clock() - timedelta(days=1)
    earlier = open_desk(folder, clock=lambda: yesterday)
    earlier.desk.receive(request_of(phone=PHONE, topic="another"))
    code, days = desk("figures")
    assert (code, len(days)) == (0, 1)
    assert days[0]["figures"]["first_response"] == {"count": 0}
    assert desk("figures", "--check") == (0, [])
    day = date.fromisoformat(days[0]["day"])
    earlier.nightly.keep(day, {**days[0]["figures"], "kept": {"part": 1, "whole": 1}}, now=system_clock())
    earlier.close()
    assert desk("figures", "--check") == (1, [{"day": days[0]["day"], "measure": "kept"}])
