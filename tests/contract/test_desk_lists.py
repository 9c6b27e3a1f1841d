"""The list, the journal and the notes, on both databases."""

from datetime import timedelta
from uuid import uuid4

import pytest

from server.errors import CaseUnknown
from server.store.journal import Journal
from server.store.listing import Counts, Filter, QueueListing, View
from server.store.notes import Note, NoteStore
from server.store.vault import Vault
from tests.callback_samples import NOW, minutes, new_case, request_of, slot_at
from tests.contract.conftest import KEY


@pytest.fixture
def listing(engine):
    return QueueListing(engine, Vault(KEY))


def ids(listing, **wanted):
    late_before = wanted.pop("late_before", NOW - minutes(30))
    return [row.id for row in listing.page(Filter(late_before=late_before, **wanted)).rows]


def test_the_order_is_danger_then_time_then_urgency(stored_queue, listing):
    wish = [{"begins": "2026-11-25T09:00:00+09:00", "ends": "2026-11-25T12:00:00+09:00"}]
    plain = new_case(stored_queue, windows=wish)
    angry = new_case(stored_queue, windows=wish, urgency="complaint")
    danger = new_case(stored_queue, urgency="safety")
    promised = new_case(stored_queue)
    stored_queue.promise(promised, slot_at(60), seats=1, by="sato", now=NOW)
    assert ids(listing) == [danger, promised, angry, plain]


def test_views_and_counts_agree(stored_queue, listing):
    late, mine, closed, open_ = (new_case(stored_queue, phone=f"090-1234-000{n}") for n in range(4))
    stored_queue.promise(late, slot_at(60), seats=2, by="sato", now=NOW)
    stored_queue.claim(mine, "sato", now=NOW, lasting=minutes(15))
    stored_queue.close(closed, reason="withdrawn", by="sato", now=NOW)
    later = {"late_before": NOW + minutes(90), "me": "sato"}
    assert ids(listing, view=View.LATE, **later) == [late]
    assert ids(listing, view=View.MINE, **later) == [mine]
    assert ids(listing, view=View.CLOSED, **later) == [closed]
    assert set(ids(listing, view=View.UNPROMISED, **later)) == {mine, open_}
    assert listing.counts(**later) == Counts(open=3, late=1, mine=1, unpromised=2, safety=0)


def test_rows_show_the_latest_voice(stored_queue, listing):
    stored_queue.submit(request_of(customer_name=None, customer_reading=None), now=NOW)
    stored_queue.submit(request_of(customer_name="山田 花子"), now=NOW + minutes(1))
    (row,) = listing.page(Filter(late_before=NOW)).rows
    assert (row.name, row.voices, row.phone) == ("山田 花子", 2, "+819012345678")


def test_a_search_finds_in_open_and_closed(stored_queue, listing):
    closed = new_case(stored_queue, customer_name="山田 花子")
    stored_queue.close(closed, reason="withdrawn", by="sato", now=NOW)
    opened = new_case(stored_queue, customer_name="山田 太郎")
    new_case(stored_queue, customer_name="鈴木", customer_reading="すずき", phone="03-1234-9876")
    assert ids(listing, search="やまだ") == ids(listing, search=" 山田 ") == [opened, closed]
    assert ids(listing, search="太郎") == [opened]
    assert len(ids(listing, search="9876")) == 1
    assert listing.page(Filter(late_before=NOW, search="12")).rows == ()


def test_a_number_too_short_is_said_to_be(listing):
    assert listing.page(Filter(late_before=NOW, search="  ")).too_short is False
    assert listing.page(Filter(late_before=NOW, search="・")).too_short is True


def test_cases_of_a_customer_whatever_key_they_were_written_with(engine, stored_queue):
    case_id = new_case(stored_queue)
    changed = QueueListing(engine, Vault(b"n" * 32, earlier=[KEY]))
    assert [row.id for row in changed.of_customer(["+819012345678"])] == [case_id]
    assert [row.id for row in changed.page(Filter(late_before=NOW, search="5678")).rows] == [case_id]


def test_the_journal_tells_who_did_what(engine, stored_queue):
    case_id = new_case(stored_queue)
    stored_queue.claim(case_id, "sato", now=NOW, lasting=minutes(15))
    stored_queue.claim(case_id, "sato", now=NOW, lasting=minutes(15))  # renewing is no news
    stored_queue.take_over(case_id, "suzuki", now=NOW + minutes(1), lasting=minutes(15))
    journal = Journal(engine)
    lines = [(line.actor, line.action) for line in reversed(journal.of_case(case_id))]
    assert lines == [("device:box-1", "received"), ("sato", "claimed"), ("suzuki", "taken_over")]
    journal.write(at=NOW, actor="sato", action="viewed", case_id=case_id)
    assert [line.action for line in journal.changes_after(0)] == ["received", "claimed", "taken_over"]
    assert journal.last_line() == journal.latest(limit=1)[0].id
    assert journal.latest_of("sato", "claimed", since=NOW).case_id == case_id
    assert journal.latest_of("sato", "claimed", since=NOW + timedelta(seconds=1)) is None


def test_notes_are_kept_once_and_encrypted(engine, stored_queue):
    notes, case_id = NoteStore(engine, Vault(KEY)), new_case(stored_queue)
    note = Note(id=uuid4(), author="sato", at=NOW, text="息子さんが出ます")
    assert (notes.add(case_id, note), notes.add(case_id, note)) == (True, False)
    assert notes.of_case(case_id) == (note,)
    with engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT text_locked FROM notes").scalar_one()
    assert "息子".encode() not in bytes(kept)
    with pytest.raises(CaseUnknown):
        notes.add(uuid4(), Note(id=uuid4(), author="sato", at=NOW, text="x"))
