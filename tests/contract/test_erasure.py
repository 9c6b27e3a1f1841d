"""Erasing one customer on both databases: all of it goes, nothing of others does, and a receipt stays."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from server.attempts import Attempt, CallOutcome
from server.errors import CaseUnknown
from server.records import Verdict
from server.store.all_tables import ALL_TABLES
from server.store.desk_models import (
    AlarmRow,
    ErasureRow,
    ExportedCaseRow,
    ExportRow,
    JournalRow,
    MessageRow,
    RatingRow,
)
from server.store.engine import open_engine, reading, writing
from server.store.erasing import OF_A_CASE, erase_cases
from server.store.erasure import Erasure
from server.store.insight_models import ProposalRow, ProposalSentenceRow
from server.store.journal import Journal
from server.store.messages import Message
from server.store.messages import queue as queue_message
from server.store.migrating import migrate
from server.store.models import MatterRow, RequestRow
from server.store.notes import Note, NoteStore
from server.store.notice_models import FollowUpRow, RecommendationRow, StoryRow
from server.store.queue import SqlCallbackQueue
from server.store.vault import Vault, new_key
from tests.callback_samples import NOW, minutes, request_of, slot_at
from tests.contract.conftest import KEY

PHONE, OTHER = "+819012345678", "+819087654321"
GONE_WITH_CASE = {"proposal_sentences"}  # by the database itself
KEPT_WITHOUT_CASE = {"journal", "exported_cases"}  # exported_cases: the link goes, see below


@pytest.fixture
def erasure(engine):
    return Erasure(engine, Vault(KEY))


def full_case(engine, queue, **changes):
    """A case with something in every table; return its id and its request's."""
    vault = Vault(KEY)
    request = request_of(**changes)
    case_id = queue.submit(request, now=NOW).case_id
    queue.promise(case_id, slot_at(60), by="sato", seats=3, now=NOW)
    queue.claim(case_id, "sato", now=NOW, lasting=minutes(15))
    call = {"dialled_at": NOW, "rang_at": NOW, "outcome": CallOutcome.NO_ANSWER}
    queue.record(case_id, Attempt(id=uuid4(), agent="sato", note="不在でした", **call))
    NoteStore(engine, vault).add(case_id, Note(id=uuid4(), author="sato", at=NOW, text="折り返しを待つ"))
    export_id, message_id = uuid4(), uuid4()
    with writing(engine) as session:
        session.add(AlarmRow(key=f"safety:{case_id}", kind="safety", case_id=case_id, raised_at=NOW))
        payload = vault.lock("{}", f"messages.payload.{message_id}")
        sending = {"route": "mail", "event": "safety", "made_at": NOW, "next_at": NOW}
        session.add(MessageRow(id=message_id, key=f"m:{case_id}", case_id=case_id, payload_locked=payload, **sending))
        session.add(RatingRow(request_id=request.id, case_id=case_id, answer="no", at=NOW, received_at=NOW))
        session.add(RecommendationRow(request_id=request.id, case_id=case_id, until=NOW, score=3, received_at=NOW))
        after = {"occasion": "repair", "topic": "x", "happened_at": NOW, "due_at": NOW, "ends_at": NOW}
        session.add(FollowUpRow(id=uuid4(), case_id=case_id, **after))
        story = {"device": "box-1", "answer": "well", "asked_at": NOW, "received_at": NOW}
        session.add(StoryRow(id=request.id, case_id=case_id, **story))
        session.add(ExportRow(id=export_id, at=NOW, actor="lead", kind="cases", rows=1))
        session.flush()
        session.add(ExportedCaseRow(export_id=export_id, case_id=case_id))
        _propose(session, case_id)
    return case_id, request, export_id


def _propose(session, case_id):
    """Have an agent's sentence about the case stand in a proposal."""
    counts = dict.fromkeys(
        ("helped", "asked", "not_understood", "asked_back", "refused", "to_human", "lost", "solved_by_people"), 1
    )
    moments = dict.fromkeys(("made_at", "found_at", "first_at", "last_at"), NOW)
    proposal_id = f"p-{case_id.hex[:20]}"
    session.add(ProposalRow(id=proposal_id, kind="article", state="open", **counts, **moments))
    session.flush()
    session.add(ProposalSentenceRow(proposal_id=proposal_id, place=0, case_id=case_id, source_id=uuid4(), sentence=0))


def rows_of(engine, case_id):
    """Return table -> how many rows name the case."""
    with reading(engine) as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table).where(table.c.case_id == case_id))
            for table in ALL_TABLES.sorted_tables
            if "case_id" in table.c
        }


