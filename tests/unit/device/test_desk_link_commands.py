"""`koemado outbox` and `enrol` in this process, how the device stands with its desk, and what it heard of its requests."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

import httpx
import pytest

from intents.news import CallNews, Rating
from intents.when_types import TOKYO
from server.client import DeskClient
from server.deliveries import Refused
from server.errors import DeskUnavailable
from server.outbox import State
from tests.callback_samples import request_of
from voice import compose
from voice.cli.app import run
from voice.desk_addresses import is_address, is_overheard
from voice.desk_enrolment import Enrolment
from voice.desk_health import standing_of, waiting_in
from voice.desk_news import NewsBook

HERE = Enrolment(url="http://desk.test", id="box-1", token="kd_token")
NOON = datetime(2026, 11, 24, 3, tzinfo=UTC)
SLOT = {"begins": "2026-11-25T10:00:00+09:00", "ends": "2026-11-25T10:30:00+09:00"}


@pytest.fixture
def outbox(settings, monkeypatch):
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
    return compose.outbox(settings)


@pytest.fixture
def command(capsys, outbox):
    """Run a command with --json; its exit code and what it printed."""

    def run_it(*arguments):
        code = run([*arguments, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run_it


def test_nothing_waits(command):
    assert command("outbox", "list") == (0, [])
    assert command("outbox", "flush")[0] == 0


def test_what_waits_is_listed_without_what_it_says(command, outbox):
    request = request_of(customer_name="山田 花子")
    outbox.put(request)
    code, (row,) = command("outbox", "list")
    assert (code, row["id"], row["state"], row["attempts"]) == (0, str(request.id), "waiting", 0)
    assert "山田" not in json.dumps(row, ensure_ascii=False)
    assert command("outbox", "flush") == (
        7, {"arrived": 0, "rejected": 0, "waiting": 1, "enrolled": False, "stopped": False},
    )  # fmt: skip


def test_dropped_for_good(command, outbox):
    request = request_of()
    outbox.put(request)
    assert command("outbox", "drop", str(request.id))[0] == 2  # nothing is asked in JSON
    assert command("outbox", "drop", str(request.id), "--yes")[0] == 0
    assert command("outbox", "drop", str(request.id), "--yes")[0] == 1
    assert outbox.get(request.id).state is State.DROPPED


def test_a_refused_request_waits_again(command, outbox):
    request = request_of()
    outbox.put(request)
    assert command("outbox", "retry", str(request.id))[0] == 1
    outbox.flush(lambda _id, _payload: Refused(status=422))
    assert command("outbox", "list")[1][0]["reason"] == "HTTP 422"
    assert command("outbox", "retry", str(request.id))[0] == 0
    assert outbox.get(request.id).state is State.WAITING
    assert command("outbox", "retry", "no-id")[0] == 2


def test_a_damaged_enrolment_stops_no_conversation(settings, caplog):
    settings.data_dir.mkdir()
    assert compose.desk_link(settings) is None
    (settings.data_dir / compose.ENROLMENT_FILE).write_bytes(b"\xff{")
    with compose.desk_link(settings) as desk:
        assert not desk.setting(lambda: NOON).connected
        assert not desk.setting(lambda: NOON).connected
    assert len([one for one in caplog.records if "enrol this device anew" in one.message]) == 1


def test_an_outbox_that_cannot_be_read(settings, monkeypatch, capsys):
    settings.data_dir.mkdir()
    (settings.data_dir / "outbox.db").write_bytes(b"no database" * 100)
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
    assert run(["outbox", "list"]) == 7
    assert "outbox.db" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("CODE", "--status"), ("CODE",), ("CODE", "--url", "desk.example.jp")])
def test_enrol_wants_a_code_and_an_address(command, arguments):
    assert command("enrol", *arguments)[0] == 2


def test_addresses():
    assert [is_address(url) for url in ("https://desk.example.jp/a", "http://10.0.0.2:8600")] == [True, True]
    bad = ("", "desk.example.jp", "ftp://desk", "https://", "https://me:secret@desk", "http://desk:port", "http://[")
    assert [url for url in bad if is_address(url)] == []
    assert is_overheard("http://10.0.0.2:8600")
    assert not is_overheard("http://127.0.0.1:8600")
    assert not is_overheard("https://desk.example.jp")


def test_a_setting_that_is_no_address_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("KOEMADO_DESK_URL", "desk.example.jp")
    assert run(["settings"]) == 2
    assert "desk_url" in capsys.readouterr().err


REFUSAL = {"problems": [{"field": "request", "message": "no token"}]}


def standing(answer, *, known=204, said=None, now=NOON):
    desk = httpx.MockTransport(lambda _: httpx.Response(known, json=said))
    return standing_of(
        HERE,
        lambda one: DeskClient(one.url, one.token, transport=desk),
        transport=httpx.MockTransport(answer),
        now=now.timestamp,
    )


def test_a_desk_that_answers_tells_the_time():
    def answer(_request):
        return httpx.Response(200, headers={"Date": format_datetime(NOON, usegmt=True)})

    assert standing(answer).detail == "the desk answers"
    assert not standing(answer, now=NOON + timedelta(seconds=90)).clock_is_wrong
    assert standing(answer, now=NOON - timedelta(hours=1)).clock_ahead == timedelta(hours=-1)
    assert standing(answer, now=NOON - timedelta(hours=1)).clock_is_wrong
    assert standing(answer, known=401, said=REFUSAL).detail == "the desk does not know this device"
    for other in (302, 401, 503):  # of a proxy, of a hotel's page, of a desk without its database
        assert not standing(answer, known=other).reachable
        assert "cannot be reached" in standing(answer, known=other).detail


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Nov 2026 03:00:00 GMT"])
def test_no_time_is_no_error(date):
    assert not standing(lambda _: httpx.Response(200, headers={"Date": date})).clock_is_wrong


def test_no_desk_answers():
    def away(_request):
        raise httpx.ConnectError("no")

    assert not standing(away).reachable
    assert not standing(lambda _: httpx.Response(404)).reachable


def test_what_waits_is_counted(outbox):
    outbox.put(request_of())
    outbox.flush(lambda _id, _payload: Refused(status=422))
    assert (waiting_in(outbox).waiting, waiting_in(outbox).rejected, waiting_in(outbox).since) == (0, 1, None)
    outbox.put(request_of())
    assert waiting_in(outbox).waiting == 1
    assert waiting_in(outbox).since is not None


class Desk:
    """Tells of one request."""

    def __init__(self, request_id):
        self.id, self.asked, self.away = request_id, [], False

    def __call__(self, request):
        self.asked.append(str(request.url.raw_path, "ascii"))
        if self.away:
            return httpx.Response(503)
        if "news" in request.url.path:
            return httpx.Response(200, json={"ids": [str(self.id)], "next": 7})
        body = {"id": str(self.id), "state": "promised", "promise": SLOT, "agent": "佐藤", "attempts": {"count": 0}}
        return httpx.Response(200, json=body)


def test_news_is_told_until_it_was(tmp_path):
    request_id = uuid4()
    book, desk = NewsBook(tmp_path / "outbox.db"), Desk(request_id)
    with DeskClient("http://desk.test", "t", transport=httpx.MockTransport(desk)) as client:
        book.look(client)
        (change,) = NewsBook(tmp_path / "outbox.db").changes()
        assert (change.id, change.before, change.after.agent) == (request_id, None, "佐藤")
        assert change.after.promise.begins == datetime(2026, 11, 25, 10, tzinfo=TOKYO)
        book.note_told(change.id, change.after)
        assert book.changes() == ()
        book.note_told(change.id, CallNews(state="waiting"))
        assert book.changes()[0].before == CallNews(state="waiting")
        desk.away = True
        with pytest.raises(DeskUnavailable):
            book.look(client)
    assert [path for path in desk.asked if "news" in path] == [
        "/callbacks/news?after=0&wait=0",
        "/callbacks/news?after=7&wait=0",
    ]


def test_a_rating_is_kept(tmp_path):
    request_id = uuid4()
    book = NewsBook(tmp_path / "outbox.db")
    book.rate(request_id, Rating.NO, NOON)
    book.rate(request_id, Rating.NEITHER, NOON)
    assert book.ratings() == {request_id: Rating.NEITHER}
