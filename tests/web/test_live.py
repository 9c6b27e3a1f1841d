"""What open pages are told of lines of the journal."""

from uuid import UUID

import pytest

from server.store.journal import Entry
from server.web.live import cases_changed_by, written

CASE = UUID(int=7)


@pytest.mark.parametrize(
    ("action", "told"), [("claimed", str(CASE)), ("note", str(CASE)), ("alarm_cleared", ""), ("message_sent", "")]
)
def test_nobody_who_types_is_told_to_load_a_case_anew_that_did_not_change(clock, action, told):
    line = Entry(id=1, at=clock(), actor="system", action=action, case_id=CASE)
    assert cases_changed_by([line, line]) == [told]
    assert cases_changed_by([]) == []


def test_what_a_page_shows_already_is_known(office, clock):
    for action in ("claimed", "viewed", "note"):
        office.journal.write(at=clock(), actor="sato", action=action, case_id=CASE)
    latest, seen = written(office.journal)
    assert latest == office.journal.last_line()
    assert {latest, latest - 2} <= seen
    assert latest - 1 not in seen
