"""`koemado speaker` as a service, with a microphone in memory: other settings while nobody talks to it."""

from functools import partial

import pytest

from hardware.fakes import FakeButtons
from hardware.ports import ButtonEvent
from tests.kept_service import KeptNotice, QuietRoom, settings_file
from voice import compose, compose_speaker
from voice.cli.smart_speaker import _run
from voice.reloading import Reload, keep_conversing
from voice.speech.fakes import SilentSink

pytestmark = pytest.mark.acceptance


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Be a speaker with a settings file that `meanwhile(loop, piece, ...)` may change; what was told, and each settings."""
    file, load = settings_file(tmp_path)

    def be(meanwhile):
        notice, reload, seen, buttons = KeptNotice(), Reload(), [], FakeButtons()

        def microphone(settings):
            seen.append(settings)
            loop = len(seen)
            return QuietRoom(6, lambda piece: meanwhile(loop, piece, file, reload, buttons))

        monkeypatch.setattr(compose, "steady_microphone", microphone)
        monkeypatch.setattr(compose_speaker, "_loudspeaker", lambda *_: SilentSink())
        monkeypatch.setattr(compose_speaker, "buttons", lambda _: buttons)
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
