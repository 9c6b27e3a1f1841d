"""`koemado talk` as a service, with a microphone in memory: alive while it turns, other settings between conversations."""

from functools import partial

import numpy as np
import pytest

from voice import compose
from voice.cli.conversation import _talk
from voice.device_condition import DeviceCondition
from voice.errors import AudioDeviceError
from voice.fakes import MemorySource
from voice.reloading import Reload, keep_conversing
from voice.service_notice import ServiceNotice
from voice.settings import load_settings

pytestmark = pytest.mark.acceptance

QUIET = np.zeros(16_000 * 70, np.int16)  # for a minute after the greeting somebody may answer


class Heard(ServiceNotice):
    """A notice that keeps what it would send."""

    def __init__(self):
        super().__init__("/kept", watchdog_s=1e-9)
        self.told = []

    def _send(self, *lines):
        self.told.append(lines[0])


class Room(MemorySource):
    """A quiet room; `meanwhile` happens after a second."""

    is_away = False

    def __init__(self, meanwhile):
        super().__init__(QUIET)
        self._meanwhile = meanwhile

    def chunks(self):
        for number, chunk in enumerate(super().chunks()):
            if number == 10:
                self._meanwhile()
            yield chunk


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Talk with a settings file that `meanwhile` may change; the notice and the settings each loop had."""
    file = tmp_path / "koemado.toml"
    file.write_text(f'data_dir = "{tmp_path}/data"\nmodel = "embedded"\n')

    def talk(meanwhile):
        notice, reload, seen = Heard(), Reload(), []

        def microphone(settings):
            seen.append(settings)
            return Room(lambda: meanwhile(len(seen), file, reload))

        monkeypatch.setattr(compose, "steady_microphone", microphone)
        load = partial(load_settings, file=file, given={}, environment={})
        keep_conversing(lambda: load().settings, partial(_talk, mute=True), notice=notice, reload=reload)
        return notice.told, seen

    return talk


def test_settings_change_between_conversations(run, capsys):
    def meanwhile(loop, file, reload):
        if loop == 1:
            file.write_text(file.read_text() + 'speech_speed = 0.8\ndesk_phone = "03-1555-1234"\n')
            reload.want()

    told, seen = run(meanwhile)
    assert [one.speech_speed for one in seen] == [1.0, 0.8]
    assert [word for word in told if word != "WATCHDOG=1"] == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]
    assert told.count("WATCHDOG=1") >= 20  # with each piece of sound
    assert capsys.readouterr().out.count("声窓です") == 1  # greeted once


def test_a_broken_file_does_not_even_interrupt(run, caplog):
    def meanwhile(_loop, file, reload):
        file.write_text(file.read_text() + "speech_speed = fast\n")
        reload.want()

    _, seen = run(meanwhile)
    assert len(seen) == 1
    assert caplog.text.count("the settings stay as they were") == 1


def test_an_error_that_ends_it_is_kept_for_the_desk(run, tmp_path):
    def meanwhile(_loop, _file, _reload):
        raise AudioDeviceError("gone")

    with pytest.raises(AudioDeviceError):
        run(meanwhile)
    assert DeviceCondition(tmp_path / "data", model="x").told()["error"] == "AudioDeviceError"
