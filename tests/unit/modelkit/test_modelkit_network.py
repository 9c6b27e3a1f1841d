"""What needs torch; skipped without the extra."""

import random
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import voice
from intents.morae import UNITS

torch = pytest.importorskip("torch", reason='needs the extra "modelkit"')

from voice.errors import ModelError, SettingsError  # noqa: E402 - behind the skip
from voice.modelkit import average, checkpoints  # noqa: E402
from voice.modelkit.average import between  # noqa: E402
from voice.modelkit.batches import batches, collate, output_frames, perturb  # noqa: E402
from voice.modelkit.checkpoints import Checkpoint  # noqa: E402
from voice.modelkit.export import ExportOptions, export  # noqa: E402
from voice.modelkit.network import NetworkShape, Tdnn  # noqa: E402
from voice.modelkit.nnet3 import fold  # noqa: E402
from voice.modelkit.shards import Example  # noqa: E402

SHIPPED_MODEL = Path(voice.__file__).parent / "data" / "models" / "vosk-model-embedded-ja"
TINY = NetworkShape(dim=16, bottleneck=8, splice=1, offsets=((1, 1), (2, 0)), prefinal=8)


def test_the_shipped_checkpoint_exports_the_shipped_model_byte_for_byte(tmp_path):
    export(checkpoints.load(checkpoints.SHIPPED), tmp_path)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(written) == 5
    for path in written:
        assert (tmp_path / path).read_bytes() == (SHIPPED_MODEL / path).read_bytes(), path


def test_a_checkpoint_comes_back(tmp_path):
    torch.manual_seed(1)
    model = Tdnn(TINY)
    log_prior = np.log(np.arange(1, len(UNITS) + 1) / 780)
    checkpoints.save(tmp_path / "a.pt", Checkpoint(model, log_prior))
    back = checkpoints.load(tmp_path / "a.pt")
    assert back.model.shape == TINY
    assert back.log_prior.tolist() == log_prior.tolist()
    feats = torch.randn(1, 60, 40)
    assert torch.equal(back.model(feats), model.eval()(feats))
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


class Dangerous:
    def __reduce__(self):
        return Path.touch, (Path("run-by-a-checkpoint"),)


@pytest.mark.parametrize(
    "content", [Dangerous(), {"config": {}, "state": {}, "log_prior": np.zeros(39)}, {"state": {}}]
)
def test_a_checkpoint_can_run_nothing(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    torch.save(content, "bad.pt")
    with pytest.raises(ModelError, match=r"bad\.pt is no checkpoint"):
        checkpoints.load(Path("bad.pt"))
    assert not Path("run-by-a-checkpoint").exists()


def test_missing_and_cut_checkpoints(tmp_path):
    with pytest.raises(ModelError, match="No such file"):
        checkpoints.load(tmp_path / "none.pt")
    (tmp_path / "cut.pt").write_bytes(checkpoints.SHIPPED.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"cut\.pt"):
        checkpoints.load(tmp_path / "cut.pt")


def test_a_prior_of_the_wrong_size(tmp_path):
    checkpoints.save(tmp_path / "a.pt", Checkpoint(Tdnn(TINY), np.zeros(7)))
    with pytest.raises(ModelError, match="7"):
        checkpoints.load(tmp_path / "a.pt")


def test_one_output_for_three_frames_of_log_probabilities():
    model = Tdnn(TINY).eval()
    feats = torch.randn(50, 40)
    out = model(model.pad(feats)[None])[0, : output_frames(feats.numpy())]
    assert out.shape == (17, len(UNITS))
    assert torch.allclose(out.exp().sum(1), torch.ones(17), atol=1e-5)


def test_an_output_sees_its_context_and_no_more():
    model = Tdnn(TINY).eval()
    feats = torch.randn(1, model.left + 30 + model.right, 40)
    before = model(feats)
    changed = feats.clone()
    changed[0, model.left + 12 - model.left - 1] += 9  # one frame left of the context of output 4
    changed[0, model.left + 12 + model.right + 1] += 9
    after = model(changed)
    assert torch.allclose(before[0, 4], after[0, 4])
    changed[0, model.left + 12 - model.left] += 9
    assert not torch.allclose(before[0, 4], model(changed)[0, 4])


def test_folding_keeps_what_a_layer_computes():
    torch.manual_seed(2)
    linear, norm = torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4)
    norm(torch.randn(50, 4) * 3 + 1)
    norm.eval()
    mean, scale = torch.randn(3), torch.rand(3) + 0.5
    x = torch.randn(5, 6)
    weight, bias = fold(linear, norm, (mean, scale))
    expected = norm(linear((x - mean.repeat(2)) * scale.repeat(2)))
    np.testing.assert_allclose(x.numpy() @ weight.T + bias, expected.detach().numpy(), atol=1e-5)


