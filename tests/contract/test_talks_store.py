"""The devices' log on both databases: kept once, encrypted, forgotten with its time and with its customer."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from server.settings import Retention
from server.store.desk_models import TalkRow, TalkTurnRow
from server.store.engine import open_engine, reading, writing
from server.store.erasing import erase_cases
from server.store.erasure import Erasure
from server.store.journal import Journal
from server.store.migrating import migrate
from server.store.models import Table
from server.store.queue import SqlCallbackQueue
from server.store.retention import FORGOTTEN, Forgetting
from server.store.talks import TalkStore
from server.store.vault import Vault, new_key
from server.talks import LoggedConversation, LoggedTurn
from tests.callback_samples import NOW, request_of
from tests.contract.conftest import KEY

PHONE = "+819012345678"
DAY = timedelta(days=1)


@pytest.fixture
def log(engine):
    return TalkStore(engine, Vault(KEY))


@pytest.fixture
def erasure(engine):
    return Erasure(engine, Vault(KEY))


def talk(*topics, heard="返金したい", **changes):
    turns = tuple(
        LoggedTurn(
            at=NOW, heard=heard, said="承知しました", outcome="answered", topic=topic, score=0.5, understood=True
        )
        for topic in topics or ("refund",)
    )
    return LoggedConversation(
        **({"id": uuid4(), "device": "box-1", "began_at": NOW, "ended_at": NOW} | changes), turns=turns
    )


def keep(log, *talks, now=NOW, device="box-1"):
    return log.keep(talks, device=device, now=now)


def ids(found):
    return [one.conversation.id for one in found]


def rows_in(engine):
    with reading(engine) as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) for table in (TalkRow, TalkTurnRow))


def test_what_is_kept_comes_back(log):
    given = talk("refund", None, "hours", callback=UUID(int=5))
    assert keep(log, given) == (given.id,)
    (found,) = log.conversations()
    assert (found.conversation, found.received_at) == (given, NOW)


def test_the_longest_version_stays(engine, log):
    short = talk("a")
    long = talk("a", "b", heard="長い", id=short.id, ended_at=NOW + DAY)
    for given, now in ((short, NOW), (long, NOW + DAY), (short, NOW + 2 * DAY), (talk("x", "y", id=short.id), NOW)):
        assert keep(log, given, now=now) == (short.id,)
    (found,) = log.conversations()
    assert (found.conversation, found.received_at) == (long, NOW)
    assert rows_in(engine) == (1, 2)


def test_the_request_may_be_named_later(log):
    given = talk()
    named = given.model_copy(update={"callback": UUID(int=5)})
    for one in (given, named, given, given.model_copy(update={"callback": UUID(int=6)})):
        keep(log, one)
    assert log.conversations()[0].conversation.callback == UUID(int=5)


def test_an_id_of_another_device_is_left_alone(log):
    given, own = talk(), talk(device="box-2")
    keep(log, given)
    assert keep(log, talk("a", "b", id=given.id), own, device="box-2") == (own.id,)
    assert log.conversations(device="box-1")[0].conversation == given


def test_they_are_listed_by_device_and_topic_the_newest_first(log):
    first, second, third = talk("refund"), talk("hours", "refund"), talk("hours", device="box-2")
    for number, given in enumerate((first, second, third)):
        keep(log, given, now=NOW + number * DAY, device=given.device)
    assert ids(log.conversations()) == [third.id, second.id, first.id]
    assert ids(log.conversations(device="box-1")) == [second.id, first.id]
    assert ids(log.conversations(topic="hours")) == [third.id, second.id]
    assert ids(log.conversations(device="box-1", topic="hours")) == [second.id]
    assert (log.count(), log.count(device="box-1"), log.count(topic="refund"), log.count(topic="x")) == (3, 2, 2, 0)
    (newest,) = log.conversations(limit=1)
    assert ids(log.conversations(after=newest, limit=1)) == [second.id]
    assert log.conversations(device="nobody") == ()


def test_pages_lose_and_double_none_that_came_at_once(log):
    given = [talk() for _ in range(7)]
    keep(log, *given)
    seen, last = [], None
    while found := log.conversations(after=last, limit=3):
        seen += ids(found)
        last = found[-1]
    assert sorted(seen) == sorted(one.id for one in given)


def test_what_was_said_is_encrypted_and_masked(engine, log):
    keep(log, talk(heard="返金したい、090-1234-5678です"))
    with reading(engine) as session:
        everything = b""
        for table in Table.metadata.sorted_tables:
            for row in session.execute(select(table)):
                everything += b"".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    assert b"refund" in everything
    for secret in ("返金したい", "1234", "承知"):
        assert secret.encode() not in everything
    assert log.conversations()[0].conversation.turns[0].heard == "返金したい、＊＊＊＊です"
    (unread,) = TalkStore(engine, Vault(new_key())).conversations()
    assert (unread.is_readable, unread.conversation.turns) == (False, ())
    assert len(TalkStore(engine, Vault(new_key(), earlier=[KEY])).conversations()) == 1


def test_the_same_sent_at_once_is_one(engine, log):
    barrier = Barrier(4)
    versions = [talk(*"abcd"[:length], id=UUID(int=3)) for length in (1, 2, 3, 4)]
    others = [talk() for _ in range(4)]

    def send(number):
        barrier.wait(timeout=30)
        return [keep(log, versions[number], *others) for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        answers = [answer for answers in pool.map(send, range(4)) for answer in answers]
    assert {len(answer) for answer in answers} == {5}
    assert rows_in(engine) == (5, 8)
    assert {len(one.conversation.turns) for one in log.conversations() if one.conversation.id == UUID(int=3)} == {4}


def test_they_go_with_the_customer(engine, stored_queue, erasure, log):
    request, other = request_of(), request_of(phone="090-8765-4321")
    for one in (request, other):
        stored_queue.submit(one, now=NOW)
    theirs, again = talk("a", "b", callback=request.id), talk(callback=request.id)
    early = talk()  # sent before it was known what would come of it
    rest = [early, talk(callback=other.id), talk(), talk(callback=uuid4())]
    keep(log, theirs, again, *rest)
    found = erasure.find(PHONE)
    receipt = erasure.erase(PHONE, "admin", NOW)
    assert (found.counts["talks"], receipt.counts["talks"]) == (2, 2)
    assert set(ids(log.conversations())) == {one.id for one in rest}
    late, named = talk(callback=request.id), early.model_copy(update={"callback": request.id})
    assert set(keep(log, theirs, late, named)) == {theirs.id, late.id, early.id}  # the device is done with them
    assert set(ids(log.conversations())) == {one.id for one in rest[1:]}
    assert rows_in(engine) == (3, 3)


def test_what_comes_while_a_customer_is_erased_does_not_stay(engine, stored_queue, log):
    request = request_of()
    case_id = stored_queue.submit(request, now=NOW).case_id
    given = talk(callback=request.id)
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as session:
            assert erase_cases(session, Vault(KEY), [case_id], NOW)["talks"] == 0
            keeping = pool.submit(keep, log, given)
            wait([keeping], timeout=0.5)  # it cannot end yet
        assert keeping.result(timeout=30) == (given.id,)
    assert rows_in(engine) == (0, 0)


def test_they_are_kept_for_so_many_days(engine, log):
    old, young = talk("a", "b"), talk()
    keep(log, old)
    keep(log, young, now=NOW + 5 * DAY)
    now = NOW + 10 * DAY
    Journal(engine).write(at=now - DAY, actor="system", action=FORGOTTEN)
    forgetting = Forgetting(engine, Vault(KEY))
    assert forgetting.forget(now - timedelta(seconds=1), Retention(turns_days=10))["talks"] == 0
    assert forgetting.forget(now, Retention(turns_days=10))["talks"] == 1
    assert ids(log.conversations()) == [young.id]
    assert forgetting.forget(now, Retention(turns_days=0))["talks"] == 1
    assert rows_in(engine) == (0, 0)


def test_a_case_that_was_kept_long_enough_takes_them_along(engine, stored_queue, log):
    request = request_of()
    case_id = stored_queue.submit(request, now=NOW).case_id
    stored_queue.close(case_id, reason="solved", by="sato", now=NOW)
    keep(log, talk(callback=request.id), talk(), now=NOW + 8 * DAY)
    now = NOW + 10 * DAY
    Journal(engine).write(at=now - DAY, actor="system", action=FORGOTTEN)
    Forgetting(engine, Vault(KEY)).forget(now, Retention(conversation_days=5, case_days=5))
    (receipt,) = Erasure(engine, Vault(KEY)).receipts()
    assert (receipt.counts["talks"], log.count()) == (1, 1)


def test_no_byte_is_left_in_sqlites_files(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    migrate(engine)
    queue, log = SqlCallbackQueue(engine, Vault(KEY)), TalkStore(engine, Vault(KEY))
    request = request_of()
    queue.submit(request, now=NOW)
    keep(log, *(talk(*["x"] * 20, heard="返金してください。" * 20, callback=request.id) for _ in range(10)))
    with reading(engine) as session:
        wanted = [row[-40:] for row in session.scalars(select(TalkTurnRow.words_locked))]

    def in_files():
        held = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("desk.db*")))
        return [piece in held for piece in wanted]

    assert len(wanted) == 200
    assert all(in_files())
    assert Erasure(engine, Vault(KEY)).erase(PHONE, "admin", NOW).counts["talks"] == 10
    assert not any(in_files())
    engine.dispose()
