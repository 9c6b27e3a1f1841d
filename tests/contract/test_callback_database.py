"""What is true of the databases beneath the queue."""

from concurrent.futures import ThreadPoolExecutor, wait
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from server.attempts import Attempt, CallOutcome
from server.errors import KeyInvalid, SettingsInvalid, StoreError, StoreOutdated, StoreUnavailable
from server.records import Verdict
from server.slots import Slot
from server.spans import Span
from server.store.engine import open_engine, reading, writing
from server.store.migrating import differences, migrate
from server.store.models import CaseRow, PromiseRow, Table
from server.store.queue import SqlCallbackQueue
from server.store.submitting import submit
from server.store.vault import Vault, new_key
from tests.callback_samples import NOW, minutes, request_of
from tests.contract.conftest import KEY

SECRETS = ("山田", "ヤマダ", "9012345678", "返金してください", "hanako@", "お怒り", "返金しました")


def test_the_migrations_make_the_models(engine):
    assert differences(engine) == []
    migrate(engine)
    assert differences(engine) == []


def test_replicas_that_start_at_once_migrate_once(bare_engine):
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(migrate, [bare_engine] * 4)) == [None] * 4
    assert differences(bare_engine) == []


def test_an_empty_database_is_told(bare_engine):
    with pytest.raises(StoreOutdated, match="run the migrations"):
        SqlCallbackQueue(bare_engine, Vault(KEY)).submit(request_of(), now=NOW)


def test_a_newer_database_is_told(engine):
    with writing(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreOutdated, match="another version"):
        migrate(engine)


def test_personal_data_is_not_in_the_tables(engine, stored_queue):
    request = request_of(channel="email", channel_address="hanako@example.jp")
    case_id = stored_queue.submit(request, now=NOW).case_id
    call = {"dialled_at": NOW, "rang_at": NOW, "outcome": CallOutcome.VOICEMAIL}
    event = Attempt(id=uuid4(), agent="佐藤", note="お怒りでした", how_solved="返金しました", **call)
    stored_queue.record(case_id, event)
    everything = b""
    with reading(engine) as session:
        for table in Table.metadata.sorted_tables:
            for row in session.execute(select(table)):
                everything += b"".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
    assert b"refund" in everything
    assert not [secret for secret in SECRETS if secret.encode() in everything]


def test_another_key_reads_nothing(engine, stored_queue):
    case_id = stored_queue.submit(request_of(), now=NOW).case_id
    with pytest.raises(KeyInvalid):
        SqlCallbackQueue(engine, Vault(new_key())).case(case_id)


def test_a_new_key_continues_the_case(engine, stored_queue):
    """After the key changed, the same customer's second voice still joins, and the case is still found."""
    first = stored_queue.submit(request_of(), now=NOW)
    renewed = SqlCallbackQueue(engine, Vault(new_key(), earlier=[KEY]))
    second = renewed.submit(request_of(), now=NOW + minutes(5))
    assert (second.verdict, second.joined, second.case_id) == (Verdict.CREATED, True, first.case_id)
    assert len(renewed.case(first.case_id).requests) == 2
    assert renewed.cases_of("+819012345678") == (first.case_id,)


def test_moved_promises_are_remembered(engine, stored_queue):
    case_id = stored_queue.submit(request_of(), now=NOW).case_id
    for after in (60, 90):
        span = Span(NOW + minutes(after), NOW + minutes(after + 30))
        stored_queue.promise(case_id, Slot(span, "general"), by="sato", seats=1, now=NOW)
    with reading(engine) as session:
        kept = session.execute(select(PromiseRow.begins_at, PromiseRow.ended_at).order_by(PromiseRow.id)).all()
    assert [tuple(row) for row in kept] == [(NOW + minutes(60), NOW), (NOW + minutes(90), None)]


def test_the_database_itself_refuses_a_seat_twice(engine, stored_queue):
    cases = [stored_queue.submit(request_of(topic=t), now=NOW).case_id for t in ("a", "b")]
    slot = Slot(Span(NOW + minutes(60), NOW + minutes(90)), "general")
    stored_queue.promise(cases[0], slot, by="sato", seats=1, now=NOW)
    seat = {"skill": "general", "seat": 0, "begins_at": slot.span.begins, "ends_at": slot.span.ends}
    with pytest.raises(StoreError, match="IntegrityError"), writing(engine) as session:
        session.add(PromiseRow(case_id=cases[1], made_at=NOW, **seat))


def test_a_failed_operation_keeps_nothing(engine, stored_queue):
    with pytest.raises(ZeroDivisionError), writing(engine) as session:
        session.add(
            CaseRow(
                id=uuid4(), phone_digest=b"x", topic="t", urgency_rank=2, lane=1, skill="a", due_at=NOW, opened_at=NOW
            )
        )
        session.flush()
        raise ZeroDivisionError
    with reading(engine) as session:
        assert session.scalars(select(CaseRow)).all() == []


def test_reading_goes_on_while_somebody_writes(engine, stored_queue):
    case_id = stored_queue.submit(request_of(), now=NOW).case_id
    with writing(engine) as session:
        session.execute(text("UPDATE cases SET topic = 'changed'"))
        assert stored_queue.case(case_id).topic == "refund"
    assert stored_queue.case(case_id).topic == "changed"


def test_a_second_voice_waits_for_the_first(engine, stored_queue):
    """A known matter whose case is closed: the first new voice's transaction is still open when the second comes."""
    former = stored_queue.submit(request_of(), now=NOW).case_id
    stored_queue.close(former, by="sato", reason="reached", now=NOW)
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as session:
            first = submit(session, Vault(KEY), request_of(), NOW)
            second = pool.submit(stored_queue.submit, request_of(), now=NOW)
            wait([second], timeout=0.5)  # it cannot end yet; without the lock it would, with a case of its own
        assert second.result(timeout=30).case_id == first.case_id
    assert second.result().joined


def test_sqlite_is_there_after_reopening(tmp_path):
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    engine = open_engine(url)
    migrate(engine)
    case_id = SqlCallbackQueue(engine, Vault(KEY)).submit(request_of(), now=NOW).case_id
    engine.dispose()
    again = open_engine(url)
    assert len(SqlCallbackQueue(again, Vault(KEY)).case(case_id).requests) == 1
    again.dispose()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/desk.db", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_database_that_is_away(url):
    engine = open_engine(url)
    with pytest.raises(StoreUnavailable) as caught:
        SqlCallbackQueue(engine, Vault(KEY)).submit(request_of(), now=NOW)
    assert caught.value.retryable
    engine.dispose()


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://root@localhost/x"])
def test_databases_the_desk_does_not_know(url):
    with pytest.raises(SettingsInvalid, match="database_url"):
        open_engine(url)


def test_who_stands_still_with_a_lock_does_not_keep_others_for_ever(postgres_url):
    engine = open_engine(postgres_url)
    with reading(engine) as session:
        limits = [
            session.scalar(text(f"SHOW {name}")) for name in ("lock_timeout", "idle_in_transaction_session_timeout")
        ]
    engine.dispose()
    assert limits == ["10s", "2min"]
