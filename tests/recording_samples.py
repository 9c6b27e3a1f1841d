"""Sounds and recordings for the tests of desk and device."""

import json
from base64 import b64encode

import numpy as np

from server.recordings import RATE_HZ, RecordingGiven, wav_of

WORDING = "聞いてもよろしいでしょうか。"


def pcm(seconds=0.1, *, tone=440):
    """A tone, as a recogniser hands it on."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.rint(8000 * np.sin(2 * np.pi * tone * times)).astype("<i2").tobytes()


def given(sounds=None, **changes):
    """The JSON-able body of a recording; `sounds` are samples by turn."""
    sounds = {0: pcm()} if sounds is None else sounds
    return {
        "consent": {"at": "2026-11-24T09:59:00+09:00", "wording": WORDING},
        "callback": None,
        "utterances": [{"turn": turn, "wav": b64encode(wav_of(sound)).decode()} for turn, sound in sounds.items()],
        "withheld": [],
    } | changes


def recording(sounds=None, **changes):
    return RecordingGiven.model_validate_json(json.dumps(given(sounds, **changes)))
