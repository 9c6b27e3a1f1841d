"""A machine's base beside the desk's articles: who changed what since it was taken over."""

from uuid import uuid4

import pytest

from server.knowledge.taking_in import Arrival, compared
from server.knowledge.versions import EDITED, Version
from tests.callback_samples import NOW
from tests.knowledge_samples import HOURS, RETURNS

EDITED_HERE = HOURS | {"answer": "20時までです。"}
CHANGED_THERE = HOURS | {"answer": "21時までです。"}


def head(content, number=1, *, removed=False):
    return Version(
        id=uuid4(), article_id=content["id"], number=number, at=NOW, by="sato", why="", origin=EDITED, content=content,
        removed=removed,
    )  # fmt: skip


def arrivals(machine, heads, brought):
    found = compared(machine, heads, {one["id"]: one for one in brought})
    return {one.article_id: one.arrival for one in found.incoming}, [one.article_id for one in found.only_here]


@pytest.mark.parametrize(
    ("machine", "heads", "brought", "wanted"),
    [
        ([HOURS], [head(HOURS)], [HOURS], {}),
        ([CHANGED_THERE], [head(HOURS)], [HOURS], {"hours": Arrival.CHANGED}),
        ([HOURS], [head(EDITED_HERE, 2)], [HOURS], {}),  # only the desk's changed
        ([CHANGED_THERE], [head(EDITED_HERE, 2)], [HOURS], {"hours": Arrival.BOTH}),
        ([EDITED_HERE], [head(EDITED_HERE, 2)], [HOURS], {}),  # the same on both sides
        ([CHANGED_THERE], [head(EDITED_HERE, 3)], [CHANGED_THERE], {}),  # taken in before, written over since
        ([HOURS], [head(HOURS, 2, removed=True)], [HOURS], {}),
        ([CHANGED_THERE], [head(HOURS, 2, removed=True)], [HOURS], {"hours": Arrival.BOTH}),
        ([CHANGED_THERE], [head(HOURS)], [], {"hours": Arrival.BOTH}),  # made at the desk, of the same id
        ([HOURS, RETURNS], [head(HOURS)], [HOURS], {"returns": Arrival.NEW}),
        ([HOURS | {"staff_note": "新しい覚え書き"}], [head(HOURS)], [HOURS], {"hours": Arrival.CHANGED}),
        ([HOURS | {"variants": tuple(HOURS["variants"])}], [head(HOURS)], [HOURS], {}),
    ],
)
def test_what_can_be_taken_in(machine, heads, brought, wanted):
    assert arrivals(machine, heads, brought)[0] == wanted


def test_what_is_only_at_the_desk_is_named_unless_it_was_removed_there():
    assert arrivals([], [head(HOURS), head(RETURNS, 2, removed=True)], [HOURS, RETURNS]) == ({}, ["hours"])


def test_a_mark_is_of_this_change_over_this_version():
    def mark(content, number):
        (one,) = compared([content], [head(HOURS, number)], {"hours": HOURS}).incoming
        return one.mark

    first = mark(CHANGED_THERE, 1)
    assert first == mark(dict(CHANGED_THERE), 1)
    assert len({first, mark(CHANGED_THERE, 2), mark(EDITED_HERE, 1)}) == 3
