import pytest

from hardware.audio_devices import choose, list_devices
from hardware.errors import DeviceAmbiguous, DeviceUnknown, PortAudioMissing
from hardware.fakes import FakeSounddevice
from hardware.portaudio import PortAudio


def row(index: int, name: str, inputs: int, outputs: int, rate: float = 48_000.0) -> dict:
    return {
        "index": index,
        "name": name,
        "max_input_channels": inputs,
        "max_output_channels": outputs,
        "default_samplerate": rate,
    }


BOX = FakeSounddevice(
    rows=[
        row(0, "HDMI", 0, 2),
        row(1, "USB PnP Sound Device", 1, 2, 44_100.0),
        row(2, "ReSpeaker 4 Mic", 4, 0, 16_000.0),
    ],
    default_input=2,
    default_output=1,
)


def test_listing():
    found = list_devices(PortAudio(BOX))
    assert [d.number for d in found] == [0, 1, 2]
    assert found[1].rate_hz == 44_100
    assert found[2].is_default_input
    assert found[1].is_default_output
    assert not found[0].can("input")


@pytest.mark.parametrize(
    ("wanted", "kind", "number"), [("", "input", 2), ("", "output", 1), ("usb", "input", 1), ("0", "output", 0)]
)
def test_choosing(wanted, kind, number):
    assert choose(list_devices(PortAudio(BOX)), wanted, kind).number == number


def test_a_number_wins_before_names():
    box = FakeSounddevice(rows=[row(0, "USB 2.0 Camera", 1, 0), row(1, "Card 2", 1, 0), row(2, "Headset", 1, 0)])
    assert choose(list_devices(PortAudio(box)), "2", "input").number == 2
    assert choose(list_devices(PortAudio(box)), "2.0", "input").number == 0


TWINS = FakeSounddevice(
    rows=[
        row(0, "USB Audio: A (hw:1,0)", 1, 0),
        row(1, "USB Audio: B (hw:2,0)", 1, 2),
        row(2, "USB Audio: A (hw:3,0)", 1, 0),
        row(3, "usb audio", 1, 0),
    ]
)


@pytest.mark.parametrize("wanted", ["usb audio:", "USB Audio: A"])
def test_a_name_of_several_devices_says_so(wanted):
    with pytest.raises(DeviceAmbiguous, match=r"0 'USB Audio: A \(hw:1,0\)', .*2 'USB Audio: A.*give more"):
        choose(list_devices(PortAudio(TWINS)), wanted, "input")


@pytest.mark.parametrize(("wanted", "number"), [("USB AUDIO", 3), ("usb audio: b", 1), ("B (hw:2,0)", 1), (" 2 ", 2)])
def test_the_strictest_reading_of_a_name_wins(wanted, number):
    assert choose(list_devices(PortAudio(TWINS)), wanted, "input").number == number


def test_only_devices_of_the_kind_make_a_name_ambiguous():
    assert choose(list_devices(PortAudio(TWINS)), "audio", "output").number == 1


@pytest.mark.parametrize(("wanted", "kind"), [("hdmi", "input"), ("nothing", "output"), ("9", "output")])
def test_choosing_what_is_not_there(wanted, kind):
    with pytest.raises(DeviceUnknown, match="koemado devices"):
        choose(list_devices(PortAudio(BOX)), wanted, kind)


def test_a_machine_without_sound():
    assert list_devices(PortAudio(FakeSounddevice(rows=[]))) == ()
    assert choose([], "", "input") is None


def test_without_portaudio(monkeypatch):
    import sys

    class Missing:
        def find_spec(self, name, *_args):
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(PortAudioMissing, match="apt-get install libportaudio2"):
        list_devices()
