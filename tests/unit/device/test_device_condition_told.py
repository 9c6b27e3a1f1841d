"""What a device tells its desk of itself."""

import pytest

from server.web.api_models import Heartbeat
from tests.callback_samples import SetClock
from voice.device_condition import DeviceCondition
from voice.errors import AudioDeviceError
from voice.reloading import SettingsChanged
from voice.settings import Settings


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def condition(tmp_path, clock):
    def made(model="vosk-model-embedded-ja"):
        now = iter([100.0, 190.5, 300.0])
        return DeviceCondition(tmp_path / "data", model=model, clock=clock, monotonic=lambda: next(now))

    return made


def test_what_is_told_fits_the_wire(condition, tmp_path):
    (tmp_path / "data").mkdir()
    told = condition("モデル/a:1 " + "x" * 80).told()
    beat = Heartbeat(version="0.1.0", waiting=0, **told)
    assert (beat.up_s, beat.audio, beat.error) == (90, "unknown", "")
    assert beat.model.startswith("____a_1 x")
    assert beat.free_mb > 0


def test_the_microphone(condition):
    one, away = condition(), [False]
    one.listens_to(lambda: away[0])
    assert one.told()["audio"] == "ok"
    away[0] = True
    assert one.told()["audio"] == "lost"


def test_the_error_that_ended_the_program_is_told_by_the_next_for_a_day(condition, clock):
    with pytest.raises(AudioDeviceError), condition():
        raise AudioDeviceError("its text may say 03-1555-1234")
    assert condition().told()["error"] == "AudioDeviceError"
    clock.pass_time(hours=25)
    assert condition().told()["error"] == ""


@pytest.mark.parametrize("end", [KeyboardInterrupt(), SettingsChanged(Settings())])
def test_an_end_somebody_wanted_is_no_error(condition, end):
    with pytest.raises(type(end)), condition():
        raise end
    assert condition().told()["error"] == ""


def test_what_was_kept_is_the_class_alone(condition, tmp_path):
    condition().note(ValueError("山田"))
    assert "山田" not in (tmp_path / "data/last-error.json").read_text()


@pytest.mark.parametrize("broken", ["", "{}", "[]", '{"code": 1, "at": "x"}', '{"code": "X", "at": "2026-11-24"}'])
def test_a_broken_file_is_no_error(condition, tmp_path, broken):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/last-error.json").write_text(broken)
    assert condition().told()["error"] == ""
