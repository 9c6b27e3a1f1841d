"""`koemado talk` as a service, with a microphone in memory: alive while it turns, other settings between conversations."""

import socket
from functools import partial

import pytest

from tests.kept_service import KeptNotice, QuietRoom, settings_file
from voice import compose
from voice.cli.conversation import _talk
from voice.device_condition import DeviceCondition
from voice.errors import AudioDeviceError
from voice.reloading import Reload, keep_conversing
from voice.service_notice import ServiceNotice

pytestmark = pytest.mark.acceptance

QUIET_S = 70  # for a minute after the greeting somebody may answer
SECOND = 10  # pieces of sound


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Talk with a settings file that `meanwhile` may change; the notice and the settings each loop had."""
    file, load = settings_file(tmp_path)

    def talk(meanwhile, notice=None):
        notice, reload, seen = notice or KeptNotice(), Reload(), []

        def microphone(settings):
            seen.append(settings)
            return QuietRoom(QUIET_S, lambda piece: meanwhile(len(seen), file, reload) if piece == SECOND else None)

        monkeypatch.setattr(compose, "steady_microphone", microphone)
        keep_conversing(lambda: load().settings, partial(_talk, mute=True), notice=notice, reload=reload)
        return getattr(notice, "told", None), seen

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


def test_a_loop_that_hangs_does_not_feed_the_watchdog(run, tmp_path):
    """No thread feeds it beside the loop: systemd hears nothing, and starts it again."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        fed = []

        def meanwhile(_loop, _file, _reload):  # it hangs here
            fed.append(drained(systemd))
            systemd.settimeout(3.0)  # it is to be fed each second
            with pytest.raises(TimeoutError):
                systemd.recv(4096)

        run(meanwhile, ServiceNotice(str(tmp_path / "notify"), watchdog_s=4.0))
        assert "WATCHDOG=1" in fed[0]
        assert "WATCHDOG=1" in drained(systemd)  # and goes on when the loop does


def drained(systemd):
    systemd.setblocking(False)
    told = []
    try:
        while True:
            told.append(systemd.recv(4096).decode())
    except BlockingIOError:
        return told
