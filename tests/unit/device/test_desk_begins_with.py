"""The base of the desk's machine as the desk sees it: what is imported while it runs is there."""

from kb.store import SqliteKnowledgeBase
from tests.bundle_samples import HOURS
from voice import compose
from voice.desk_editing import workshop


def test_a_base_imported_later_takes_the_place_of_the_sample(settings, tmp_path):
    machine, demo = (workshop(settings, tmp_path, demo=demo).begin_with for demo in (False, True))
    assert len(machine.contents()) > 100
    path = compose.own_base_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    SqliteKnowledgeBase(path, create=True).store([HOURS])
    assert [one["id"] for one in machine.contents()] == ["hours"]
    assert len(demo.contents()) > 100
