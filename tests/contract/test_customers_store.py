"""Profiles of customers on both databases: kept with their cases, found under every key, gone with the last case."""

from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest

from server.customers import AddressForm, Change, Profile
from server.settings import Retention
from server.store.customers import CustomerStore
from server.store.erasure import Erasure
from server.store.journal import Journal
from server.store.queue import SqlCallbackQueue
from server.store.retention import FORGOTTEN, Forgetting
from server.store.vault import Vault, new_key
from server.wire import Channel, Consent
from tests.callback_samples import NOW, request_of
from tests.contract.conftest import KEY

PHONE = "+819012345678"
ALL = Change(
    tier="priority", channel=Channel.EMAIL, address=AddressForm.SENSEI, ask_later=Consent(at=NOW, wording="伺っても？")
)
KEPT = Profile(
    tier="priority", channel=Channel.EMAIL, address=AddressForm.SENSEI, address_at=NOW, may_ask_after=NOW,
    ask_wording="伺っても？", ask_by="sato",
)  # fmt: skip


@pytest.fixture
def store(engine):
    return CustomerStore(engine, Vault(KEY))


@pytest.fixture
def request_(stored_queue):
    """A request that is kept, and its case."""
    request = request_of()
    return request, stored_queue.submit(request, now=NOW).case_id


def test_a_profile_is_of_the_number_whichever_case_it_came_by(store, stored_queue, request_):
    request, case_id = request_
    other = request_of(topic="other", device="box-2")
    other_case = stored_queue.submit(other, now=NOW).case_id
    assert store.change(case_id, ALL, by="sato", now=NOW)
    assert store.profile(PHONE) == store.profile_of_case(other_case) == KEPT
    assert store.profile_of_request(request.id) == store.profile_of_request(other.id) == KEPT
    stranger = stored_queue.submit(request_of(phone="03-1234-5678"), now=NOW).case_id
    assert store.profile_of_case(stranger) == store.profile("+81312345678") == Profile()
    assert store.profiles([PHONE, "+81312345678"]) == {PHONE: KEPT, "+81312345678": Profile()}


def test_told_twice_is_told_once_and_the_journal_says_no_words(engine, store, request_):
    _, case_id = request_
    for by in ("sato", "organisation"):
        assert store.change_for(PHONE, ALL, by=by, now=NOW)
    (line,) = Journal(engine).latest(action="customer_changed")
    assert (line.actor, line.case_id) == ("sato", case_id)
    assert line.detail == {"what": "tier channel address ask_later", "tier": "priority"}


def test_of_whom_no_case_is_kept_nothing_is(store, request_):
    assert not store.change_for("+81312345678", ALL, by="organisation", now=NOW)
    assert not store.change(uuid4(), ALL, by="sato", now=NOW)
    assert (
        store.profile("+81312345678")
        == store.profile_of_case(uuid4())
        == store.profile_of_request(uuid4())
        == Profile()
    )


def test_found_after_the_key_changed_and_kept_once(engine, store, request_):
    _, case_id = request_
    store.change(case_id, ALL, by="sato", now=NOW)
    rotated = CustomerStore(engine, Vault(new_key(), earlier=[KEY]))
    assert rotated.profile(PHONE) == rotated.profile_of_case(case_id) == KEPT
    assert rotated.change(case_id, Change(tier=""), by="sato", now=NOW)
    assert rotated.profile(PHONE).tier == ""
    assert rotated.profile(PHONE).address is AddressForm.SENSEI
    assert store.profile(PHONE) == Profile()  # written anew under the current key alone


@pytest.mark.parametrize("rotated", [False, True])
def test_erased_with_the_customer(engine, request_, rotated):
    vault = Vault(new_key(), earlier=[KEY]) if rotated else Vault(KEY)
    store = CustomerStore(engine, vault)
    store.change(request_[1], ALL, by="sato", now=NOW)
    erasure = Erasure(engine, vault)
    assert erasure.find(PHONE).counts["customers"] == 1
    assert erasure.erase(PHONE, "admin", NOW).counts["customers"] == 1
    assert store.profile(PHONE) == Profile()


@pytest.mark.parametrize("rotated", [False, True])
def test_forgotten_with_the_last_case_and_not_before(engine, stored_queue, request_, rotated):
    vault = Vault(new_key(), earlier=[KEY]) if rotated else Vault(KEY)
    store, queue = CustomerStore(engine, vault), SqlCallbackQueue(engine, vault)
    second = queue.submit(request_of(topic="other"), now=NOW).case_id
    store.change(request_[1], ALL, by="sato", now=NOW)
    for days, case_id in ((0, request_[1]), (5, second)):
        queue.close(case_id, reason="satisfied", by="sato", now=NOW + timedelta(days=days))

    def forgotten(after_days):
        now = NOW + timedelta(days=after_days)
        Journal(engine).write(at=now - timedelta(days=1), actor="system", action=FORGOTTEN)  # the clock is believed
        return Forgetting(engine, vault).forget(now, Retention(case_days=10))["cases"]

    assert forgotten(11) == 1
    assert store.profile(PHONE) == KEPT
    assert forgotten(16) == 1
    assert store.profile(PHONE) == Profile()
    assert Erasure(engine, vault).receipts()[0].counts["customers"] == 1


def test_changes_at_once_are_all_kept(store, request_):
    changes = [
        Change(tier="priority"),
        Change(channel=Channel.LINE),
        Change(address=AddressForm.SAN),
        Change(ask_later=Consent(at=NOW, wording="x")),
    ]

    def change(one):
        store.change(request_[1], one, by="sato", now=NOW)

    threads = [Thread(target=change, args=[one]) for one in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.profile(PHONE)
    assert (found.tier, found.channel, found.address, found.may_ask_after) == (
        "priority", Channel.LINE, AddressForm.SAN, NOW,
    )  # fmt: skip