def test_everything_of_the_customer_goes_and_nothing_of_others(engine, stored_queue, erasure):
    case_id, request, export_id = full_case(engine, stored_queue)
    second, _, _ = full_case(engine, stored_queue, topic="repair")
    other, _, _ = full_case(engine, stored_queue, phone=OTHER)
    before = rows_of(engine, other)
    assert min(before.values()) > 0  # the sample reaches every table there is
    assert len(before) == len(OF_A_CASE) + len(KEPT_WITHOUT_CASE) + len(GONE_WITH_CASE)
    lines = len(Journal(engine).latest(limit=1_000))

    receipt = erasure.erase(PHONE, "admin", NOW)

    for gone in (case_id, second):
        assert set(rows_of(engine, gone).values()) == {0}
        with pytest.raises(CaseUnknown):
            stored_queue.case(gone)
    assert rows_of(engine, other) == before
    assert stored_queue.cases_of(PHONE) == ()
    assert len(Journal(engine).latest(limit=1_000)) == lines + 1  # what happened is still known, but not to whom
    assert (receipt.counts["cases"], receipt.counts["requests"], receipt.counts["notes"]) == (2, 2, 2)
    assert export_id in [export.id for export in receipt.exports]
    assert len(receipt.exports) == 2
    assert {(export.actor, export.at) for export in receipt.exports} == {("lead", NOW)}
    assert (erasure.receipt(receipt.id), erasure.receipts()) == (receipt, (receipt,))
    again = stored_queue.submit(request, now=NOW)
    assert (again.verdict, again.case_id) == (Verdict.DUPLICATE, None)


def test_what_stays_says_nothing_of_the_customer(engine, stored_queue, erasure):
    case_id, request, _ = full_case(engine, stored_queue)
    erasure.erase(PHONE, "admin", NOW)
    with reading(engine) as session:
        journal = session.execute(select(JournalRow.case_id, JournalRow.detail, JournalRow.action)).all()
        receipts = json.dumps([row.counts for row in session.scalars(select(ErasureRow))])
    named = [row for row in journal if row.case_id or (row.detail and row.action != "erased")]
    assert len(journal) > 4
    assert named == []
    written = receipts + json.dumps([row.detail for row in journal])
    for secret in (str(case_id), str(request.id), "9012345678", "山田", "不在"):
        assert secret not in written


def test_the_seat_is_free_again(engine, stored_queue, erasure):
    full_case(engine, stored_queue)
    assert stored_queue.taken(slot_at(60).span) == (slot_at(60),)
    erasure.erase(PHONE, "admin", NOW)
    assert stored_queue.taken(slot_at(60).span) == ()


def test_who_is_unknown(erasure):
    assert erasure.find(PHONE) is None
    assert erasure.erase(PHONE, "admin", NOW) is None
    assert erasure.receipts() == ()
    assert erasure.receipt(uuid4()) is None


def test_what_an_erasure_would_take_is_what_it_takes(engine, stored_queue, erasure):
    full_case(engine, stored_queue)
    found = erasure.find(PHONE)
    receipt = erasure.erase(PHONE, "admin", NOW)
    assert (found.counts, found.exports) == (receipt.counts, receipt.exports)
    assert erasure.find(PHONE) is None


def test_a_later_request_of_the_customer_is_a_new_case(engine, stored_queue, erasure):
    former, _, _ = full_case(engine, stored_queue)
    erasure.erase(PHONE, "admin", NOW)
    later = stored_queue.submit(request_of(), now=NOW + minutes(1))
    assert (later.verdict, later.joined) == (Verdict.CREATED, False)
    assert later.case_id != former
    assert erasure.erase(PHONE, "admin", NOW + minutes(2)).counts["cases"] == 1


def test_cases_of_an_earlier_key_go_too(engine, stored_queue):
    full_case(engine, stored_queue)
    renewed = Erasure(engine, Vault(new_key(), earlier=[KEY]))
    assert renewed.erase(PHONE, "admin", NOW).counts["cases"] == 1
    assert stored_queue.cases_of(PHONE) == ()


