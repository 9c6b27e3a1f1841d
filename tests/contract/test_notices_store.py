"""Notices on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from alembic import command

from server.notices import Kind
from server.store.engine import writing
from server.store.journal import Journal
from server.store.migrating import _config, differences, migrate
from server.store.notices import NoticeStore
from tests.callback_samples import NOW
from tests.notice_samples import notice

DAY = timedelta(days=1)


@pytest.fixture
def notices(engine):
    return NoticeStore(engine)


def add(notices, told, devices=None):
    notices.add(told, devices, by="lead", now=NOW)
    return told


def of(notices, device="box-1", now=NOW):
    return [one.id for one in notices.of_device(device, now=now)]


def test_what_is_kept_comes_back_whole(notices):
    told = add(
        notices, notice("頒布を止めました。", kind=Kind.RECALL, danger=True, at_once=True, readings={"頒布": "はんぷ"})
    )
    (found,) = notices.of_device("box-1", now=NOW)
    assert found == told
    kept = notices.get(told.id)
    assert (kept.made_by, kept.made_at, kept.devices, kept.withdrawn_at) == ("lead", NOW, None, None)


def test_only_for_those_devices_and_only_in_its_time(notices):
    told = add(notices, notice(begins=NOW + DAY, ends=NOW + 2 * DAY), ("box-1", "box-2"))
    assert of(notices, now=NOW) == []
    assert of(notices, now=NOW + DAY) == of(notices, "box-2", NOW + DAY) == [told.id]
    assert of(notices, "box-3", NOW + DAY) == []
    assert of(notices, now=NOW + 2 * DAY) == []


def test_tellings_are_counted_one_by_one_where_it_is_told(notices):
    told = add(notices, notice(), ("page",))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: notices.count("page", told.id, now=NOW), range(12)))
    notices.count("box-1", told.id, now=NOW)
    notices.count("page", uuid4(), now=NOW)
    assert [(one.device, one.told) for one in notices.tellings()[told.id]] == [("page", 12)]
    assert len(notices.tellings()) == 1


def test_withdrawn_it_is_gone_at_once_and_once(engine, notices):
    told = add(notices, notice())
    assert notices.withdraw(told.id, by="lead", now=NOW + DAY)
    assert not notices.withdraw(told.id, by="admin", now=NOW + 2 * DAY)
    assert not notices.withdraw(uuid4(), by="lead", now=NOW)
    assert of(notices) == []
    kept = notices.get(told.id)
    assert (kept.withdrawn_by, kept.withdrawn_at) == ("lead", NOW + DAY)
    assert [line.action for line in Journal(engine).latest()] == ["notice_withdrawn", "notice_made"]


def test_the_same_form_sent_twice_is_one_notice(engine, notices):
    told = notice()
    for _ in range(2):
        add(notices, told)
    assert of(notices) == [told.id]
    assert len(Journal(engine).latest(action="notice_made")) == 1


def test_counts_are_the_latest_and_of_own_notices(notices):
    ours, others = add(notices, notice()), add(notices, notice(), ("box-9",))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: notices.report("box-1", {ours.id: n % 2}, now=NOW), range(8)))
    notices.report("box-1", {ours.id: 3, others.id: 5, uuid4(): 7}, now=NOW + DAY)
    notices.report("box-2", {ours.id: 0}, now=NOW)
    found = notices.tellings()
    assert [(one.device, one.told, one.at) for one in found[ours.id]] == [("box-1", 3, NOW + DAY), ("box-2", 0, NOW)]
    assert set(found) == {ours.id}


def test_old_ones_leave_the_page(notices):
    add(notices, notice())
    assert len(notices.recent(now=NOW + 30 * DAY)) == 1
    assert notices.recent(now=NOW + 34 * DAY) == ()


def test_a_desk_of_before_gets_the_tables(bare_engine):
    with writing(bare_engine) as session:
        command.upgrade(_config(session.connection()), "0007")
    migrate(bare_engine)
    assert differences(bare_engine) == []
    store = NoticeStore(bare_engine)
    told = add(store, notice())
    assert of(store) == [told.id]
