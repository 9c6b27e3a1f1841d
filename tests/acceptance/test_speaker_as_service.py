"""`koemado speaker` as a service, with a microphone in memory: other settings while nobody talks to it."""

from functools import partial

import numpy as np
import pytest

from hardware.fakes import FakeButtons
from hardware.ports import ButtonEvent
from voice import compose, compose_speaker
from voice.cli.smart_speaker import _run
from voice.fakes import MemorySource
from voice.reloading import Reload, keep_conversing
from voice.service_notice import ServiceNotice
from voice.settings import load_settings
from voice.speech.fakes import SilentSink

pytestmark = pytest.mark.acceptance

QUIET = np.zeros(16_000 * 6, np.int16)


class Heard(ServiceNotice):
    """A notice that keeps what it would send."""

    def __init__(self):
        super().__init__("/kept", watchdog_s=1e-9)
        self.told = []

    def _send(self, *lines):
        self.told.append(lines[0])


class Room(MemorySource):
    """A quiet room; `meanwhile` is told how many pieces of sound have passed."""

    is_away = False

    def __init__(self, meanwhile):
        super().__init__(QUIET)
        self._meanwhile = meanwhile

    def chunks(self):
        for number, chunk in enumerate(super().chunks()):
            self._meanwhile(number)
            yield chunk


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Be a speaker with a settings file that `meanwhile(loop, piece, ...)` may change; what was told, and each settings."""
    file = tmp_path / "koemado.toml"
    file.write_text(f'data_dir = "{tmp_path}/data"\nmodel = "embedded"\n')

    def be(meanwhile):
        notice, reload, seen, buttons = Heard(), Reload(), [], FakeButtons()

        def microphone(settings):
            seen.append(settings)
            loop = len(seen)
            return Room(lambda piece: meanwhile(loop, piece, file, reload, buttons))

        monkeypatch.setattr(compose, "steady_microphone", microphone)
        monkeypatch.setattr(compose_speaker, "_loudspeaker", lambda *_: SilentSink())
        monkeypatch.setattr(compose_speaker, "buttons", lambda _: buttons)
        load = partial(load_settings, file=file, given={}, environment={})
        keep_conversing(lambda: load().settings, partial(_run, show=False), notice=notice, reload=reload)
        return [word for word in notice.told if word != "WATCHDOG=1"], seen

    return be


def want_slower(file, reload):
    file.write_text(file.read_text() + "speech_speed = 0.8\n")
    reload.want()


def test_asleep_it_takes_other_settings(run):
    def meanwhile(loop, piece, file, reload, _buttons):
        if loop == 1 and piece == 10:
            want_slower(file, reload)

    told, seen = run(meanwhile)
    assert [one.speech_speed for one in seen] == [1.0, 0.8]
    assert told == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]


def test_while_somebody_is_listened_to_it_waits(run):
    """The button was pressed: its eight seconds are not over when the sound ends."""

    def meanwhile(loop, piece, file, reload, buttons):
        if loop == 1 and piece == 5:
            buttons.do(ButtonEvent.PRESSED)
        if loop == 1 and piece == 10:
            want_slower(file, reload)

    told, seen = run(meanwhile)
    assert [one.speech_speed for one in seen] == [1.0]
    assert "RELOADING=1" not in told
