"""Recordings on both databases: kept once, encrypted, gone with their time, their customer, their conversation."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from server.errors import KeyInvalid
from server.recordings import wav_of
from server.settings import Retention
from server.store.engine import open_engine, reading, writing
from server.store.erasure import Erasure
from server.store.journal import Journal
from server.store.migrating import migrate
from server.store.queue import SqlCallbackQueue
from server.store.recording_models import RecordedSoundRow, RecordingRow
from server.store.recordings import RecordingStore, Took
from server.store.retention import FORGOTTEN, Forgetting
from server.store.talks import TalkStore
from server.store.vault import Vault, new_key
from server.talks import LoggedConversation, LoggedTurn
from tests.callback_samples import NOW, request_of
from tests.contract.conftest import KEY
from tests.recording_samples import WORDING, pcm, recording

PHONE = "+819012345678"
DAY = timedelta(days=1)


@pytest.fixture
def log(engine):
    return TalkStore(engine, Vault(KEY))


@pytest.fixture
def store(engine):
    return RecordingStore(engine, Vault(KEY))


def logged(log, *, callback=None, device="box-1", now=NOW):
    """A conversation of two turns that is in the log; its id."""
    turn = LoggedTurn(at=NOW, heard="返金したい", said="はい", outcome="answered", understood=True)
    one = LoggedConversation(
        id=uuid4(), device=device, began_at=NOW, ended_at=NOW, callback=callback, turns=(turn, turn)
    )
    log.keep([one], device=device, now=now)
    return one.id


def keep(store, talk, given=None, *, device="box-1", now=NOW):
    return store.keep(talk, given or recording({0: pcm(), 1: pcm(0.5)}, withheld=[2]), device=device, now=now)


def rows_in(engine):
    with reading(engine) as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) for table in (RecordingRow, RecordedSoundRow)
        )


def actions(engine):
    return [(line.actor, line.action) for line in reversed(Journal(engine).latest())]


def test_kept_with_its_consent_and_heard_as_it_was(engine, store, log):
    talk = logged(log)
    assert store.of(talk) is None
    assert keep(store, talk) is Took.KEPT
    found = store.of(talk)
    assert (found.wording, found.durations_ms, found.withheld) == (WORDING, {0: 100, 1: 500}, frozenset({2}))
    assert found.agreed_at < NOW == found.received_at
    assert store.listen(talk, 1, by="lead", now=NOW) == wav_of(pcm(0.5))
    assert store.listen(talk, 2, by="lead", now=NOW) is None
    assert actions(engine) == [("device:box-1", "recording_kept"), ("lead", "listened")]
    line = Journal(engine).latest()[0]
    assert line.detail == {"conversation": str(talk), "turn": 1}


def test_the_same_again_changes_nothing(engine, store, log):
    talk = logged(log)
    keep(store, talk)
    assert keep(store, talk, recording({0: pcm(3)})) is Took.KEPT
    assert store.of(talk).durations_ms == {0: 100, 1: 500}
    assert actions(engine) == [("device:box-1", "recording_kept")]


def test_many_at_once_are_one(engine, store, log):
    talk = logged(log)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: keep(store, talk), range(4))) == {Took.KEPT}
    assert rows_in(engine) == (1, 2)


def test_only_of_a_conversation_of_this_device(engine, store, log):
    assert keep(store, uuid4()) is Took.UNKNOWN
    assert keep(store, logged(log), device="box-2") is Took.UNKNOWN
    assert rows_in(engine) == (0, 0)


def test_which_of_some_can_be_heard(store, log):
    first, second, third = logged(log), logged(log), logged(log)
    keep(store, first)
    keep(store, third)
    store.withdraw(third, device="box-1", now=NOW)
    assert store.those_with([first, second, third]) == {first}
    assert store.those_with([]) == frozenset()


def test_nobody_reads_it_without_the_key_and_nowhere_else(engine, store, log):
    talk, other = logged(log), logged(log)
    keep(store, talk)
    keep(store, other)
    with pytest.raises(KeyInvalid):
        RecordingStore(engine, Vault(new_key())).listen(talk, 0, by="lead", now=NOW)
    assert RecordingStore(engine, Vault(new_key(), earlier=[KEY])).listen(talk, 0, by="lead", now=NOW)
    with writing(engine) as session:
        there = session.get(RecordedSoundRow, (other, 0))
        assert pcm()[:64] not in there.wav_locked
        session.get(RecordedSoundRow, (talk, 0)).wav_locked = there.wav_locked
    with pytest.raises(KeyInvalid):
        store.listen(talk, 0, by="lead", now=NOW)


def test_taken_back_it_is_gone_and_does_not_come_again(engine, store, log):
    talk = logged(log)
    keep(store, talk)
    store.withdraw(talk, device="box-2", now=NOW)
    assert store.of(talk) is not None
    for _ in range(2):
        store.withdraw(talk, device="box-1", now=NOW)
    assert (store.of(talk), rows_in(engine)) == (None, (1, 0))
    assert store.listen(talk, 0, by="lead", now=NOW) is None
    assert keep(store, talk) is Took.GONE
    assert actions(engine) == [("device:box-1", "recording_kept"), ("device:box-1", "recording_withdrawn")]


def test_taken_back_before_it_came(engine, store, log):
    talk = logged(log)
    store.withdraw(talk, device="box-1", now=NOW)
    store.withdraw(uuid4(), device="box-1", now=NOW)
    assert keep(store, talk) is Took.GONE
    assert (store.of(talk), rows_in(engine)) == (None, (1, 0))


def test_it_goes_with_its_customer_and_the_receipt_says_so(engine, store, log, stored_queue):
    request = request_of()
    stored_queue.submit(request, now=NOW)
    talk, other = logged(log, callback=request.id), logged(log)
    keep(store, talk, recording(callback=str(request.id)))
    keep(store, other)
    assert Journal(engine).latest()[1].case_id is not None
    erasure = Erasure(engine, Vault(KEY))
    assert erasure.find(PHONE).counts["recordings"] == 1
    receipt = erasure.erase(PHONE, "admin", NOW)
    assert receipt.counts["recordings"] == 1
    assert store.those_with([talk, other]) == {other}
    assert rows_in(engine) == (1, 2)
    assert keep(store, talk, recording(callback=str(request.id))) is Took.GONE
    lines = [line for line in Journal(engine).latest() if line.action == "recording_kept"]
    assert [line.detail.get("conversation") for line in lines] == [str(other), None]


def test_after_its_days_it_goes_and_never_later_than_the_log(engine, store, log):
    young, old = logged(log), logged(log)
    keep(store, old)
    keep(store, young, now=NOW + 5 * DAY)
    now = NOW + 30 * DAY
    Journal(engine).write(at=now - DAY, actor="system", action=FORGOTTEN)
    forgetting = Forgetting(engine, Vault(KEY))
    assert forgetting.forget(now - timedelta(seconds=1), Retention())["recordings"] == 0
    assert forgetting.forget(now, Retention())["recordings"] == 1
    assert store.those_with([old, young]) == {young}
    assert log.count() == 2
    forgetting.forget(now, Retention(turns_days=10))
    assert (log.count(), rows_in(engine)) == (0, (0, 0))


def test_it_goes_with_what_else_was_said_in_a_closed_case(engine, store, log, stored_queue):
    request = request_of()
    case_id = stored_queue.submit(request, now=NOW).case_id
    stored_queue.close(case_id, reason="solved", by="sato", now=NOW)
    talk, other = logged(log, callback=request.id), logged(log)
    keep(store, talk)
    keep(store, other)
    now = NOW + 6 * DAY
    Journal(engine).write(at=now - DAY, actor="system", action=FORGOTTEN)
    assert Forgetting(engine, Vault(KEY)).forget(now, Retention(conversation_days=5))["recordings"] == 1
    assert store.those_with([talk, other]) == {other}


def test_no_byte_is_left_in_sqlites_files(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    migrate(engine)
    queue, log, store = (
        SqlCallbackQueue(engine, Vault(KEY)),
        TalkStore(engine, Vault(KEY)),
        RecordingStore(engine, Vault(KEY)),
    )
    request = request_of()
    queue.submit(request, now=NOW)
    keep(store, logged(log, callback=request.id))
    with engine.connect() as connection:
        locked = connection.execute(text("SELECT wav_locked FROM recorded_sounds WHERE turn = 1")).scalar_one()[:400]
    assert Erasure(engine, Vault(KEY)).erase(PHONE, "admin", NOW)
    engine.dispose()
    assert locked not in b"".join(path.read_bytes() for path in sorted(tmp_path.glob("desk.db*")))
