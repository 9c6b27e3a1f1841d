"""Follow-ups on both databases: for whom, when, on which device, and gone with the customer."""

from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from server.follow_ups import Occasion, load_templates
from server.notices import Kind, customer_digest
from server.store.devices import DeviceStore
from server.store.erasure import Erasure
from server.store.follow_ups import FollowUpStore, planned
from server.store.vault import Vault
from tests.callback_samples import NOW, request_of
from tests.contract.conftest import KEY

DAY = timedelta(days=1)
DUE = NOW + 14 * DAY
PHONE = "+819012345678"


@pytest.fixture
def store(engine, tmp_path):
    return FollowUpStore(engine, Vault(KEY), load_templates(tmp_path))


@pytest.fixture
def token(engine):
    """Make a device known; its token."""
    devices = DeviceStore(engine, Vault(KEY))

    def enrolled(device_id="box-1"):
        return devices.enrol(devices.make_code(device_id, device_id, by="lead", now=NOW), now=NOW)[1]

    return enrolled


@pytest.fixture
def case_id(stored_queue):
    return stored_queue.submit(request_of(), now=NOW).case_id


def plan(occasion=Occasion.PURCHASE, topic="aircon-smell", **given):
    return planned(given.get("id", uuid4()), occasion, topic, NOW)


def test_two_weeks_later_on_the_device_the_customer_called_from(store, case_id, token):
    digest = sha256(token().encode()).digest()
    token("box-2")
    assert store.plan_for(PHONE, plan(), by="organisation", now=NOW)
    assert store.of_device("box-1", now=DUE - DAY) == ()
    (told,) = store.of_device("box-1", now=DUE)
    assert (told.kind, told.customer) == (Kind.FOLLOW_UP, customer_digest(digest, PHONE))
    assert all(word in told.text for word in ("エアコン", "一つめ。", "二つめ。", "三つめ。"))
    assert PHONE not in str(told)
    assert store.of_device("box-2", now=DUE) == ()
    assert store.of_device("box-1", now=DUE + 14 * DAY) == ()


def test_told_by_one_device_no_other_tells_it_again(store, case_id, token, stored_queue):
    for box in ("box-1", "box-2"):
        token(box)
    stored_queue.submit(request_of(device="box-2", topic="other"), now=NOW)
    one = plan()
    store.plan(one, case_id, by="sato", now=NOW)
    assert len(store.of_device("box-1", now=DUE)) == len(store.of_device("box-2", now=DUE)) == 1
    store.report("box-2", {one.id: 0}, now=DUE)
    assert len(store.of_device("box-1", now=DUE)) == 1
    store.report("box-2", {one.id: 1}, now=DUE)
    store.report("box-1", {one.id: 1}, now=DUE + DAY)
    assert store.of_device("box-1", now=DUE) == ()
    assert len(store.of_device("box-2", now=DUE)) == 1
    assert store.of_case(case_id)[0].told_at == DUE


def test_the_same_id_is_planned_once_and_nothing_of_strangers(store, case_id):
    one = plan()
    assert store.plan(one, case_id, by="sato", now=NOW)
    assert store.plan_for(PHONE, one, by="organisation", now=NOW)
    assert [found.id for found in store.of_case(case_id)] == [one.id]
    assert not store.plan_for("+81312345678", plan(), by="organisation", now=NOW)
    assert not store.plan(plan(), uuid4(), by="sato", now=NOW)


def test_gone_with_the_customer(engine, store, case_id, token):
    token()
    store.plan(plan(), case_id, by="sato", now=NOW)
    assert Erasure(engine, Vault(KEY)).erase(PHONE, "admin", NOW).counts["follow_ups"] == 1
    assert store.of_device("box-1", now=DUE) == ()
    assert store.of_case(case_id) == ()
