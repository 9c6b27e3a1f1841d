import sys
from threading import Thread

import numpy as np
import pytest

from voice.audio import AudioChunk
from voice.errors import AudioDeviceError
from voice.speech.fakes import REMEMBERED_SAMPLES, FakeLoudspeaker, SilentSink
from voice.speech.loudspeaker import LATENCY_S, PORTAUDIO_MISSING, PortAudioStream
from voice.speech.playback import SounddeviceSink, default_sink, has_loudspeaker

PATIENCE_S = 10


def ramp(count=4_800, rate_hz=48_000):
    return AudioChunk(samples=np.arange(1, count + 1).astype(np.int16), rate_hz=rate_hz)


class Playing:
    """A `play` in a thread of its own."""

    def __init__(self, sink, chunk):
        self.error = None
        self._thread = Thread(target=self._run, args=(sink, chunk), daemon=True)
        self._thread.start()

    def _run(self, sink, chunk):
        try:
            sink.play(chunk)
        except AudioDeviceError as error:
            self.error = error

    def has_ended(self, patience_s=PATIENCE_S):
        self._thread.join(patience_s)
        return not self._thread.is_alive()


def test_every_sample_is_heard_once_and_the_last_block_filled_up():
    loudspeaker = FakeLoudspeaker()
    SounddeviceSink(open_stream=loudspeaker.open_stream).play(ramp(count=2_000))
    assert [len(block) for block in loudspeaker.heard] == [960] * 3
    np.testing.assert_array_equal(loudspeaker.sound, [*range(1, 2_001), *[0] * 880])


def test_volume_is_applied_here():
    loudspeaker = FakeLoudspeaker()
    SounddeviceSink(volume=0.5, open_stream=loudspeaker.open_stream).play(ramp(count=960))
    np.testing.assert_allclose(loudspeaker.sound, np.arange(1, 961) / 2, atol=0.51)


def test_a_device_with_one_rate_gets_that_rate():
    loudspeaker = FakeLoudspeaker(only_rate_hz=44_100)
    SounddeviceSink(open_stream=loudspeaker.open_stream).play(ramp(count=48_000))
    assert loudspeaker.rate_hz == 44_100
    assert len(loudspeaker.sound) == pytest.approx(44_100, abs=882)


def test_after_stop_the_next_block_is_silent():
    loudspeaker = FakeLoudspeaker(driven=True)
    sink = SounddeviceSink(open_stream=loudspeaker.open_stream)
    playing = Playing(sink, ramp(count=30_000))
    assert loudspeaker.wait_until_playing(PATIENCE_S)
    assert loudspeaker.play_block()
    sink.stop()
    assert not loudspeaker.play_block()
    assert playing.has_ended()
    assert loudspeaker.heard[0].any()
    assert not loudspeaker.heard[1].any()
    assert playing.error is None
    assert loudspeaker.open_streams == 0


def test_stop_works_while_the_device_is_being_opened():
    loudspeaker = FakeLoudspeaker()

    def opened_after_stop(**asked):
        sink.stop()
        return loudspeaker.open_stream(**asked)

    sink = SounddeviceSink(open_stream=opened_after_stop)
    sink.play(ramp())
    assert not loudspeaker.heard
    assert loudspeaker.open_streams == 0


def test_a_device_that_goes_away_is_an_error_and_the_next_play_opens_anew():
    loudspeaker = FakeLoudspeaker(driven=True)
    sink = SounddeviceSink(open_stream=loudspeaker.open_stream)
    playing = Playing(sink, ramp(count=30_000))
    assert loudspeaker.wait_until_playing(PATIENCE_S)
    loudspeaker.play_block()
    loudspeaker.unplug()
    assert playing.has_ended()
    assert "went away" in str(playing.error)
    again = Playing(sink, ramp(count=960))
    assert loudspeaker.wait_until_playing(PATIENCE_S)
    assert not loudspeaker.play_block()
    assert again.has_ended()
    assert again.error is None


def test_a_device_that_asks_for_nothing_more_is_an_error():
    loudspeaker = FakeLoudspeaker(driven=True)
    playing = Playing(SounddeviceSink(open_stream=loudspeaker.open_stream, stall_s=0.01), ramp(count=30_000))
    assert playing.has_ended()
    assert "went away" in str(playing.error)


def test_a_stream_that_does_not_start_is_closed():
    class Broken(FakeLoudspeaker):
        def start(self):
            raise AudioDeviceError("the loudspeaker does not start")

    loudspeaker = Broken()
    with pytest.raises(AudioDeviceError, match="does not start"):
        SounddeviceSink(open_stream=loudspeaker.open_stream).play(ramp())
    assert loudspeaker.open_streams == 0


def test_two_plays_at_once_take_turns():
    loudspeaker = FakeLoudspeaker(driven=True)
    sink = SounddeviceSink(open_stream=loudspeaker.open_stream)
    first = Playing(sink, ramp(count=1_920))
    assert loudspeaker.wait_until_playing(PATIENCE_S)
    second = Playing(sink, ramp(count=960))
    assert loudspeaker.play_block()
    assert loudspeaker.open_streams == 1
    loudspeaker.play_block()
    assert first.has_ended()
    assert loudspeaker.wait_until_playing(PATIENCE_S)
    loudspeaker.play_block()
    assert second.has_ended()


class PortAudioError(Exception):
    """As sounddevice has it: a text, and the code of PortAudio."""


