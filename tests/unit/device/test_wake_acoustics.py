"""The acoustic model with numpy: its cepstra are Kaldi's, and a stream in pieces is the stream."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.spoken import Customer, Studio
from intents.morae import UNITS
from voice.models.errors import ModelDamaged
from voice.wake.acoustics import Acoustics, read_layers
from voice.wake.cepstra import Cepstra

MODEL = Path(__file__).parents[3] / "voice/data/models/vosk-model-embedded-ja"
# of kaldi-native-fbank 1.22, frames 10 and 22, the first eight cepstra
KALDI = {
    10: [63.523, 43.871, 17.141, 10.938, -138.016, -127.225, 48.076, -50.932],
    22: [65.003, 26.441, -50.405, -57.208, -101.36, 3.913, 188.395, 11.705],
}


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return Studio().take("さっき駅前で友達にばったり会いました", Customer())


@pytest.fixture(scope="module")
def layers():
    return read_layers(MODEL)


def test_cepstra_are_those_of_kaldi():
    t = np.arange(4_000) / 16_000
    sound = np.rint(8_000 * np.sin(2 * np.pi * (200 + 1_500 * t) * t) + 500 * np.cos(2 * np.pi * 3_000 * t))
    found = Cepstra().accept(sound.astype(np.int16))
    assert found.shape == (23, 40)
    for frame, expected in KALDI.items():
        assert found[frame, :8] == pytest.approx(expected, abs=0.01)


def test_the_posteriors_say_what_is_said(layers, speech):
    rows = Acoustics(layers).accept(speech)
    assert np.exp(rows).sum(axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-3)
    units = [UNITS[unit] for unit in rows.argmax(axis=1)]
    heard = [unit for unit, before in zip(units[1:], units, strict=False) if unit not in (before, "<sil>")]
    assert "t o m o d a ch i" in " ".join(heard)


@pytest.mark.parametrize("size", [97, 512, 1_600])
def test_a_stream_in_pieces_is_the_stream(layers, speech, size):
    acoustics = Acoustics(layers)
    whole = acoustics.accept(speech)
    acoustics.reset()
    pieces = np.concatenate([acoustics.accept(speech[at : at + size]) for at in range(0, len(speech), size)])
    assert len(whole) > 50
    assert pieces.shape == whole.shape
    assert np.abs(pieces - whole).max() < 1e-3


@pytest.mark.parametrize(
    "damage", [lambda data: data[:200_000], lambda _: b"", lambda data: data.replace(b"<Nnet3>", b"")]
)
def test_a_damaged_model_is_said_to_be_damaged(tmp_path, damage):
    shutil.copytree(MODEL / "am", tmp_path / "am")
    file = tmp_path / "am" / "final.mdl"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ModelDamaged, match="final.mdl"):
        read_layers(tmp_path)


def test_a_folder_without_a_model_is_damaged_too(tmp_path):
    with pytest.raises(ModelDamaged):
        read_layers(tmp_path)
