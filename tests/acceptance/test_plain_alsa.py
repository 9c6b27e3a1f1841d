"""Playing and recording through PortAudio on ALSA without a sound server: its plugins `file` and `null` instead of a card."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.sound_server import ROOT
from voice.levels import tone

pytestmark = pytest.mark.acceptance
ALSA = """
pcm.lobby_speaker {{ type file slave.pcm null file {folder}/played.raw format raw }}
pcm.lobby_microphone {{ type file slave.pcm null file /dev/null infile {folder}/spoken.raw format raw }}
pcm.!default {{ type asym playback.pcm lobby_speaker capture.pcm lobby_microphone }}
"""
PROGRAM = """
from contextlib import closing
from hardware.audio_devices import choose, list_devices
from voice.compose_audio import loudspeaker_on, microphone_on
from voice.levels import tone
from voice.settings import Settings
loudspeaker_on(choose(list_devices(), "lobby_speaker", "output"), Settings()).play(tone())
with closing(microphone_on(choose(list_devices(), "LOBBY_MICRO", "input")).chunks()) as chunks:
    chunk = next(chunks)
print(chunk.rate_hz, abs(chunk.samples).max())
"""


def test_a_tone_reaches_the_card_and_a_recording_comes_from_it(tmp_path):
    if not shutil.which("ldconfig") or "libportaudio" not in subprocess.run(
        ["ldconfig", "-p"], capture_output=True, text=True, check=True
    ).stdout:  # fmt: skip
        pytest.skip("PortAudio is not installed: sudo apt-get install libportaudio2")
    (tmp_path / ".asoundrc").write_text(ALSA.format(folder=tmp_path))
    np.tile(tone(rate_hz=44_100, peak=0.5).samples, 20).tofile(tmp_path / "spoken.raw")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=os.environ | {"HOME": str(tmp_path)}, cwd=ROOT, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    played = np.fromfile(tmp_path / "played.raw", np.int16)
    np.testing.assert_array_equal(np.trim_zeros(played), np.trim_zeros(tone().samples))
    rate_hz, peak = map(int, done.stdout.split())
    assert rate_hz == 16_000
    assert peak > 4_000