class SounddeviceModule:
    """The part of `sounddevice` we use, over one device of 44.1 kHz called USB Speaker."""

    PortAudioError = PortAudioError
    CallbackStop = type("CallbackStop", (Exception,), {})

    def __init__(self, devices=1, starts=True):
        self.devices, self.starts = devices, starts
        self.calls = []

    def query_devices(self, device=None, kind=None):
        if not self.devices:
            raise PortAudioError("Error querying device -1")
        return {"name": "USB Speaker", "max_output_channels": 2, "default_samplerate": 44_100.0}

    def OutputStream(self, **asked):  # noqa: N802
        if asked["device"] == "Nowhere":
            raise ValueError("No output device matching 'Nowhere'")
        if not self.devices:
            raise PortAudioError("Error querying device -1")
        if asked["samplerate"] != 44_100:
            raise PortAudioError("Error opening OutputStream: Invalid sample rate [PaErrorCode -9997]", -9997)
        self.asked = asked
        return self

    def start(self):
        if not self.starts:
            raise PortAudioError("Error starting stream: Device unavailable [PaErrorCode -9985]", -9985)
        try:
            while True:
                block = np.full((self.asked["blocksize"], 1), 77, np.int16)
                self.asked["callback"](block, len(block), None, None)
                self.calls.append(block[:, 0])
        except self.CallbackStop:
            self.calls.append(block[:, 0])
            self.asked["finished_callback"]()

    def abort(self, ignore_errors=True):
        self.calls.append("abort")

    def close(self, ignore_errors=True):
        self.calls.append("close")


@pytest.fixture
def sounddevice(monkeypatch):
    module = SounddeviceModule()
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def test_portaudio_plays_at_the_devices_rate_in_blocks_of_20_ms(sounddevice):
    SounddeviceSink().play(ramp(count=47_900))
    *blocks, aborted, closed = sounddevice.calls
    assert sounddevice.asked["blocksize"] == 882
    silence = 2 * LATENCY_S * 44_100  # PulseAudio drops the last of what it is given
    assert sum(map(len, blocks)) == pytest.approx(44_100 + silence, abs=882)
    assert not np.concatenate(blocks)[-int(silence) :].any()
    assert (aborted, closed) == ("abort", "close")
    assert sounddevice.asked["dtype"] == "int16"


def test_a_sound_that_ends_in_silence_needs_no_more_of_it(sounddevice):
    sound = np.concatenate([np.full(4_410, 9, np.int16), np.zeros(11_025, np.int16)])  # a sentence and its pause
    SounddeviceSink().play(AudioChunk(samples=sound, rate_hz=44_100))
    blocks = [call for call in sounddevice.calls if not isinstance(call, str)]
    assert sum(map(len, blocks)) == pytest.approx(len(sound), abs=882)


def test_an_unknown_device_is_named(sounddevice):
    with pytest.raises(AudioDeviceError, match="'Nowhere' cannot be opened .*No output device.*koemado devices"):
        SounddeviceSink("Nowhere").play(ramp())


def test_a_device_in_use_by_another_program(sounddevice):
    sounddevice.starts = False
    with pytest.raises(AudioDeviceError, match="does not start .*Device unavailable"):
        SounddeviceSink().play(ramp(rate_hz=44_100))
    assert sounddevice.calls == ["abort", "close"]


def test_no_device_is_an_error_for_play_and_silence_by_default(sounddevice, caplog):
    sounddevice.devices = 0
    with pytest.raises(AudioDeviceError, match="cannot be opened"):
        SounddeviceSink().play(ramp())
    assert not has_loudspeaker()
    assert isinstance(default_sink(), SilentSink)
    assert "no loudspeaker found" in caplog.text


@pytest.mark.usefixtures("sounddevice")
def test_a_device_is_taken_by_default():
    assert has_loudspeaker()
    assert isinstance(default_sink(), SounddeviceSink)


def test_without_portaudio_the_remedy_is_told(monkeypatch, tmp_path):
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(AudioDeviceError, match="sudo apt-get install libportaudio2") as caught:
        SounddeviceSink().play(ramp())
    assert str(caught.value) == PORTAUDIO_MISSING
    assert not has_loudspeaker()
    assert isinstance(default_sink(), SilentSink)


def test_a_volume_of_zero_still_takes_its_time(sounddevice):
    SounddeviceSink(volume=0.0).play(ramp(count=44_100, rate_hz=44_100))
    blocks = [call for call in sounddevice.calls if not isinstance(call, str)]
    assert len(blocks) == 50
    assert not np.concatenate(blocks).any()


def test_the_real_stream_is_what_a_sink_opens_by_default(sounddevice):
    stream = PortAudioStream(device=None, rate_hz=44_100, fill=lambda out: False, ended=lambda: None)
    stream.start()
    stream.close()
    assert sounddevice.calls[-2:] == ["abort", "close"]


def test_what_a_silent_sink_remembers_is_bounded_in_memory_too():
    """`koemado talk --mute` runs for years, and answers are of any length."""
    sink = SilentSink()
    for seconds in range(60):
        sink.play(AudioChunk(samples=np.full(48_000 * 5, seconds, np.int16), rate_hz=48_000))
    assert sum(len(one.samples) for one in sink.played) <= REMEMBERED_SAMPLES
    assert [int(one.samples[0]) for one in sink.played] == list(range(40, 60))
    sink.play(AudioChunk(samples=np.zeros(REMEMBERED_SAMPLES * 2, np.int16), rate_hz=48_000))
    assert len(sink.played) == 1  # the last is kept, however long
