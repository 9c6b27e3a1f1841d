"""Customers the device remembers: kept durably, for its owner alone, really gone when forgotten; and the commands."""

import json
import logging
import os
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest

from intents.callback_form import Known, Setting
from intents.name_slot import NameHeard
from intents.phone_slot import PhoneDraft
from intents.when_types import TOKYO
from voice import compose, files
from voice.cli.app import run
from voice.desk_sayings import About
from voice.known_customers import FILE, MOST, CustomerMemory, KnownCustomers

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
HANAKO = Known(
    name=NameHeard(reading="ヤマダハナコ", written="山田花子", family="ヤマダ", given="ハナコ"),
    phone=PhoneDraft(digits="09012345678"),
)
KATO = Known(name=NameHeard(reading="カトー"), phone=PhoneDraft(digits="0463123456"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / FILE


@pytest.fixture
def customers(path):
    return KnownCustomers(path, lambda: NOW)


def numbered(number):
    return replace(KATO, phone=PhoneDraft(digits=f"0312345{number:03}"))


def everything_in(folder):
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_nobody_is_known_at_first(customers, path):
    assert customers.known() == ()
    assert customers.forget()
    assert not path.exists()


def test_who_agreed_is_known_to_the_next_program(customers, path):
    assert customers.remember(HANAKO)
    assert customers.remember(KATO)
    again = KnownCustomers(path, lambda: NOW)
    assert again.known() == (KATO, HANAKO)
    assert again.all()[0].since == NOW


def test_the_file_is_the_owners_alone(customers, path):
    mask = os.umask(0)
    try:
        customers.remember(HANAKO)
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_new_number_takes_the_place_of_the_old(customers, path):
    customers.remember(HANAKO)
    customers.remember(KATO)
    moved = replace(HANAKO, phone=PhoneDraft(digits="0398765432"))
    assert customers.remember(moved, HANAKO)
    assert customers.known() == (moved, KATO)
    assert b"09012345678" not in everything_in(path.parent)


def test_the_same_customer_is_kept_once(customers):
    customers.remember(HANAKO)
    customers.remember(HANAKO)
    assert customers.known() == (HANAKO,)


def test_there_are_never_more_than_a_household_has(customers):
    for number in range(MOST + 2):
        assert customers.remember(numbered(number))
    assert customers.known() == tuple(numbered(number) for number in range(MOST + 1, 1, -1))


def test_forgetting_leaves_no_byte(customers, path):
    customers.remember(HANAKO)
    customers.remember(KATO)
    (path.parent / f".{path.name}-cut").write_bytes(path.read_bytes())  # what a power cut left
    before = everything_in(path.parent)
    for told in ("ヤマダ", "山田花子", "09012345678", "0463123456"):
        assert told.encode() in before
    assert customers.forget()
    assert everything_in(path.parent) == b""
    assert customers.known() == ()


def test_forgetting_one_leaves_the_others(customers, path):
    customers.remember(HANAKO)
    customers.remember(KATO)
    assert customers.forget_one(1)
    assert customers.known() == (KATO,)
    assert "ヤマダ".encode() not in everything_in(path.parent)
    assert not customers.forget_one(1)
    assert customers.forget_one(0)
    assert not path.exists()


@pytest.mark.parametrize(
    "garbage",
    [
        b"", b"\xff\x00", b"{", b"[" * 100_000, b"null", b'{"version": 2, "customers": []}', b'{"customers": [{}]}',
        '{"version": 1, "customers": [{"reading": "ヤマダ", "phone": "x", "since": "2026-11-24T10:15:00+09:00"}]}'.encode(),
    ],
)  # fmt: skip
def test_a_damaged_file_is_told_once_and_erased(customers, path, garbage, caplog):
    path.parent.mkdir()
    path.write_bytes(garbage)
    with caplog.at_level(logging.WARNING):
        assert customers.known() == ()
        assert customers.known() == ()
    assert len(caplog.records) == 1
    assert "ヤマダ" not in caplog.text
    assert not path.exists()
    assert customers.remember(HANAKO)
    assert customers.known() == (HANAKO,)


def test_a_full_disk_changes_nothing(customers, path, monkeypatch):
    customers.remember(HANAKO)

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    assert not customers.remember(KATO)
    assert customers.known() == (HANAKO,)
    assert [file.name for file in path.parent.iterdir()] == [FILE]


def test_a_folder_that_is_none(tmp_path):
    (tmp_path / "data").write_text("")
    customers = KnownCustomers(tmp_path / "data" / FILE, lambda: NOW)
    assert not customers.remember(HANAKO)
    assert customers.known() == ()


def test_a_device_that_may_not_remember_asks_about_nobody_but_forgets(customers, path):
    customers.remember(HANAKO)
    lobby = CustomerMemory(customers, remembers=False)
    setting = lobby.in_setting(Setting(now=lambda: NOW))
    assert (setting.known, setting.remembers, setting.kept) == ((), False, True)
    assert not lobby.remember(KATO, None)
    assert customers.known() == (HANAKO,)
    assert lobby.forget()
    assert not lobby.in_setting(setting).kept


def test_a_device_that_may(customers):
    home = CustomerMemory(customers, remembers=True)
    assert home.remember(HANAKO, None)
    setting = home.in_setting(Setting(now=lambda: NOW))
    assert (setting.known, setting.remembers, setting.kept) == ((HANAKO,), True, True)


@pytest.fixture
def device(settings, monkeypatch):
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
    return compose.known_customers(settings)


@pytest.fixture
def command(capsys, device):
    """Run `customers …` with --json; its exit code and what it printed."""

    def run_it(*arguments):
        code = run(["customers", *arguments, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run_it


def test_the_link_is_given_the_memory_of_the_setting(device, settings):
    device.remember(HANAKO)
    for allowed in (False, True):
        changed = {"desk_url": "http://desk.test", "remember_customers": allowed, "turn_log": False}
        link = compose.desk_link(settings.model_copy(update=changed))
        setting = link.setting(lambda: NOW)
        assert (setting.known, setting.remembers) == (((HANAKO,), True) if allowed else ((), False))
        assert link.remember(KATO, None) is allowed
    assert link.forget()
    assert device.known() == ()


def test_devices_remember_nobody_unless_told_so(settings):
    assert settings.remember_customers is False


def test_the_list_shows_no_more_than_tells_them_apart(command, device):
    assert command("list") == (0, [])
    device.remember(HANAKO)
    code, (row,) = command("list")
    assert code == 0
    assert (row["number"], row["name"], row["phone"]) == (1, "ヤ＊＊", "＊＊＊＊＊＊＊5678")


def test_one_is_forgotten_by_command_or_all(command, device):
    device.remember(HANAKO)
    device.remember(KATO)
    assert command("forget", "2") == (0, {"forgotten": 1, "left": 1, "done": True})
    assert device.known() == (KATO,)
    assert command("forget", "2") == (1, {"forgotten": 0, "left": 1, "done": False})
    assert command("forget", "--all") == (0, {"forgotten": 1, "left": 0, "done": True})
    assert device.known() == ()


def test_whoever_is_forgotten_by_command_is_asked_nothing_later(command, device, settings):
    request = uuid4()
    device.remember(KATO)
    device.remember(replace(HANAKO, may_ask=True, request=request))
    assert command("forget", "2")[0] == 0
    assert not compose.customer_sayings(settings).waits(About.CUSTOMER, request, "ask_later")
    assert command("forget", "1")[0] == 0
    assert compose.customer_sayings(settings).waits(About.CUSTOMER, request, "ask_later")


@pytest.mark.parametrize("arguments", [[], ["1", "--all"], ["0"]])
def test_what_to_forget_is_said_clearly(command, arguments):
    assert command("forget", *arguments)[0] == 2


def test_for_people(device, capsys):
    device.remember(HANAKO)
    assert run(["customers", "list"]) == 0
    assert run(["customers", "forget", "3"]) == 1
    assert run(["customers", "forget", "1"]) == 0
    out = capsys.readouterr()
    assert "ヤ＊＊" in out.out
    assert "ヤマダ" not in out.out + out.err
    assert "forgotten 1, left 0" in out.out
