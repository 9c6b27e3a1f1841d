"""Bundles on the device: believed, checked, switched, given up; and what is left when it breaks in between."""

import errno
import json
import logging
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from kb.bundle import opened
from kb.errors import ArticleUnknown
from kb.fakes import MemoryKnowledgeBase
from server.bundle_signature import SigningKey
from server.errors import DeskUnavailable
from tests.bundle_samples import HOURS, KEY, NOW, RETURNS, SMOKE, PublishingDesk, bundle_of
from tests.callback_samples import SetClock
from voice.bundle_base import BundleBase
from voice.bundle_check import Verdict
from voice.bundle_shelf import BundleShelf
from voice.knowledge_updates import MOST_TRIES, Ended, KnowledgeUpdates, Standing
from voice.models.disk import exclusive

OTHER_KEY = SigningKey(b"o" * 32)
FIRST, SECOND = bundle_of(HOURS, SMOKE), bundle_of(replace(HOURS, answer="20時までです。"), SMOKE)
OWN = MemoryKnowledgeBase([RETURNS])


def answer_of(base):
    return next((a.answer for a in base.articles() if a.id == "hours"), None)


class Device:
    """A device's folder and all that works on it; `restart` forgets what is in memory."""

    def __init__(self, folder):
        self.folder = folder
        self.verdict = Verdict()
        self.program, self.wanted, self.checked = "1", True, 0
        self.restart()

    def restart(self):
        self.shelf = BundleShelf(self.folder, now=SetClock(NOW))
        self.base = BundleBase(self.shelf, lambda: OWN, program=self.program)
        self.updates = KnowledgeUpdates(self.shelf, self.check, wanted=lambda: self.wanted, program=self.program)

    def check(self, articles):
        self.checked += 1
        if isinstance(self.verdict, BaseException):
            raise self.verdict
        return self.verdict

    def look(self, desk, key=KEY.public.text):
        with desk.client() as client:
            return self.updates.look(client, key)


@pytest.fixture
def device(tmp_path):
    return Device(tmp_path / "shelf")


@pytest.fixture
def desk():
    desk = PublishingDesk()
    desk.put_out(FIRST)
    return desk


def files(device):
    return sorted(path.name for path in device.folder.iterdir() if path.name not in (".lock", "state.json"))


def test_without_bundles_the_other_base_answers(device):
    assert device.base.articles() == (RETURNS,)
    assert device.base.path == OWN.path
    assert device.base.article("returns") == RETURNS
    assert device.updates.standing() == Standing()


def test_a_bundle_is_switched_to_while_the_program_runs(device, desk):
    before = device.base.revision()
    looked = device.look(desk)
    assert (looked.ended, looked.version) == (Ended.SWITCHED, opened(FIRST).version)
    assert device.base.revision() > before
    assert answer_of(device.base) == "19時までです。"
    with pytest.raises(ArticleUnknown):
        device.base.article("returns")
    assert device.updates.standing() == Standing(knowledge=opened(FIRST).version)
    assert device.shelf.looked_at() == NOW


def test_an_unchanged_bundle_is_neither_sent_nor_checked_again(device, desk):
    device.look(desk)
    device.restart()
    assert device.look(desk).ended is Ended.UNCHANGED
    assert device.checked == 1


def test_a_proxy_that_knows_no_tags_makes_no_switch(device, desk):
    device.look(desk)
    desk.put_out(SECOND)
    desk.spoil = lambda _: httpx.Response(200, content=FIRST, headers=desk.headers(FIRST, serial=1))
    assert device.look(desk).ended is Ended.UNCHANGED
    assert (device.checked, device.shelf.state().switches) == (1, 1)


def test_one_bundle_before_is_kept_and_no_more(device, desk):
    for data in (FIRST, SECOND, bundle_of(RETURNS)):
        desk.put_out(data)
        revision = device.base.revision()
        assert device.look(desk).ended is Ended.SWITCHED
        assert device.base.revision() > revision
    assert len(files(device)) == 2
    assert device.shelf.state().previous.version == opened(SECOND).version


def test_the_desk_may_go_back_and_nobody_else(device, desk):
    device.look(desk)
    old = desk.headers(FIRST)
    desk.put_out(SECOND)
    device.look(desk)
    desk.put_out(bundle_of(RETURNS))
    desk.spoil = lambda _: httpx.Response(200, content=FIRST, headers=old)  # what was recorded, offered anew
    assert device.look(desk).ended is Ended.REFUSED
    assert answer_of(device.base) == "20時までです。"
    desk.spoil = lambda answer: answer
    desk.put_out(FIRST)
    assert device.look(desk).ended is Ended.SWITCHED
    assert answer_of(device.base) == "19時までです。"


