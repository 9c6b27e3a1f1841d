"""The clockwork itself: threads, signals, stopping.  What the rounds do is in tests/contract/test_watch.py."""

import json
import signal
import smtplib
import time
from threading import Event, Thread
from threading import enumerate as threads
from uuid import uuid4

import pytest

from server.clock import system_clock
from server.errors import SettingsInvalid
from server.settings import Mail
from server.store.messages import MAIL, Message, Outgoing
from server.work.carrying import NotCarried
from server.work.mail import SmtpCarrier
from server.work.worker import Rounds, start_worker
from tests.callback_samples import NOW, minutes, request_of
from tests.desk_office import SECRET, open_desk
from tests.desk_receivers import HttpReceiver, SmtpSink

LONG_S = 20  # far longer than it takes


def eventually(true):
    """Wait for what another thread does."""
    stop, waited = time.monotonic() + LONG_S, Event()
    while not true() and time.monotonic() < stop:
        waited.wait(0.02)
    return true()


@pytest.fixture
def receiver():
    with HttpReceiver().running() as receiver:
        yield receiver


@pytest.fixture
def sink():
    with SmtpSink().running() as sink:
        yield sink


def test_what_happens_is_told_while_the_program_runs_and_it_ends_at_once(tmp_path, receiver):
    office = open_desk(tmp_path, system_clock, webhook={"url": receiver.url, "secret": SECRET})
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    stop = start_worker(office)
    try:
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == handlers
        office.desk.receive(request_of(urgency="safety"))
        assert eventually(lambda: receiver.told("callback.received") and receiver.told("alarm.raised"))
    finally:
        began = time.monotonic()
        stop()
        took = time.monotonic() - began
        office.close()
    assert took < 2
    assert not [thread for thread in threads() if thread.name.startswith(("Worker-", "Scheduler"))]


def test_a_round_that_raises_ends_nothing(tmp_path, receiver, monkeypatch, caplog):
    """A journal that cannot be read at first, as when the database is away."""
    office = open_desk(tmp_path, system_clock, webhook={"url": receiver.url, "secret": SECRET})
    real, failures = office.journal.last_line, iter([True, True])

    def last_line():
        if next(failures, False):
            raise OSError("away")
        return real()

    monkeypatch.setattr(office.journal, "last_line", last_line)
    stop = start_worker(office)
    try:
        office.desk.receive(request_of())
        assert eventually(lambda: receiver.told("callback.received"))
    finally:
        stop()
        office.close()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("server.")]
    assert [message for message in ours if "OSError" in message] in (
        ["background work tick failed, it is tried again: OSError"],
        [
            "background work tick failed, it is tried again: OSError",
            "background work look failed, it is tried again: OSError",
        ],
    )


def test_a_round_runs_in_one_thread_at_a_time():
    rounds, inside, go_on, ran = Rounds(), Event(), Event(), []

    def slow():
        ran.append(1)
        inside.set()
        go_on.wait(LONG_S)

    first = Thread(target=rounds.run, args=("send", slow))
    first.start()
    assert inside.wait(LONG_S)
    rounds.run("send", slow)  # returns at once
    rounds.run("look", lambda: ran.append(2))
    go_on.set()
    first.join(LONG_S)
    assert ran == [1, 2]


@pytest.mark.parametrize("changes", [{"webhook": {"url": "https://x.example.jp"}}, {"mail": {"host": "127.0.0.1"}}])
def test_settings_that_cannot_send_stop_the_start(tmp_path, changes):
    office = open_desk(tmp_path, lambda: NOW, **changes)
    with pytest.raises(SettingsInvalid):
        start_worker(office)
    office.close()


def mail_of(**payload):
    message = Message(key="m", route=MAIL, event="alarm.raised", payload=json.dumps(payload))
    return Outgoing(id=uuid4(), message=message, made_at=NOW, attempts=0, claimed_until=NOW + minutes(3))


def settings(sink, **changes):
    given = {"host": "127.0.0.1", "port": sink.port, "security": "none", "sender": "desk@example.jp"}
    return Mail(**(given | {"recipients": ("lead@example.jp",)} | changes))


def test_a_mail_is_sent_as_the_one_of_the_settings(sink):
    outgoing = mail_of(subject="【受付】お約束", body="確認をお願いいたします。\n.\nhttps://desk.example.jp/cases/1\n")
    SmtpCarrier(settings(sink, user="desk", password="geheim")).carry(outgoing, timestamp=int(NOW.timestamp()))
    (mail,) = sink.mails
    assert sink.log_in == "\0desk\0geheim"
    assert (mail["From"], mail["To"], mail["Subject"]) == ("desk@example.jp", "lead@example.jp", "【受付】お約束")
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (f"<{outgoing.id}@koemado>", "auto-generated")
    assert mail["Date"].datetime == NOW
    assert mail.get_content().splitlines()[1:] == [".", "https://desk.example.jp/cases/1"]


@pytest.mark.parametrize(
    ("changes", "refuse", "reason"),
    [
        ({}, "550 no hanako@example.jp here", "SMTP recipients refused [550]"),
        ({"security": "starttls"}, "", "SMTPNotSupportedError"),  # it never goes on in the clear
        ({"security": "tls"}, "", "SSLError"),
        ({"port": 1}, "", "ConnectionRefusedError"),
    ],
)
def test_a_mail_that_is_not_taken_says_why_without_people(sink, changes, refuse, reason):
    sink.refuse = refuse
    with pytest.raises(NotCarried) as refused:
        SmtpCarrier(settings(sink, **changes)).carry(mail_of(subject="s", body="b"), timestamp=0)
    assert str(refused.value) == reason
    assert sink.mails == []
    assert isinstance(refused.value.__cause__, smtplib.SMTPException | OSError)
