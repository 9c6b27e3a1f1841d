"""The answers to whether customers would recommend us: each, and the three groups."""

import pytest

from server.promoters import Distribution, Group, group_of


@pytest.mark.parametrize(
    ("answer", "group"),
    [(0, "detractor"), (6, "detractor"), (7, "passive"), (8, "passive"), (9, "promoter"), (10, "promoter")],
)
def test_groups_are_reichhelds(answer, group):
    assert group_of(answer) == group


def test_how_many_gave_each_answer():
    found = Distribution({10: 3, 9: 1, 8: 4, 6: 1, 0: 1})
    assert found.counts == (1, 0, 0, 0, 0, 0, 1, 0, 4, 1, 3)
    assert (found.total, found.most, found.share(4)) == (10, 4, 0.4)
    assert found.groups == {Group.DETRACTOR: 2, Group.PASSIVE: 4, Group.PROMOTER: 4}


def test_without_answers_there_is_no_share():
    found = Distribution({})
    assert (found.total, found.most, found.share(0)) == (0, 0, None)
