"""The parts of the training that need the whole extra; skipped without it."""

import random
import sys

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs the extra "modelkit"')
pytest.importorskip("kaldi_native_fbank", reason='needs the extra "modelkit"')
pytest.importorskip("scipy", reason='needs the extra "modelkit"')

from intents.morae import UNITS
from voice.errors import SettingsError
from voice.modelkit import features, train
from voice.modelkit.human import human_words, joined
from voice.modelkit.mfcc import mfcc
from voice.modelkit.shards import Clip, Example, save_examples
from voice.modelkit.supervision import AlignedExample, Alignments, ShardOrder, UnitCounts
from voice.modelkit.synthesize import draw_speaker
from voice.modelkit.train import rate_factor
from voice.modelkit.unit_error import greedy


def tone(seconds=1.0):
    return (np.sin(np.arange(int(16_000 * seconds)) * 0.2) * 8000).astype(np.int16)


def test_cepstra_have_a_frame_every_10_ms():
    assert mfcc(tone(1.0)).shape == (98, 40)
    assert mfcc(tone(0.02)).shape == (0, 40)


def test_clips_too_short_for_their_units_are_dropped():
    units = np.ones(20, np.int64)
    assert features._has_room(Example(np.zeros((90, 40)), units))
    assert not features._has_room(Example(np.zeros((60, 40)), units))


def test_words_are_joined_in_normal_form():
    words = [Clip(wave=tone(0.3), reading=("カ", "ア")[:1]), Clip(wave=tone(0.3), reading=("ア",))]
    rng = np.random.default_rng(3)
    made = [joined(words, rng) for _ in range(50)]
    assert {len(clip.reading) for clip in made} >= {1, 2, 3}
    assert ("カ", "ー") in {clip.reading for clip in made}
    assert all(len(clip.wave) >= 4800 * 1 for clip in made)


@pytest.mark.filterwarnings("ignore:Dictionary.create:DeprecationWarning")
def test_human_words_are_split_by_name(tmp_path):
    soundfile = pytest.importorskip("soundfile")
    for name in ("猫【ねこ】", "学校【がっこう】", "notes"):
        soundfile.write(tmp_path / f"{name}.ogg", tone(0.4) / 32768, 16_000)
    training = list(human_words(tmp_path, {"猫【ねこ】"}))
    held_out = list(human_words(tmp_path, {"猫【ねこ】"}, wanted=True))
    assert [clip.reading for clip in training] == [("ガ", "ッ", "コ", "ー")]
    assert [clip.reading for clip in held_out] == [("ネ", "コ")]
    assert abs(len(held_out[0].wave) - 6400) < 100


def test_test_speakers_are_heard_in_no_training():
    rng = random.Random(1)
    train_voices = {draw_speaker(rng, "train").voice for _ in range(300)}
    test_voices = {draw_speaker(rng, "test").voice for _ in range(100)}
    assert len(train_voices) == 9
    assert test_voices == {"mei_bashful", "tohoku-f01-sad"}


@pytest.mark.parametrize(
    ("step", "progress", "factor"),
    [(0, 0.0, 1 / 80), (79, 0.1, 1.0), (500, 0.39, 1.0), (500, 0.7, 0.5), (500, 1.0, 0.01)],
)
def test_rate_factor(step, progress, factor):
    assert rate_factor(step, progress) == pytest.approx(factor)


@pytest.fixture
def feats(tmp_path):
    for number in range(5):
        save_examples(tmp_path / f"0-{number:04d}.npz", [Example(np.zeros((9, 40)), np.array([1]))])
    return tmp_path


def test_every_shard_comes_once_before_any_comes_twice(feats):
    order = ShardOrder(feats, random.Random(1))
    first = [*order.take(3), *order.take(3)]
    assert sorted(path.name for path in first) == [f"0-{number:04d}.npz" for number in range(5)]
    assert len(order.take(3)) == 3


def test_new_shards_join_in(feats):
    order = ShardOrder(feats, random.Random(1))
    seen = order.take(5)
    save_examples(feats / "1-0000.npz", [])
    assert [path.name for path in order.take(3)] == ["1-0000.npz"]
    assert len(seen) == 5


def test_counts_forget_slowly_and_come_from_a_checkpoint():
    counts = UnitCounts(np.log(np.full(len(UNITS), 1 / len(UNITS))))
    counts.add([AlignedExample(np.zeros((9, 40)), np.array([1]), np.full(100_000, 7))])
    prior = np.exp(counts.log_prior)
    assert prior.sum() == pytest.approx(1.0)
    assert prior[7] == pytest.approx((98_000 / 39 + 100_000) / 198_000)


def test_times_in_a_shard_are_used_as_they_are(tmp_path):
    path = np.array([0, 1, 1])
    save_examples(tmp_path / "0-0000.npz", [Example(np.zeros((9, 40)), np.array([1]), path)])
    rows = Alignments(None, None).load(tmp_path / "0-0000.npz", np.zeros(len(UNITS)), by_network=True)
    assert [row.path.tolist() for row in rows] == [path.tolist()]


def test_greedy_drops_repetitions_and_silence():
    best = [0, 3, 3, 0, 3, 5, 5]
    assert greedy(np.eye(39)[best]) == [3, 3, 5]


def test_training_needs_features(tmp_path):
    with pytest.raises(SettingsError, match="run `features` first"):
        train.main(["--feats", str(tmp_path), "--out", str(tmp_path / "a.pt")])
    assert sys.float_info.min / 2 > 0  # denormal numbers still count in what runs after it


def test_a_flat_start_needs_gaussians(tmp_path):
    with pytest.raises(SettingsError, match="--realign 0 needs --init"):
        train.main(["--feats", str(tmp_path), "--realign", "0"])


def test_features_need_shards_unless_told_to_wait(tmp_path):
    with pytest.raises(SettingsError, match="run `synthesize` first"):
        features.main(["--synth", str(tmp_path), "--out", str(tmp_path / "out")])
