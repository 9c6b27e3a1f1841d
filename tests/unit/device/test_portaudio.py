import os

import pytest

from hardware.audio_devices import list_devices
from hardware.fake_sockets import FakePortAudioError, FakeSockets, FakeSoundDevice
from hardware.portaudio import PortAudio

HEADSET = FakeSoundDevice(name="Headset", inputs=1, outputs=2)
CAMERA = FakeSoundDevice(name="Camera", inputs=1)


@pytest.fixture
def sockets():
    return FakeSockets(plugged=[HEADSET])


@pytest.fixture
def portaudio(sockets):
    return PortAudio(sockets)


def opened(portaudio, **options):
    asked = {"device": 0, "samplerate": 48_000, "channels": 1, "dtype": "int16", "finished_callback": lambda: None}
    return portaudio.opened(lambda sounddevice: sounddevice.InputStream(**asked), **options)


def names(portaudio):
    return [device.name for device in list_devices(portaudio)]


def test_what_is_plugged_in_is_seen_after_another_look(sockets, portaudio):
    sockets.plugged.insert(0, CAMERA)
    assert names(portaudio) == ["Headset"]
    assert portaudio.look_again()
    assert names(portaudio) == ["Camera", "Headset"]


def test_a_stream_that_plays_is_not_disturbed(sockets, portaudio):
    playing = opened(portaudio)
    assert not portaudio.look_again()
    assert sockets.begun == 0
    assert not playing.closed
    playing.close()
    assert portaudio.look_again()


def test_a_stream_that_yields_is_closed_first(sockets, portaudio):
    listening = opened(portaudio, yields=True)
    assert portaudio.look_again()  # the fake raises when a stream is open while PortAudio ends
    assert listening.closed
    assert sockets.begun == 1


def test_closing_twice_is_closing_once(sockets, portaudio):
    stream = opened(portaudio)
    stream.close()
    stream.close()
    assert portaudio.look_again()


def test_a_portaudio_that_cannot_begin_lists_nothing(sockets, portaudio):
    class Broken(FakeSockets):
        def _initialize(self):
            raise FakePortAudioError("Error initializing PortAudio", -10_000)

        def query_devices(self, *_):
            raise FakePortAudioError("PortAudio not initialized", -10_000)

    broken = PortAudio(Broken(plugged=[HEADSET]))
    assert broken.look_again()
    assert list_devices(broken) == ()


def test_what_the_libraries_print_of_a_device_that_cannot_be_opened_is_heard_once(sockets, portaudio, capfd):
    def fail(_sounddevice):
        os.write(2, b"ALSA lib: no\n")
        raise FakePortAudioError("Device unavailable", -9_985)

    for _ in range(3):
        with pytest.raises(FakePortAudioError):
            portaudio.opened(fail)
    opened(portaudio).close()
    os.write(2, b"after\n")
    with pytest.raises(FakePortAudioError):
        portaudio.opened(fail)
    assert capfd.readouterr().err.splitlines() == ["ALSA lib: no", "after", "ALSA lib: no"]
