"""Where the desk answers, and what its log may say."""

import logging
import socket
import sys

import pytest

from server.errors import AddressUnusable, FolderUnusable
from server.request_lines import WithoutData, WithoutSecrets, shown_path
from server.serving import address, at_address, first_account, listen, open_desk

EVERYWHERE = "0.0.0.0"  # noqa: S104  # only named


@pytest.fixture
def office(tmp_path):
    office = open_desk(tmp_path / "desk")
    yield office
    office.close()


@pytest.mark.parametrize(
    ("host", "link"),
    [
        ("127.0.0.1", "http://127.0.0.1:8600"),
        (EVERYWHERE, "http://127.0.0.1:8600"),
        ("::", "http://[::1]:8600"),
        ("desk.example.jp", "http://desk.example.jp:8600"),
    ],
)
def test_the_link_is_one_this_machine_can_open(host, link):
    assert address(host, 8600) == link


def test_links_in_mails_carry_the_real_port(office):
    assert at_address(office, "127.0.0.1", 41234).settings.public_url == "http://127.0.0.1:41234"
    assert EVERYWHERE not in at_address(office, EVERYWHERE, 8600).settings.public_url


def test_the_first_account_is_made_once(office):
    assert first_account(office)
    assert first_account(office) is None
    assert [account.login for account in office.accounts.everybody()] == ["admin"]


def test_two_desks_do_not_share_a_port():
    with listen("127.0.0.1", 0) as first, pytest.raises(AddressUnusable, match="--port"):
        listen("127.0.0.1", first.getsockname()[1])


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(AddressUnusable):
        listen("192.0.2.1", 0)
    with pytest.raises(AddressUnusable):
        listen("nowhere.invalid", 0)


def test_port_0_is_a_free_one():
    with listen("127.0.0.1", 0) as found:
        assert found.getsockname()[1] > 0
        with socket.create_connection(found.getsockname()):
            pass


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable):
        open_desk(tmp_path / "file")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/queue?q=%E5%B1%B1%E7%94%B0", "/queue"),
        ("/feeds/Jq3v0bT-8kzYxW_1Lr5mNn2.ics", "/feeds/*.ics"),
        ("/cases/0f8fad5b-d9cb-469f-a165-70867728950e/notes", "/cases/0f8fad5b-d9cb-469f-a165-70867728950e/notes"),
        ("/static/vendor/htmx.min.js", "/static/vendor/htmx.min.js"),
        ("/", "/"),
    ],
)
def test_a_path_in_the_log_holds_no_secret(path, shown):
    assert shown_path(path) == shown


def record_of(message, *arguments, error=None):
    return logging.LogRecord("uvicorn", logging.INFO, "", 0, message, arguments, error)


def test_the_line_of_a_request_keeps_what_is_no_secret():
    line = record_of('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5", "GET", "/queue?q=yamada", "1.1", 200)
    assert WithoutSecrets().filter(line)
    assert line.getMessage() == '127.0.0.1:5 - "GET /queue HTTP/1.1" 200'


@pytest.mark.parametrize(("debug", "kept"), [("", False), ("1", True)])
def test_a_traceback_is_no_part_of_the_log(monkeypatch, debug, kept):
    monkeypatch.setenv("KOEMADO_DEBUG", debug)
    try:
        raise ValueError("山田 花子")  # noqa: TRY301
    except ValueError:
        line = record_of("Exception in ASGI application\n", error=sys.exc_info())
    assert WithoutData().filter(line)
    assert ("山田" in logging.Formatter().format(line)) is kept
    assert kept or "ValueError" in line.getMessage()