def test_export_scales_the_prior_and_boosts_silence(tmp_path):
    log_prior = np.log(np.full(len(UNITS), 1 / len(UNITS)))
    export(Checkpoint(Tdnn(TINY), log_prior), tmp_path, ExportOptions(bits=32, prior_scale=0.5, silence_boost=1.0))
    data = (tmp_path / "am" / "final.mdl").read_bytes()
    at = data.index(b"<Priors> FV ") + len(b"<Priors> FV ")
    assert data[at : at + 5] == struct.pack("<bi", 4, len(UNITS))
    priors = np.frombuffer(data, "<f4", offset=at + 5)
    np.testing.assert_allclose(priors[1:], len(UNITS) ** -0.5, rtol=1e-6)
    np.testing.assert_allclose(priors[0], len(UNITS) ** -0.5 / np.e, rtol=1e-6)


def test_batches_hold_every_row_once():
    rows = [Example(np.zeros((n, 40)), np.array([1])) for n in (*range(30, 300, 7), 900)]
    cut = batches(rows, random.Random(1), 600)
    assert sorted(len(row.feats) for batch in cut for row in batch) == sorted(len(row.feats) for row in rows)
    assert len(cut) > 5
    assert all(len(batch) * len(batch[0].feats) <= 600 or len(batch) == 1 for batch in cut)
    assert batches([], random.Random(1), 600) == []


def test_collate_repeats_the_edges():
    model = Tdnn(TINY)
    short, long = np.full((30, 40), 1.0), np.full((60, 40), 2.0)
    stacked = collate([short, long], model, None)
    assert stacked.shape == (2, 60 + model.left + model.right + 3, 40)
    assert stacked[0].eq(1.0).all()
    assert stacked[1].eq(2.0).all()


def test_perturbing_changes_and_a_seed_repeats():
    feats = torch.randn(80, 40)
    once, again = perturb(feats.clone(), random.Random(3)), perturb(feats.clone(), random.Random(3))
    assert torch.equal(once, again)
    assert not torch.allclose(once, feats, atol=0.1)


def test_between_two_checkpoints_lies_one_of_both():
    torch.manual_seed(1)
    old, new = (Checkpoint(Tdnn(TINY), np.log(np.full(39, 1 / 39))) for _ in range(2))
    middle = between(old, new, 0.25).model.state_dict()
    one, other = old.model.state_dict(), new.model.state_dict()
    assert torch.allclose(middle["final.weight"], 0.75 * one["final.weight"] + 0.25 * other["final.weight"])
    assert all(torch.equal(tensor, one[name]) for name, tensor in between(old, new, 0.0).model.state_dict().items())
    assert np.exp(between(old, new, 0.5).log_prior).sum() == pytest.approx(1)


def test_checkpoints_of_different_sizes_have_nothing_between_them():
    small, large = (Checkpoint(Tdnn(shape), np.zeros(39)) for shape in (TINY, replace(TINY, dim=24)))
    with pytest.raises(ModelError, match="different sizes"):
        between(small, large, 0.5)


def test_the_share_of_an_average_is_a_share(tmp_path):
    with pytest.raises(SettingsError, match="between 0 and 1"):
        average.main([str(checkpoints.SHIPPED), str(checkpoints.SHIPPED), "--share", "2", "--out", str(tmp_path / "a")])
