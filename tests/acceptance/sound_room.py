"""Our own adapters in a program of its own, in whose environment a sound server is to be found.

echo SPOKEN.wav HEARD.wav   play one on the loudspeaker while the microphone records the other
stop                        play for long, stop, and print how long stopping took
"""

import sys
import time
from contextlib import closing
from threading import Thread

import numpy as np
import soundfile

from hardware.audio_devices import choose, list_devices
from voice.audio import AudioChunk
from voice.compose_audio import loudspeaker_on, microphone_on
from voice.levels import tone
from voice.settings import Settings

SETTINGS = Settings()
TAIL_S = 1.0  # recorded after the end of playing


def device(part, kind):
    return choose(list_devices(), part, kind)


def echo(spoken, heard):
    samples, rate_hz = soundfile.read(spoken, dtype="int16")
    sink = loudspeaker_on(device("headset_sp", "output"), SETTINGS)
    pieces = []
    with closing(microphone_on(device("headset_mic", "input")).chunks()) as chunks:
        pieces.append(next(chunks).samples)  # it listens
        playing = Thread(target=sink.play, args=(AudioChunk(samples=samples, rate_hz=rate_hz),))
        playing.start()
        left_s = TAIL_S
        for chunk in chunks:
            pieces.append(chunk.samples)
            left_s -= 0.0 if playing.is_alive() else chunk.duration_ms / 1000
            if left_s <= 0:
                break
    playing.join()
    soundfile.write(heard, np.concatenate(pieces), 16_000)


def stop():
    sink = loudspeaker_on(device("headset_sp", "output"), SETTINGS)
    playing = Thread(target=sink.play, args=(tone(ms=30_000),))
    with closing(microphone_on(device("headset_mic", "input")).chunks()) as chunks:
        playing.start()
        while np.abs(next(chunks).samples).max() < 1_000:
            pass
        began = time.monotonic()
        sink.stop()
        playing.join()
        returned_s = time.monotonic() - began
        while np.abs(next(chunks).samples).max() >= 100:
            pass
        print(f"returned {returned_s:.3f} silent {time.monotonic() - began:.3f}")


if __name__ == "__main__":
    {"echo": echo, "stop": stop}[sys.argv[1]](*sys.argv[2:])