def test_requests_that_come_in_meanwhile(engine, stored_queue, erasure):
    """Voices of the same customer, old matters and new, while the customer is erased again and again."""
    barrier = Barrier(6)
    requests = [request_of(topic=f"t{number % 4}") for number in range(40)]

    def submit(indexed):
        number, request = indexed
        if number < 4:
            barrier.wait(timeout=30)
        return stored_queue.submit(request, now=NOW)

    def erase(_):
        barrier.wait(timeout=30)
        return [erasure.erase(PHONE, "admin", NOW) for _ in range(10)]

    with ThreadPoolExecutor(6) as pool:
        erasing = [pool.submit(erase, number) for number in range(2)]
        submitted = list(pool.map(submit, enumerate(requests)))
        receipts = [receipt for one in erasing for receipt in one.result() if receipt]
    assert all(one.verdict is Verdict.CREATED for one in submitted)
    left = [len(stored_queue.case(case_id).requests) for case_id in stored_queue.cases_of(PHONE)]
    assert sum(left) + sum(receipt.counts["requests"] for receipt in receipts) == len(requests)
    with reading(engine) as session:
        matters = session.scalars(select(MatterRow.case_id)).all()
    assert set(matters) <= set(stored_queue.cases_of(PHONE))


def test_a_request_that_waits_for_the_erasure_is_a_new_case(engine, stored_queue, erasure):
    """The erasure holds the matter when the next voice comes: it waits, finds the matter gone, and is not lost."""
    former = stored_queue.submit(request_of(), now=NOW).case_id
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as session:
            session.execute(select(MatterRow).with_for_update())
            voice = pool.submit(stored_queue.submit, request_of(), now=NOW)
            wait([voice], timeout=0.5)  # it cannot end yet
            erased = erase_cases(session, Vault(KEY), [former], NOW)
        found = voice.result(timeout=30)
    assert erased["cases"] == 1
    assert found.case_id not in (None, former)
    assert stored_queue.cases_of(PHONE) == (found.case_id,)


def test_what_is_written_about_an_erased_case_is_refused(engine, stored_queue, erasure):
    case_id, _, _ = full_case(engine, stored_queue)
    erasure.erase(PHONE, "admin", NOW)
    message = Message(key="late", route="webhook", event="callback.closed", payload="{}", case_id=case_id)
    with writing(engine) as session:
        assert not queue_message(session, Vault(KEY), message, NOW)
    with pytest.raises(CaseUnknown):
        NoteStore(engine, Vault(KEY)).add(case_id, Note(id=uuid4(), author="sato", at=NOW, text="x"))
    assert set(rows_of(engine, case_id).values()) == {0}


def test_a_message_queued_meanwhile_goes_too(engine, stored_queue, erasure):
    """The message's transaction is open when the erasure begins: the erasure waits for it."""
    case_id = stored_queue.submit(request_of(), now=NOW).case_id
    message = Message(key="meanwhile", route="webhook", event="callback.closed", payload="{}", case_id=case_id)
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as session:
            assert queue_message(session, Vault(KEY), message, NOW)
            erased = pool.submit(erasure.erase, PHONE, "admin", NOW)
            wait([erased], timeout=0.5)  # it cannot end yet
        assert erased.result(timeout=30).counts["messages"] == 1
    assert set(rows_of(engine, case_id).values()) == {0}


def stored_bytes(engine):
    """Return some of what the database holds of its customers: ciphertexts and digests."""
    with reading(engine) as session:
        requests = session.scalars(select(RequestRow)).all()
        matters = session.scalars(select(MatterRow.phone_digest)).all()
    locked = [value for row in requests for value in (row.name_locked, row.phone_locked, row.conversation_locked)]
    return [*(value[-40:] for value in locked), *matters]


def in_files(folder, wanted):
    files = b"".join(path.read_bytes() for path in sorted(folder.glob("desk.db*")))
    return [piece in files for piece in wanted]


def test_no_byte_is_left_in_sqlites_files(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    migrate(engine)
    queue, erasure = SqlCallbackQueue(engine, Vault(KEY)), Erasure(engine, Vault(KEY))
    long_talk = [{"speaker": "customer", "text": f"{number} 返金してください。" * 20} for number in range(40)]
    for number in range(30):
        queue.submit(request_of(topic=f"t{number}", conversation=long_talk), now=NOW)
    wanted = stored_bytes(engine)
    other = queue.submit(request_of(phone=OTHER), now=NOW).case_id
    assert len(wanted) == 30 * 4
    assert all(in_files(tmp_path, wanted))
    assert erasure.erase(PHONE, "admin", NOW).counts["cases"] == 30
    assert not any(in_files(tmp_path, wanted))
    assert len(queue.case(other).requests) == 1
    assert (tmp_path / "desk.db-wal").stat().st_size == 0
    engine.dispose()


def test_nothing_personal_is_logged(engine, stored_queue, erasure, caplog):
    with caplog.at_level(logging.DEBUG):
        full_case(engine, stored_queue)
        erasure.find(PHONE)
        erasure.erase(PHONE, "admin", NOW)
    for secret in ("9012345678", "山田", "やまだ", "返金", "不在", "折り返し"):
        assert secret not in caplog.text
