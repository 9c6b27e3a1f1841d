"""Rare names are sorted, common ones walked back in time: both say the same."""

from datetime import timedelta

import pytest

from server.store import searching
from server.store.journal import Journal
from server.store.listing import Filter, QueueListing
from server.store.vault import Vault
from tests.callback_samples import NOW, request_of
from tests.contract.conftest import KEY

CASES = 12


@pytest.fixture
def listing(engine):
    return QueueListing(engine, Vault(KEY))


@pytest.fixture
def cases(stored_queue):
    """A dozen of one name, one of another; every third is closed.  Ids in the order in which they are to be found."""
    made = []
    for number in range(CASES):
        request = request_of(topic=f"topic-{number}", phone=f"090-1234-{number:04}")
        case_id = stored_queue.submit(request, now=NOW + timedelta(minutes=number)).case_id
        closed = number % 3 == 0
        if closed:
            stored_queue.close(case_id, reason="satisfied", by="sato", now=NOW + timedelta(days=1))
        made.append((closed, -number, case_id))
    other = request_of(customer_name="鈴木 一郎", customer_reading="スズキ イチロウ", phone="090-9999-0000")
    stored_queue.submit(other, now=NOW)
    return [case_id for *_, case_id in sorted(made)]


@pytest.mark.parametrize("few", [0, 4_000])
def test_open_ones_first_then_the_latest(listing, cases, monkeypatch, few):
    monkeypatch.setattr(searching, "FEW", few)
    monkeypatch.setattr("server.store.listing.PAGE", 5)
    pages = [listing.page(Filter(late_before=NOW, search="山田", page=page)) for page in range(4)]
    assert len(cases) == CASES
    assert [row.id for page in pages for row in page.rows] == cases
    assert [page.more for page in pages] == [True, True, False, False]


@pytest.mark.parametrize("few", [0, 4_000])
def test_the_filters_hold_for_what_is_found(listing, cases, monkeypatch, few):
    monkeypatch.setattr(searching, "FEW", few)
    assert cases
    assert listing.page(Filter(late_before=NOW, search="山田", agent="nobody")).rows == ()


def test_the_latest_deed_since_a_moment(engine):
    journal = Journal(engine)
    for minute in range(4):
        journal.write(at=NOW + timedelta(minutes=minute), actor="sato", action="settled", detail={"n": minute})
    journal.write(at=NOW + timedelta(minutes=5), actor="sato", action="claimed")
    assert journal.latest_of("sato", "settled", since=NOW).detail == {"n": 3}
    assert journal.latest_of("sato", "settled", since=NOW + timedelta(minutes=4)) is None
