import numpy as np
import pytest

from voice.errors import ModelError
from voice.modelkit.shards import Clip, Example, load_clips, load_examples, save_clips, save_examples


@pytest.fixture
def clips():
    rng = np.random.default_rng(1)
    return [
        Clip(wave=rng.integers(-9, 9, 4000).astype(np.int16), reading=("ハ", "イ"), text="はい", source="short"),
        Clip(wave=rng.integers(-9, 9, 8000).astype(np.int16), reading=("イ", "ー", "エ"), speaker="mei"),
    ]


def test_clips_come_back(tmp_path, clips):
    save_clips(tmp_path / "a.npz", clips)
    back = load_clips(tmp_path / "a.npz")
    assert [(c.reading, c.text, c.source, c.speaker) for c in back] == [
        (("ハ", "イ"), "はい", "short", ""),
        (("イ", "ー", "エ"), "", "", "mei"),
    ]
    assert [c.wave.tolist() for c in back] == [c.wave.tolist() for c in clips]
    assert [c.seconds for c in back] == [0.25, 0.5]
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_examples_come_back_as_float16(tmp_path):
    feats = np.random.default_rng(1).normal(size=(7, 40))
    examples = [Example(feats, np.array([3, 4])), Example(feats[:3], np.array([5]))]
    save_examples(tmp_path / "f.npz", examples)
    first, second = load_examples(tmp_path / "f.npz")
    assert first.feats.dtype == np.float16
    np.testing.assert_allclose(first.feats, feats, atol=2e-3)
    assert (second.feats.shape, second.units.tolist(), second.units.dtype) == ((3, 40), [5], np.int64)


def test_empty_shards(tmp_path):
    save_clips(tmp_path / "a.npz", [])
    save_examples(tmp_path / "f.npz", [])
    assert load_clips(tmp_path / "a.npz") == []
    assert load_examples(tmp_path / "f.npz") == []


def test_what_is_no_shard_is_named(tmp_path, clips):
    save_clips(tmp_path / "whole.npz", clips)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:500])
    np.savez(tmp_path / "pickled.npz", waves=np.array([{}], object))
    for name in ("cut.npz", "pickled.npz", "missing.npz"):
        with pytest.raises(ModelError, match=name):
            load_clips(tmp_path / name)
    with pytest.raises(ModelError, match=r"whole\.npz"):
        load_examples(tmp_path / "whole.npz")


def test_times_come_back_when_every_example_has_them(tmp_path):
    feats = np.zeros((7, 40))
    aligned = [
        Example(feats, np.array([3]), np.array([0, 3, 0])),
        Example(feats, np.array([], int), np.array([0, 0, 0])),
    ]
    save_examples(tmp_path / "all.npz", aligned)
    assert [example.path.tolist() for example in load_examples(tmp_path / "all.npz")] == [[0, 3, 0], [0, 0, 0]]
    save_examples(tmp_path / "some.npz", [*aligned, Example(feats, np.array([4]))])
    assert [example.path for example in load_examples(tmp_path / "some.npz")] == [None] * 3