def spoilt(**changes):
    return lambda answer: httpx.Response(200, content=answer.content, headers=dict(answer.headers) | changes)


@pytest.mark.parametrize("spoil", [
    lambda answer: httpx.Response(200, content=answer.content.replace("20時".encode(), "21時".encode()), headers=answer.headers),
    lambda answer: httpx.Response(200, content=answer.content[:-2], headers=answer.headers),
    lambda answer: httpx.Response(200, content=b"", headers=answer.headers),
    spoilt(**{"koemado-serial": "99"}), spoilt(**{"koemado-key": "0" * 16}),
    spoilt(**{"koemado-signature": "AAAA"}),
], ids=["changed", "cut off", "empty", "another serial", "another key", "no signature"])  # fmt: skip
def test_what_the_desk_did_not_sign_is_not_looked_into(device, desk, spoil):
    device.look(desk)
    desk.put_out(SECOND)
    desk.spoil = spoil
    assert device.look(desk).ended is Ended.REFUSED
    assert device.checked == 1
    assert answer_of(device.base) == "19時までです。"
    assert device.shelf.state().refused is None  # nobody in between can have the desk's next one refused
    desk.spoil = lambda answer: answer
    assert device.look(desk).ended is Ended.SWITCHED


def test_another_desks_key_is_not_believed(device):
    desk = PublishingDesk(OTHER_KEY)
    desk.put_out(FIRST)
    looked = device.look(desk)
    assert looked.ended is Ended.REFUSED
    assert "enrol" in looked.reason
    for key in ("", "no key"):
        assert device.look(desk, key=key).ended is Ended.NO_KEY
    assert device.checked == 0


def test_enrolled_at_another_desk_its_serials_begin_anew(device, desk):
    desk.put_out(FIRST, serial=1000)
    device.look(desk)
    other = PublishingDesk(OTHER_KEY)
    other.put_out(SECOND, serial=3)
    assert device.look(other, key=OTHER_KEY.public.text).ended is Ended.SWITCHED
    assert answer_of(device.base) == "20時までです。"


def test_what_fails_its_check_is_not_tried_again_until_it_changes(device, desk):
    device.look(desk)
    bad = desk.put_out(SECOND)
    device.verdict = Verdict(problems=("danger is not known",))
    looked = device.look(desk)
    assert (looked.ended, looked.reason) == (Ended.REFUSED, "danger is not known")
    assert answer_of(device.base) == "19時までです。"
    device.restart()
    assert device.look(desk).ended is Ended.UNCHANGED
    assert device.checked == 2
    assert device.updates.standing().refused == "v"
    assert device.shelf.state().refused.reason == "danger is not known"
    device.verdict = Verdict()
    assert desk.put_out(SECOND) == bad
    assert device.look(desk).ended is Ended.SWITCHED
    assert device.updates.standing() == Standing(knowledge=bad)


def test_another_program_tries_again_what_the_old_one_could_not_read(device, desk):
    newer = json.dumps(json.loads(FIRST) | {"format": 2}).encode()
    desk.serial, desk.data = 9, newer
    assert "update the program" in device.look(desk).reason
    assert device.look(desk).ended is Ended.UNCHANGED
    device.program = "2"
    device.restart()
    assert device.look(desk).ended is Ended.REFUSED
    assert len(desk.asked) == 3


@pytest.mark.parametrize("error", [ValueError("x"), MemoryError(), RecursionError()])
def test_a_check_that_fails_itself_is_a_refusal(device, desk, error):
    device.verdict = error
    looked = device.look(desk)
    assert (looked.ended, looked.reason) == (Ended.REFUSED, f"the check failed ({type(error).__name__})")


class Killed(BaseException):
    """The program ends, as with a power cut."""


def test_a_bundle_that_ends_the_program_is_given_up(device, desk):
    device.verdict = Killed()
    for _ in range(MOST_TRIES):
        with pytest.raises(Killed):
            device.look(desk)
        device.restart()
    assert device.look(desk).ended is Ended.REFUSED
    assert device.checked == MOST_TRIES
    assert device.base.articles() == (RETURNS,)


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-9])])
def test_a_bundle_damaged_on_disk_is_left_for_the_one_before_and_got_again(device, desk, harm, caplog):
    device.look(desk)
    desk.put_out(SECOND)
    device.look(desk)
    harm(device.folder / device.shelf.state().current.file_name)
    device.restart()
    assert answer_of(device.base) == "19時までです。"
    assert "going back" in caplog.text
    assert device.updates.standing() == Standing(knowledge=opened(FIRST).version, refused=opened(SECOND).version)
    assert device.look(desk).ended is Ended.SWITCHED
    assert answer_of(device.base) == "20時までです。"
    assert device.updates.standing().refused == ""


