"""Forgetting by periods on both databases, and not forgetting by a wrong clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from server.access import Account, Role
from server.errors import CaseUnknown
from server.records import Verdict
from server.settings import Retention
from server.store.accounts import AccountStore
from server.store.desk_models import (
    AlarmRow,
    EnrolCodeRow,
    ErasureRow,
    ExportedCaseRow,
    ExportRow,
    JournalRow,
    LoginFailureRow,
    MessageRow,
    SessionRow,
)
from server.store.engine import open_engine, reading, writing
from server.store.erasure import Erasure
from server.store.journal import Journal
from server.store.migrating import migrate
from server.store.models import RequestRow
from server.store.queue import SqlCallbackQueue
from server.store.retention import DOUBTED, FORGOTTEN, Forgetting
from server.store.vault import Vault
from tests.callback_samples import NOW, request_of
from tests.contract.conftest import KEY

PERIODS = Retention(conversation_days=30, case_days=100, journal_days=200, message_days=10, export_days=150)
PHONE = "+819012345678"


def days(n):
    return timedelta(days=n)


@pytest.fixture
def forgetting(engine):
    return Forgetting(engine, Vault(KEY))


def alive(engine, now):
    """The desk ran the day before: the clock is believed."""
    Journal(engine).write(at=now - days(1), actor="system", action=FORGOTTEN)


def closed_case(queue, *, closed_at=NOW, **changes):
    case_id = queue.submit(request_of(**changes), now=closed_at).case_id
    queue.close(case_id, reason="solved", by="sato", now=closed_at)
    return case_id


def said(queue, case_id):
    return [turn.text for stored in queue.case(case_id).requests for turn in stored.request.conversation]


def test_what_was_said_goes_first_and_the_case_later(engine, stored_queue, forgetting):
    case_id = closed_case(stored_queue)
    still_open = stored_queue.submit(request_of(topic="open"), now=NOW).case_id
    alive(engine, NOW + days(30))
    assert forgetting.forget(NOW + days(30), PERIODS)["conversations"] == 0
    alive(engine, NOW + days(31))
    found = forgetting.forget(NOW + days(31), PERIODS)
    assert (found["conversations"], found["cases"]) == (1, 0)
    assert said(stored_queue, case_id) == []
    assert stored_queue.case(case_id).requests[0].request.customer_name == "山田 花子"
    assert forgetting.forget(NOW + days(31), PERIODS)["conversations"] == 0

    alive(engine, NOW + days(101))
    assert forgetting.forget(NOW + days(101), PERIODS)["cases"] == 1
    with pytest.raises(CaseUnknown):
        stored_queue.case(case_id)
    assert said(stored_queue, still_open) != []
    assert stored_queue.cases_of(PHONE) == (still_open,)


def test_a_case_opened_again_is_kept(engine, stored_queue, forgetting):
    case_id = closed_case(stored_queue)
    stored_queue.reopen(case_id, by="sato", now=NOW + days(1))
    alive(engine, NOW + days(500))
    forgetting.forget(NOW + days(500), PERIODS)
    assert said(stored_queue, case_id) != []


def test_one_receipt_says_what_went_and_which_files_to_destroy(engine, stored_queue, forgetting, monkeypatch):
    monkeypatch.setattr("server.store.retention.MOST_CASES", 3)
    cases = [closed_case(stored_queue, topic=f"t{number}") for number in range(8)]
    export_id = uuid4()
    with writing(engine) as session:
        session.add(ExportRow(id=export_id, at=NOW, actor="lead", kind="cases", rows=8))
        session.flush()
        session.add_all([ExportedCaseRow(export_id=export_id, case_id=case_id) for case_id in cases])
    alive(engine, NOW + days(120))
    assert forgetting.forget(NOW + days(120), PERIODS)["cases"] == 8
    (receipt,) = Erasure(engine, Vault(KEY)).receipts()
    assert (receipt.reason, receipt.actor) == ("retention", "system")
    assert (receipt.counts["cases"], receipt.counts["requests"]) == (8, 8)
    assert [export.id for export in receipt.exports] == [export_id]
    assert forgetting.forget(NOW + days(120), PERIODS)["cases"] == 0
    assert len(Erasure(engine, Vault(KEY)).receipts()) == 1


def test_a_request_sent_again_stays_forgotten(engine, stored_queue, forgetting):
    request = request_of()
    case_id = stored_queue.submit(request, now=NOW).case_id
    stored_queue.close(case_id, reason="solved", by="sato", now=NOW)
    alive(engine, NOW + days(120))
    forgetting.forget(NOW + days(120), PERIODS)
    again = stored_queue.submit(request, now=NOW + days(120))
    assert (again.verdict, again.case_id) == (Verdict.DUPLICATE, None)


def test_two_at_once_forget_once(engine, stored_queue, monkeypatch):
    monkeypatch.setattr("server.store.retention.MOST_CASES", 4)
    for number in range(30):
        closed_case(stored_queue, topic=f"t{number}")
    alive(engine, NOW + days(120))
    with ThreadPoolExecutor(2) as pool:
        found = list(
            pool.map(lambda _: Forgetting(engine, Vault(KEY)).forget(NOW + days(120), PERIODS), range(2)),
        )
    assert sum(one["cases"] for one in found) == 30
    receipts = Erasure(engine, Vault(KEY)).receipts()
    assert sum(receipt.counts["cases"] for receipt in receipts) == 30


def count(engine, table):
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(table))


def fill(engine, now, still_open):
    """Rows of every other kind: one just within its period, one past it."""
    AccountStore(engine).add(
        Account(login="sato", name="佐藤", role=Role.AGENT), "correct horse battery", by="system", now=now
    )
    message = {"route": "mail", "event": "x", "payload_locked": b"x", "made_at": NOW, "next_at": NOW}
    with writing(engine) as session:
        for kept, age in ((True, -1), (False, 1)):
            name = f"{kept}"
            session.add_all([
                MessageRow(id=uuid4(), key=f"s{name}", sent_at=now - days(10 + age), **message),
                MessageRow(id=uuid4(), key=f"g{name}", given_up_at=now - days(10 + age), **message),
                AlarmRow(key=name, kind="x", raised_at=NOW, cleared_at=now - days(10 + age)),
                LoginFailureRow(subject_digest=b"x", at=now - timedelta(hours=24 + age)),
                SessionRow(
                    token_digest=name.encode(),
                    login="sato",
                    created_at=NOW,
                    seen_at=NOW,
                    expires_at=now - timedelta(minutes=age),
                ),
                EnrolCodeRow(
                    digest=name.encode(),
                    device_id="x",
                    device_name="x",
                    made_by="x",
                    expires_at=now - timedelta(hours=24 + age),
                ),
                ExportRow(id=uuid4(), at=now - days(150 + age), actor="lead", kind="cases", rows=0),
                ErasureRow(id=uuid4(), at=now - days(200 + age), actor="admin", reason="customer", counts={}),
            ])  # fmt: skip
        session.add(MessageRow(id=uuid4(), key="waiting", **message))
        session.add(AlarmRow(key="running", kind="x", raised_at=NOW))
        session.add(AlarmRow(key="open", kind="x", raised_at=NOW, cleared_at=NOW, case_id=still_open))


def test_each_kind_has_its_period(engine, stored_queue, forgetting):
    now = NOW + days(1_000)
    still_open = stored_queue.submit(request_of(), now=NOW).case_id
    fill(engine, now, still_open)
    with writing(engine) as session:
        old = session.scalars(select(ExportRow.id).order_by(ExportRow.at).limit(1)).one()
        session.add_all([ExportedCaseRow(export_id=old, case_id=uuid4()) for _ in range(5)])
    alive(engine, now)
    found = forgetting.forget(now, PERIODS)
    assert {name: n for name, n in found.items() if n} == {
        "messages": 2,
        "alarms": 1,
        "login_failures": 1,
        "sessions": 1,
        "enrol_codes": 1,
        "exports": 1,
        "erasures": 1,
        "journal": found["journal"],
    }
    left = {MessageRow: 3, AlarmRow: 3, LoginFailureRow: 1, SessionRow: 1, EnrolCodeRow: 1}
    left |= {ExportRow: 1, ExportedCaseRow: 0, ErasureRow: 1}
    assert {table: count(engine, table) for table in left} == left
    assert forgetting.forget(now, PERIODS) == dict.fromkeys(found, 0)


def test_the_journal_goes_but_its_numbers_go_on(engine, forgetting):
    journal = Journal(engine)
    for number in range(30):
        journal.write(at=NOW + days(number), actor="sato", action="viewed")
    now = NOW + days(210)
    alive(engine, now)
    last = journal.last_line()
    assert forgetting.forget(now, PERIODS)["journal"] == 10  # those more than 200 days old
    assert journal.last_line() > last
    with writing(engine) as session:
        session.execute(update(JournalRow).values(at=NOW))
        session.execute(update(JournalRow).where(JournalRow.action == FORGOTTEN).values(at=now))
    last = journal.last_line()
    forgetting.forget(now, PERIODS)
    assert journal.last_line() > last


def test_a_clock_that_jumped_ahead_erases_nothing(engine, stored_queue, forgetting):
    case_id = closed_case(stored_queue)
    alive(engine, NOW + days(1))
    jumped = NOW + days(4_000)
    Journal(engine).write(at=jumped, actor="sato", action="viewed")  # people work on, with the wrong date
    assert forgetting.forget(jumped, PERIODS) == {}
    assert forgetting.forget(jumped + timedelta(hours=3), PERIODS) == {}
    assert said(stored_queue, case_id) != []
    assert [line.action for line in Journal(engine).latest()].count(DOUBTED) == 1
    assert forgetting.forget(NOW + days(2), PERIODS) != {}  # put right: at once as before
    assert said(stored_queue, case_id) != []


def test_a_clock_that_goes_on_for_a_day_is_believed(engine, stored_queue, forgetting):
    case_id = closed_case(stored_queue)
    alive(engine, NOW + days(1))
    later = NOW + days(4_000)  # the desk was off all the time
    assert forgetting.forget(later, PERIODS) == {}
    assert forgetting.forget(later + days(1), PERIODS)["cases"] == 1
    with pytest.raises(CaseUnknown):
        stored_queue.case(case_id)


def test_the_first_time_counts_from_what_happened_last(engine, stored_queue, forgetting):
    closed_case(stored_queue)
    assert forgetting.forget(NOW + days(1), PERIODS) != {}
    with writing(engine) as session:
        session.execute(update(JournalRow).where(JournalRow.action == FORGOTTEN).values(action="viewed", at=NOW))
    assert forgetting.forget(NOW + days(3), PERIODS) == {}


def test_no_byte_of_what_was_said_is_left_in_sqlites_files(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    migrate(engine)
    closed_case(SqlCallbackQueue(engine, Vault(KEY)))
    with reading(engine) as session:
        spoken = session.scalars(select(RequestRow.conversation_locked)).one()
    alive(engine, NOW + days(40))
    files = [tmp_path / "desk.db", tmp_path / "desk.db-wal"]
    assert any(spoken in path.read_bytes() for path in files)
    assert Forgetting(engine, Vault(KEY)).forget(NOW + days(40), PERIODS)["conversations"] == 1
    assert not any(spoken in path.read_bytes() for path in files)
    engine.dispose()
