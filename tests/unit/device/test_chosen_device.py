import pytest

from hardware.audio_devices import AudioDevice, lasting_name
from hardware.chosen_device import Away, ChosenDevice, pick
from hardware.errors import DeviceUnknown
from hardware.fake_sockets import FakeSockets, FakeSoundDevice
from hardware.portaudio import PortAudio


def microphone(number, name, **more):
    return AudioDevice(number=number, name=name, inputs=1, outputs=0, rate_hz=48_000, **more)


USB = microphone(1, "USB Audio: - (hw:1,0)")
MOVED = microphone(3, "USB Audio: - (hw:2,0)")
CAMERA = microphone(0, "Camera: Mic (hw:0,0)", is_default_input=True)


@pytest.mark.parametrize(
    ("there", "wanted", "name", "falls_back", "found"),
    [
        ([CAMERA, USB], "usb", USB.name, False, USB),
        ([CAMERA, MOVED], "usb", USB.name, False, MOVED),  # another socket, another card
        ([MOVED, CAMERA], "1", USB.name, False, MOVED),  # wanted by number, found by the name it had
        ([CAMERA], "usb", USB.name, False, None),
        ([CAMERA], "usb", USB.name, True, CAMERA),
        ([CAMERA, USB], "usb", USB.name, True, USB),
        ([CAMERA], "0", USB.name, False, None),  # the number now belongs to another device
        ([CAMERA, USB], "", None, False, CAMERA),
        ([USB], "", None, False, USB),
        ([], "", None, True, None),
        ([], "usb", USB.name, True, None),
        ([USB, MOVED], "usb", None, False, None),  # which one?
        ([USB, MOVED], "usb", MOVED.name, False, MOVED),
    ],
)
def test_what_answers_to_a_choice(there, wanted, name, falls_back, found):
    assert pick(there, wanted, name, "input", falls_back=falls_back) == found


def test_a_name_without_its_place():
    assert lasting_name("USB Audio: - (hw:1,0)") == "USB Audio: -"
    assert lasting_name("bcm2835 Headphones (plughw:10,2)") == "bcm2835 Headphones"
    assert lasting_name("Speaker (left)") == "Speaker (left)"


def test_looking_becomes_rarer_but_never_rarer_than_two_seconds():
    away, pauses = Away(since_s=0.0), []
    for _ in range(6):
        pauses.append(away.pause_s)
        away = away.looked()
    assert pauses == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0]


def test_a_device_is_found_again_in_another_place():
    usb = FakeSoundDevice(name="USB Audio: - (hw:1,0)", inputs=1)
    sockets = FakeSockets(plugged=[usb, FakeSoundDevice(name="Camera", inputs=1)])
    chosen = ChosenDevice("0", "input", portaudio=PortAudio(sockets))
    assert chosen.at_start().name == usb.name
    sockets.unplug(usb)
    assert chosen.after_another_look() is None
    sockets.plugged.append(FakeSoundDevice(name="USB Audio: - (hw:4,0)", inputs=1))
    assert chosen.now() is None
    assert chosen.after_another_look().number == 1


def test_who_stands_in():
    sockets = FakeSockets(plugged=[FakeSoundDevice(name="Camera", inputs=1), FakeSoundDevice(name="USB", inputs=1)])
    chosen = ChosenDevice("USB", "input", falls_back=True, portaudio=PortAudio(sockets))
    assert not chosen.is_stand_in(chosen.at_start())
    sockets.unplug(sockets.plugged[1])
    assert chosen.is_stand_in(chosen.after_another_look())


def test_a_choice_that_is_not_there_at_the_start_is_an_error():
    with pytest.raises(DeviceUnknown):
        ChosenDevice("USB", "input", portaudio=PortAudio(FakeSockets())).at_start()