def test_with_both_damaged_the_other_base_answers(device, desk):
    device.look(desk)
    desk.put_out(SECOND)
    device.look(desk)
    for name in files(device):
        (device.folder / name).write_bytes(b"")
    device.restart()
    assert device.base.articles() == device.base.articles() == (RETURNS,)
    assert device.look(desk).ended is Ended.SWITCHED


def test_a_bundle_this_program_cannot_read_is_given_up_and_not_got_again(device, desk, monkeypatch):
    device.look(desk)
    desk.put_out(SECOND)
    device.look(desk)
    device.restart()
    monkeypatch.setattr("kb.bundle.FORMAT", 0)  # an older program was installed
    assert device.base.articles() == (RETURNS,)
    monkeypatch.undo()
    device.restart()
    assert device.look(desk).ended is Ended.UNCHANGED
    device.program = "2"
    device.restart()
    assert device.look(desk).ended is Ended.SWITCHED


def test_a_shelf_that_cannot_be_written_is_still_read_past_what_is_damaged(device, desk, monkeypatch):
    device.look(desk)
    desk.put_out(SECOND)
    device.look(desk)
    (device.folder / device.shelf.state().current.file_name).unlink()
    device.restart()
    with exclusive(device.folder):  # as by another process that looks just now
        assert answer_of(device.base) == "19時までです。"
        assert device.look(desk).ended is Ended.BUSY


def test_a_damaged_state_is_no_end(device, desk):
    device.look(desk)
    for text in (
        "",
        "{",
        "[]",
        '{"current": 7}',
        '{"current": {"x": 1}, "tried": [0, 0], "previous": null, "refused": null}',
    ):
        (device.folder / "state.json").write_text(text)
        device.restart()
        assert device.base.articles() == (RETURNS,)
    assert device.look(desk).ended is Ended.SWITCHED


def test_not_wanted_nothing_is_asked(device, desk):
    device.wanted = False
    assert device.look(desk).ended is Ended.OFF
    assert desk.asked == []
    assert not device.folder.exists()


def test_nothing_published_and_a_desk_that_is_away(device):
    assert device.look(PublishingDesk()).ended is Ended.NOTHING
    away = PublishingDesk()
    away.put_out(FIRST)
    away.spoil = lambda _: httpx.Response(503)
    with pytest.raises(DeskUnavailable):
        device.look(away)
    assert device.base.articles() == (RETURNS,)


def breaking(monkeypatch, after, error):
    """Have the disk fail at its `after`-th deed, whichever it is; the number of deeds done."""
    done = [0]

    def counted(original):
        def deed(*arguments, **named):
            done[0] += 1
            if done[0] == after:
                raise error
            return original(*arguments, **named)

        return deed

    monkeypatch.setattr(os, "fsync", counted(os.fsync))
    monkeypatch.setattr(tempfile, "mkstemp", counted(tempfile.mkstemp))
    for name in ("replace", "unlink", "read_bytes", "open", "iterdir", "mkdir"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))
    return done


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), Killed()], ids=["full", "killed"])
def test_whatever_deed_of_the_disk_fails_a_usable_base_is_left(device, desk, tmp_path, monkeypatch, error):
    device.look(desk)
    desk.put_out(SECOND)
    shutil.copytree(device.folder, tmp_path / "before")
    seen = set()
    for after in range(1, 200):
        shutil.rmtree(device.folder)
        shutil.copytree(tmp_path / "before", device.folder)
        device.restart()
        with monkeypatch.context() as patched:
            done = breaking(patched, after, error)
            with suppress(OSError, Killed):
                device.look(desk)
            reached = done[0] >= after
        device.restart()
        seen.add(answer_of(device.base))
        assert answer_of(device.base) in ("19時までです。", "20時までです。"), after
        device.look(desk)
        assert answer_of(device.base) == "20時までです。", after
        assert len(files(device)) == 2, after
        if not reached:
            break
    assert after > 15
    assert not reached
    assert seen == {"19時までです。", "20時までです。"}


def test_nothing_of_articles_is_logged(device, desk, caplog):
    caplog.set_level(logging.DEBUG)
    device.look(desk)
    device.verdict = Verdict(problems=("x",))
    desk.put_out(SECOND)
    device.look(desk)
    assert "時まで" not in caplog.text
