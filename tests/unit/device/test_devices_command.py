"""`koemado devices --test` over sockets instead of a sound card."""

import json
import sys

import numpy as np
import pytest

from hardware.fake_sockets import FakeSockets, FakeSoundDevice
from voice.cli.app import run


def hears(level):
    def block(number):
        return np.rint(np.sin(np.arange(2_400) / 9) * level).astype(np.int16)[:, np.newaxis] if number < 80 else None

    return block


@pytest.fixture
def box(monkeypatch):
    box = FakeSockets(
        plugged=[
            FakeSoundDevice(name="HDMI", outputs=2),
            FakeSoundDevice(name="Desk Microphone", inputs=1, hears=hears(6_000)),
            FakeSoundDevice(name="Muted Microphone", inputs=1, hears=hears(0)),
            FakeSoundDevice(name="USB Loudspeaker", outputs=2),
        ]
    )
    monkeypatch.setitem(sys.modules, "sounddevice", box)
    return box


def test_a_tone_then_the_recording_are_played_on_the_loudspeaker_named(box, capsys):
    assert run(["devices", "--test", "--input", "desk", "--output", "usb"]) == 0
    output, error = capsys.readouterr()
    assert "fine: the microphone hears well" in output
    assert "tone on 3 USB Loudspeaker" in error
    assert "from 1 Desk Microphone" in error
    assert "peak -14.7 dBFS, RMS -17.8 dBFS" in error
    assert [stream.device.name for stream in box.streams] == ["USB Loudspeaker", "Desk Microphone", "USB Loudspeaker"]
    played = [np.concatenate(stream.heard) for stream in box.streams if stream.heard]
    assert np.abs(played[0]).max() > 8_000
    assert len(played[1]) > 2.9 * 16_000
    assert np.abs(played[1]).max() == pytest.approx(6_000, rel=0.02)
    assert all(stream.closed for stream in box.streams)


def test_nothing_at_all_is_a_problem(box, capsys):
    assert run(["devices", "--test", "--input", "2", "--output", "3", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["fine"] is False
    assert told["verdict"] == "nothing"
    assert told["input"] == {"number": 2, "name": "Muted Microphone", "rate_hz": 48_000}
    assert "muted" in told["hint"]


def test_the_default_devices_are_tested_unless_others_are_named(box, capsys):
    assert run(["devices", "--test", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["output"]["name"], told["input"]["name"]) == ("HDMI", "Desk Microphone")


def test_the_devices_of_the_settings_are_tested(box, capsys, monkeypatch):
    monkeypatch.setenv("KOEMADO_OUTPUT_DEVICE", "usb")
    assert run(["devices", "--test", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["output"]["name"] == "USB Loudspeaker"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--input", "microphone"], "1 'Desk Microphone', 2 'Muted Microphone'"),
        (["--input", "hdmi"], "no microphone 'hdmi'"),
        (["--output", "9"], "no loudspeaker '9'"),
    ],
)
def test_a_device_that_is_not_clear_or_not_there(box, capsys, arguments, told):
    assert run(["devices", "--test", *arguments]) == 4
    assert told in capsys.readouterr().err
    assert box.streams == []  # not even the tone


@pytest.mark.parametrize(("missing", "told"), [("inputs", "no microphone"), ("outputs", "no loudspeaker")])
def test_a_box_without_one_of_them(box, capsys, missing, told):
    box.seen = [device for device in box.seen if not getattr(device, missing)]
    assert run(["devices", "--test"]) == 4
    assert told in capsys.readouterr().err


def test_a_loudspeaker_that_is_pulled_out_meanwhile(box, capsys):
    box.plugged[0].blocks_until_unplugged = 3
    assert run(["devices", "--test"]) == 4
    assert "went away" in capsys.readouterr().err


def test_names_without_a_test_are_a_mistake(box, capsys):
    assert run(["devices", "--input", "desk"]) == 2
    assert "--test" in capsys.readouterr().err


def test_the_list_says_which_are_the_defaults(box, capsys):
    assert run(["devices"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("HDMI (default loudspeaker)")
    assert lines[1].endswith("Desk Microphone (default microphone)")
    assert len(lines) == 4
