import logging
import threading

import numpy as np
import pytest

from voice.errors import AudioDeviceError
from voice.microphone import QUEUED_BLOCKS, Microphone


class FakeStream:
    """A stream that calls back with the blocks it was given, when it is started."""

    def __init__(self, blocks, *, callback, samplerate, **options) -> None:
        self.options = options | {"samplerate": samplerate}
        self.closed = False
        self._blocks, self._callback = blocks, callback

    def start(self) -> None:
        self.hear(self._blocks)

    def hear(self, blocks) -> None:
        for block in blocks:
            self._callback(block.reshape(-1, 1), len(block), None, None)

    def close(self) -> None:
        self.closed = True


def microphone(blocks, rate_hz=48_000, opened=None):
    def open_stream(**options):
        stream = FakeStream(blocks, **options)
        if opened is not None:
            opened.append(stream)
        return stream

    return Microphone(device=3, rate_hz=rate_hz, open_stream=open_stream, lost_after_s=0.01)


def test_any_native_rate_becomes_16_khz_and_a_silent_device_is_lost():
    opened: list[FakeStream] = []
    blocks = [np.full(2_400, 1_000, np.int16)] * 20
    heard = []
    with pytest.raises(AudioDeviceError, match="went away"):
        heard.extend(microphone(blocks, opened=opened).chunks())
    assert sum(len(c.samples) for c in heard) == pytest.approx(16_000, abs=500)
    assert opened[0].closed
    assert opened[0].options["device"] == 3


def test_chunks_in_order():
    blocks = [np.full(800, n, np.int16) for n in range(1, 6)]
    source = microphone(blocks, rate_hz=16_000).chunks()
    got = [next(source) for _ in range(5)]
    assert [int(c.samples[0]) for c in got] == [1, 2, 3, 4, 5]
    assert all(c.rate_hz == 16_000 for c in got)
    source.close()


TOO_MANY = [np.full(800, n * 100, np.int16) for n in range(QUEUED_BLOCKS + 7)]


def test_when_nobody_takes_the_sound_the_oldest_is_dropped_and_counted():
    mic = microphone(TOO_MANY, rate_hz=16_000)
    source = mic.chunks()
    heard = [round(next(source).samples[0] / 100) for _ in range(QUEUED_BLOCKS)]  # the resampler dithers
    source.close()
    assert heard == list(range(7, QUEUED_BLOCKS + 7))
    assert mic.dropped_blocks == 7


def test_lost_sound_is_logged_once_a_conversation(caplog):
    mic = microphone(TOO_MANY, rate_hz=16_000)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            source = mic.chunks()
            next(source)
            next(source)
            source.close()
    assert [r.getMessage().split(":")[0] for r in caplog.records] == ["sound from the microphone was lost"]


def test_sound_that_was_to_be_forgotten_is_not_reported(caplog):
    opened: list[FakeStream] = []
    mic = microphone([TOO_MANY[0]], rate_hz=16_000, opened=opened)
    source = mic.chunks()
    next(source)
    opened[0].hear(TOO_MANY)  # the assistant speaks for more than ten seconds
    assert mic.dropped_blocks == 7
    mic.forget()
    opened[0].hear([TOO_MANY[3]])
    with caplog.at_level(logging.WARNING):
        assert round(next(source).samples[0] / 100) == 3
    source.close()
    assert caplog.records == []


def test_forgetting_what_was_recorded_meanwhile():
    mic = microphone([np.full(800, n, np.int16) for n in range(5)], rate_hz=16_000)
    source = mic.chunks()
    next(source)
    mic.forget()
    with pytest.raises(AudioDeviceError):
        next(source)


def test_a_device_that_cannot_be_opened():
    def refuse(**_options):
        raise RuntimeError("Invalid device")

    with pytest.raises(AudioDeviceError, match=r"cannot be opened \(Invalid device\)"):
        next(Microphone(device=None, rate_hz=16_000, open_stream=refuse).chunks())


def test_the_callback_runs_in_another_thread():
    ready = threading.Event()

    class Live(FakeStream):
        def start(self) -> None:
            threading.Thread(target=lambda: (super(Live, self).start(), ready.set())).start()

    mic = Microphone(
        device=None,
        rate_hz=16_000,
        open_stream=lambda **o: Live([np.full(800, 7, np.int16)], **o),
        lost_after_s=2.0,
    )
    source = mic.chunks()
    assert int(next(source).samples[0]) == 7
    assert ready.wait(2)
    source.close()
