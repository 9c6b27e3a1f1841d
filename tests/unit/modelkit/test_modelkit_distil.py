"""Scenes, their surroundings and what a student learns from its teacher; skipped without the extra."""

import sys

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs the extra "modelkit"')
pytest.importorskip("kaldi_native_fbank", reason='needs the extra "modelkit"')
pytest.importorskip("scipy", reason='needs the extra "modelkit"')

import torch

from intents.morae import to_units
from voice.errors import SettingsError
from voice.modelkit import checkpoints, denormals, distil
from voice.modelkit.cepstra import MelBands, cepstra
from voice.modelkit.mfcc import mfcc
from voice.modelkit.scenes import OUTPUTS, SAMPLES, Said, draw_scenes, said
from voice.modelkit.shards import Clip, save_clips
from voice.modelkit.surroundings import Surroundings


def tone(seconds=1.0, step=0.2):
    return (np.sin(np.arange(int(16_000 * seconds)) * step) * 8000).astype(np.int16)


def hissing(seconds, seed=0):
    return np.rint(tone(seconds) + np.random.default_rng(seed).normal(0, 300, int(16_000 * seconds))).astype(np.int16)


@pytest.fixture
def surroundings():
    return Surroundings(np.random.default_rng(1), [tone(2.0)], rooms=3, noises=4, device="cpu")


def test_cepstra_of_many_equal_kaldis():
    waves = [hissing(1.3, seed) for seed in range(2)]
    batch = torch.from_numpy(np.stack(waves).astype(np.float32))
    found = cepstra(MelBands([0.9, 1.0], "cpu")(batch, torch.tensor([1, 1]))).numpy()
    assert np.abs(found - np.stack([mfcc(wave) for wave in waves])).max() < 0.01


def test_a_warp_moves_a_tone_to_another_band():
    wave = torch.from_numpy(tone(0.5, step=0.8).astype(np.float32)).expand(3, -1)  # 2 kHz
    loudest = MelBands([0.86, 1.0, 1.14], "cpu")(wave, torch.tensor([0, 1, 2])).mean(1).argmax(1).tolist()
    assert loudest[0] < loudest[1] < loudest[2]


def test_scenes_say_where_each_clip_sounds():
    pool = [Said(tone(0.6), np.full(20, 7)), Said(tone(1.2), np.full(40, 9))]
    scenes = draw_scenes(pool, 40, np.random.default_rng(2))
    assert scenes.waves.shape == (40, SAMPLES)
    assert scenes.paths.shape == (40, OUTPUTS)
    sounding = np.abs(scenes.waves[:, : OUTPUTS * 480]).reshape(40, OUTPUTS, 480).max(2) > 0.1
    assert (sounding == (scenes.paths > 0)).all()
    assert (scenes.paths > 0).any(1).sum() > 30
    assert not (scenes.paths > 0).any(1).all()  # some are wordless


def test_units_of_a_clip_cover_it():
    teacher = checkpoints.load(checkpoints.SHIPPED)
    clips = [Clip(wave=tone(1.0), reading=("ア", "カ")), Clip(wave=tone(9.5), reading=("ア",))]
    found = said(clips, teacher, np.random.default_rng(0))
    assert [len(one.path) for one in found] == [int(np.ceil(len(one.wave) / 480)) for one in found]
    assert len(found) == 1  # the other is too long for a scene
    assert set(found[0].path.tolist()) <= {0, *to_units(("ア", "カ"))}


def test_surroundings_are_heard_but_not_in_the_clean_twin(surroundings):
    rng = np.random.default_rng(3)
    waves = draw_scenes([Said(tone(1.0), np.full(34, 5))], 12, rng).waves
    made = surroundings.render(waves, rng)
    assert made.heard.shape == made.clean.shape == waves.shape
    assert made.heard.abs().amax(1).max() <= 32767
    quiet = torch.from_numpy(waves == 0)
    spoken = torch.from_numpy(np.abs(waves).max(1) > 0)
    level = [
        sound.square().mul(quiet).sum(1).sqrt()[spoken] / sound.abs().amax(1)[spoken]
        for sound in (made.clean, made.heard)
    ]
    assert (level[1] > 10 * level[0]).float().mean() > 0.5


def test_loss_is_least_where_the_student_hears_as_the_teacher():
    teacher = torch.log_softmax(torch.randn(2, OUTPUTS, 39, generator=torch.manual_seed(1)), 2)
    lesson = distil.Lesson(torch.empty(0), teacher, teacher.argmax(2))
    flat = torch.full_like(teacher, -np.log(39))
    assert distil.loss_of(teacher, lesson, 1.0).item() == pytest.approx(0, abs=1e-6)
    assert distil.loss_of(teacher, lesson, 0.5) < distil.loss_of(flat, lesson, 0.5)


def test_a_student_learns_and_is_saved(tmp_path, capsys):
    save_clips(tmp_path / "train-0000.npz", [Clip(wave=hissing(1.0, n), reading=("ア", "カ")) for n in range(4)])
    out = tmp_path / "out" / "model.pt"
    distil.main(
        [str(checkpoints.SHIPPED), "--synth", str(tmp_path), "--out", str(out), "--minutes", "0.03", "--rows", "2",
         "--rooms", "1", "--noises", "1"]
    )  # fmt: skip
    before, after = (checkpoints.load(path).model.state_dict() for path in (checkpoints.SHIPPED, out))
    assert any(not torch.equal(weight, after[name]) for name, weight in before.items())
    assert "checkpoint written" in capsys.readouterr().out
    assert sys.float_info.min / 2 > 0  # denormal numbers, flushed to zero while it learns, count again


def test_denormal_numbers_are_flushed_only_inside():
    with pytest.raises(ZeroDivisionError), denormals.flushed():
        assert sys.float_info.min / 2 == 0
        1 / (sys.float_info.min / 2)
    assert sys.float_info.min / 2 > 0


def test_nothing_to_learn_from_is_said(tmp_path):
    with pytest.raises(SettingsError, match="synthesize"):
        distil.main([str(checkpoints.SHIPPED), "--synth", str(tmp_path), "--out", str(tmp_path / "model.pt")])
    with pytest.raises(SettingsError, match="minutes"):
        distil.main([str(checkpoints.SHIPPED), "--minutes", "0"])
