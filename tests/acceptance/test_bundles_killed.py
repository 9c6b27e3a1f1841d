"""A device is killed at any moment while articles come, are switched to and gone back from, over a way that is hostile.

It always answers from a base the desk signed, whole and fit, never from an older one than before.  CI does KILLS;
`KOEMADO_KILLS=1000 python -m pytest tests/acceptance/test_bundles_killed.py` is the whole.
"""

import os
import random
import time
from collections import Counter
from hashlib import sha256
from threading import Event

import pytest

from kb.fakes import MemoryKnowledgeBase
from tests.acceptance.bundle_process import BAD, BUNDLES, DEEDS, UNFIT, check, number_of
from tests.acceptance.device_process import DeviceProcess
from tests.bundle_samples import KEY, RETURNS, PublishingDesk
from voice.bundle_base import BundleBase
from voice.bundle_shelf import BundleShelf
from voice.knowledge_updates import Ended, KnowledgeUpdates

KILLS = int(os.environ.get("KOEMADO_KILLS", "60"))  # read now: fixtures clear our variables
LONGEST_LIFE_S = 0.1  # from a look that ended, or else from the start
ROTS = 0.1  # of the kills after which the disk has lost the bundle in use
OWN = MemoryKnowledgeBase([RETURNS])
ENDS = {  # of what was done to an answer
    "nothing": {"switched", "refused", "unchanged", "unavailable"},  # unavailable: the rest of another was begun
    "again": {"unchanged", "switched", "refused", "unavailable"},  # what a kill kept from being settled is settled now
    "old": {"refused", "unavailable", "switched"},  # switched: as the first ever
    "cut": {"unavailable"},
    "unsigned": {"refused"},
    "of a thief": {"refused"},
    "changed": {"refused"},
    "shortened": {"refused"},
}


@pytest.fixture
def process(tmp_path):
    process = DeviceProcess(tmp_path, "tests.acceptance.bundle_process")
    yield process
    process.close()


def test_whatever_happens_it_answers_from_a_whole_base_and_never_an_older_one(process, tmp_path, record_property):
    chance, began = random.Random(20261122), time.monotonic()
    seen, rotten = Seen(tmp_path / "shelf"), 0
    for life in range(KILLS):
        process.start(life)
        if chance.random() < 0.8:
            wait_for_another(tmp_path / DEEDS)
        Event().wait(chance.uniform(0, LONGEST_LIFE_S))
        process.kill()
        seen.look()
        if chance.random() < ROTS and seen.rot(chance):
            rotten += 1
    deeds = Counter(tuple(line.split("\t")) for line in (tmp_path / DEEDS).read_text().splitlines())
    for (deed, ended), count in deeds.items():
        assert ended in ENDS[deed], (deed, ended, count)
    assert {deed for deed, _ in deeds} == {"nothing", "again", "old", *BAD}
    assert deeds["nothing", "switched"] > KILLS // 10
    assert rotten > 0
    seen.settles()
    record_property(
        "figure",
        f"bundles: {KILLS} kills, {sum(deeds.values())} looks, {deeds['nothing', 'switched']} switches, "
        f"{sum(n for (deed, _), n in deeds.items() if deed in BAD)} attacks, {deeds['old', 'refused']} old ones offered, "
        f"{rotten} rotten, {time.monotonic() - began:.0f} s",
    )


def wait_for_another(deeds):
    """Until one more look has ended."""
    before = deeds.stat().st_size if deeds.exists() else 0
    until = time.monotonic() + 30
    while (deeds.stat().st_size if deeds.exists() else 0) == before:
        assert time.monotonic() < until, "the device does not look any more"
        Event().wait(0.005)


class Seen:
    """The device's folder after a kill, as the program finds it when it starts again."""

    def __init__(self, folder):
        self._folder = folder
        self._highest, self._before = 0, None

    def look(self):
        shelf = BundleShelf(self._folder)
        found = shelf.state().current
        base = BundleBase(shelf, lambda: OWN, program="1")
        assert base.held() == found, "what a kill left cannot be used"
        if found is None:
            assert self._before is None
            assert base.articles() == (RETURNS,)
            return
        data = (self._folder / found.file_name).read_bytes()
        assert (data, found.sha256) == (BUNDLES[number_of(found.serial)], sha256(data).hexdigest())
        assert base.articles()[0].answer == f"{number_of(found.serial)}時までです。" != UNFIT
        assert found.serial >= self._highest, "an older base came back"
        self._highest, self._before = found.serial, found

    def rot(self, chance):
        """Damage the bundle in use: the one before answers, or the device's own base; never what is damaged."""
        shelf = BundleShelf(self._folder)
        state = shelf.state()
        if state.current is None:
            return False
        path = self._folder / state.current.file_name
        data = path.read_bytes()
        path.write_bytes(data[: chance.randrange(len(data))])
        base = BundleBase(shelf, lambda: OWN, program="1")
        assert base.held() == state.previous
        wanted = f"{number_of(state.previous.serial)}時までです。" if state.previous else RETURNS.answer
        assert base.articles()[0].answer == wanted
        self._before = base.held()
        self._highest = self._before.serial if self._before else 0
        return True

    def settles(self):
        """Left in peace it takes the newest."""
        shelf, desk = BundleShelf(self._folder), PublishingDesk()
        fit = next(s for s in range(shelf.state().highest + 1, 2**40) if f"{number_of(s)}時までです。" != UNFIT)
        desk.put_out(BUNDLES[number_of(fit)], serial=fit)
        updates = KnowledgeUpdates(shelf, check, wanted=lambda: True, program="1")
        with desk.client() as client:
            looks = [updates.look(client, KEY.public.text).ended for _ in range(2)]
        assert looks == [Ended.SWITCHED, Ended.UNCHANGED]
        assert shelf.state().current.serial == fit
