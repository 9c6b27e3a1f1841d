"""A conversation loop as a service: other settings between two conversations, the watchdog fed by the loop."""

import gc
import os
import signal
import subprocess
import sys
import weakref

import numpy as np
import pytest

from voice.audio import AudioChunk
from voice.errors import AudioDeviceError, SettingsError
from voice.reloading import BeatingSink, Pulse, Reload, changes, keep_conversing
from voice.service_notice import ServiceNotice
from voice.settings import Settings
from voice.speech.fakes import SilentSink

PIECE = AudioChunk(samples=np.zeros(800, np.int16), rate_hz=16_000)


class Heard(ServiceNotice):
    """A notice that keeps what it would send."""

    def __init__(self):
        super().__init__("/kept", watchdog_s=1e-9)
        self.told = []

    def _send(self, *lines):
        self.told.append(lines[0])


class Talker:
    """As much of an assistant as the pulse asks."""

    patience = None  # in no conversation


class Busy:
    patience = object()


def settings(tmp_path, **given):
    return Settings(data_dir=tmp_path, cache_dir=tmp_path, **given)


@pytest.fixture
def loop(tmp_path):
    """Run a loop over scripted settings; what happened."""

    def run(loads, turns, notice=None):
        reload, left, seen = Reload(), list(loads), []

        def load():
            found = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(found, Exception):
                raise found
            return found

        def converse(given, pulse, *, is_first):
            seen.append((given.speech_speed, is_first))
            turns(given, pulse, reload)

        keep_conversing(load, converse, notice=notice or Heard(), reload=reload)
        return seen

    return run


def test_other_settings_come_after_the_conversation(loop, tmp_path):
    notice, during = Heard(), []

    def turns(given, pulse, reload):
        pulse.turned(Talker())
        if given.speech_speed == 1.0:
            reload.want()
            pulse.turned(Busy())  # it goes on with the old ones
            during.append(given.speech_speed)
            pulse.turned(Talker())
            pytest.fail("the loop went on")

    seen = loop([settings(tmp_path), settings(tmp_path, speech_speed=0.8)], turns, notice)
    assert seen == [(1.0, True), (0.8, False)]
    assert during == [1.0]
    told = [word for word in notice.told if word != "WATCHDOG=1"]
    assert told == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]


def test_what_was_composed_before_is_gone_when_the_new_is_composed(loop, tmp_path):
    """A speech model takes up to gigabytes, and mouth, ears and box know each other."""
    composed, still_there = [], []

    def turns(given, pulse, reload):
        still_there.extend(one() is not None for one in composed)
        box = Talker()
        box.mouth, box.itself = Talker(), box
        composed.append(weakref.ref(box))
        pulse.turned(box)
        if given.speech_speed == 1.0:
            reload.want()
            pulse.turned(box)

    gc.disable()
    try:
        loop([settings(tmp_path), settings(tmp_path, speech_speed=0.8)], turns)
    finally:
        gc.enable()
    assert still_there == [False]


def test_a_broken_file_leaves_the_settings_and_says_so_once(loop, tmp_path, caplog):
    def turns(_given, pulse, reload):
        pulse.turned(Talker())
        reload.want()
        pulse.turned(Talker())
        pulse.turned(Talker())

    assert loop([settings(tmp_path), SettingsError("line 3 is no TOML")], turns) == [(1.0, True)]
    assert [record.getMessage() for record in caplog.records] == ["the settings stay as they were: line 3 is no TOML"]


def test_settings_that_cannot_be_used_give_way_to_those_before(loop, tmp_path, caplog):
    def turns(given, pulse, reload):
        if given.input_device:
            raise AudioDeviceError("no such microphone")
        pulse.turned(Talker())
        if not caplog.records:
            reload.want()
            pulse.turned(Talker())

    seen = loop([settings(tmp_path), settings(tmp_path, input_device="x", speech_speed=0.9)], turns)
    assert [speed for speed, _ in seen] == [1.0, 0.9, 1.0]
    assert "cannot be used: no such microphone" in caplog.text


def test_an_error_of_the_running_loop_is_nobody_elses(loop, tmp_path):
    def turns(_given, pulse, _reload):
        pulse.turned(Talker())
        raise AudioDeviceError("gone")

    notice = Heard()
    with pytest.raises(AudioDeviceError):
        loop([settings(tmp_path)], turns, notice)
    assert notice.told[-1] == "STOPPING=1"


def test_the_same_settings_disturb_nobody(loop, tmp_path, caplog):
    def turns(_given, pulse, reload):
        reload.want()
        pulse.turned(Talker())

    assert loop([settings(tmp_path)], turns) == [(1.0, True)]
    assert "nothing is different" in caplog.text


def test_changes_are_named_without_their_values(tmp_path):
    before, after = settings(tmp_path), settings(tmp_path, desk_phone="03-1555-1234", speech_volume=0.5)
    assert changes(before, after) == ["speech_volume", "desk_phone"]


def test_long_answers_feed_the_watchdog_once_the_loop_runs(tmp_path):
    notice = Heard()
    pulse = Pulse(notice, Reload(), lambda: settings(tmp_path), settings(tmp_path))
    sink = BeatingSink(SilentSink(), pulse.beat)
    sink.play(PIECE)  # the greeting, before the loop turns
    assert notice.told == []
    pulse.turned()
    heard = len(notice.told)
    sink.play(PIECE)
    assert notice.told[heard:] == ["WATCHDOG=1", "WATCHDOG=1"]


SCRIPT = """
import signal, sys
from voice.reloading import Reload
reload = Reload()
print(reload.listen(), flush=True)
sys.stdin.readline()
print(reload.is_wanted, flush=True)
"""


def test_sighup_is_a_wish_where_no_terminal_can_be_closed():
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout.readline() == "True\n"
        os.kill(process.pid, signal.SIGHUP)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "True\n"
    assert process.returncode == 0
