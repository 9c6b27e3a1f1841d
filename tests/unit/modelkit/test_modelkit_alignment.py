from itertools import pairwise

import numpy as np
import pytest

from intents.morae import UNIT_ID, UNITS, to_units
from voice.modelkit.alignment import flat_targets, viterbi
from voice.modelkit.gaussians import UnitGaussians, mark_long, tied, train_gaussians, view_of
from voice.modelkit.shards import Example

A, I, K, LONG = (UNIT_ID[unit] for unit in ("a", "i", "k", "H"))  # noqa: E741 - a vowel


def scores_for(path, rng=None):
    """Log-likelihoods that like one path."""
    scores = np.full((len(path), len(UNITS)), -5.0)
    scores[np.arange(len(path)), path] = 0.0
    return scores if rng is None else scores + rng.normal(size=scores.shape)


@pytest.mark.parametrize(
    ("best", "units"),
    [
        ([0, K, K, A, A, I, 0], [K, A, I]),
        ([K, A, 0, 0, 0, 0, I, I], [K, A, I]),  # a pause between morae
        ([A], [A]),
        ([A, LONG, LONG, 0], [A, LONG]),
    ],
)
def test_viterbi_follows_the_scores(best, units):
    assert viterbi([scores_for(best)], [np.array(units)])[0].tolist() == best


def test_no_silence_behind_a_consonant():
    path = viterbi([scores_for([K, 0, 0, 0, A])], [np.array([K, A])])[0].tolist()
    assert K in path
    assert (K, 0) not in set(pairwise(path))


def test_a_pause_must_be_worth_its_cost():
    path = viterbi([scores_for([A, 0, I])], [np.array([A, I])])[0]  # one frame gains 5, a pause costs 6
    assert 0 not in path.tolist()


def test_clips_side_by_side_do_not_touch():
    rng = np.random.default_rng(3)
    clips = [(scores_for(rng.integers(0, 39, n), rng), rng.integers(1, 39, n // 4)) for n in rng.integers(12, 60, 70)]
    together = viterbi([s for s, _ in clips], [u for _, u in clips])
    alone = [viterbi([s], [u])[0] for s, u in clips]
    assert len(together) == 70
    assert all(one.tolist() == other.tolist() for one, other in zip(together, alone, strict=True))


def test_paths_say_their_units_in_order():
    rng = np.random.default_rng(4)
    units = np.array(to_units(["カ", "キ", "ア", "ン"]))
    path = viterbi([rng.normal(size=(40, len(UNITS)))], [units])[0]
    runs = [unit for i, unit in enumerate(path) if unit and (i == 0 or path[i - 1] != unit)]
    assert runs == units.tolist()


def test_flat_targets_lie_in_the_loud_part():
    feats = np.zeros((90, 40))
    feats[30:60, 0] = 50.0
    targets = flat_targets(feats, np.array([K, A]))
    assert targets.shape == (30,)
    spoken = np.nonzero(targets)[0]
    assert 9 <= spoken[0] <= 11
    assert 18 <= spoken[-1] <= 21
    assert (targets == A).sum() > (targets == K).sum() > 0


def test_the_long_mark_takes_the_latter_half_of_its_vowel():
    path = np.array([0, K, A, A, A, A, A, A, I, 0])
    mark_long(path, np.array([K, A, LONG, I]))
    assert path.tolist() == [0, K, A, A, LONG, LONG, LONG, LONG, I, 0]


def test_a_long_vowel_of_one_frame_stays():
    path = np.array([K, A, I])
    mark_long(path, np.array([K, A, LONG, I]))
    assert path.tolist() == [K, A, I]


def test_tied_units_sound_like_their_vowel():
    assert tied(np.array([K, A, LONG, I])).tolist() == [K, A, A, I]


@pytest.fixture
def clips():
    """Made-up sounds: every unit has its own cepstra, six feature frames long, in noise."""
    rng = np.random.default_rng(7)
    sounds = rng.normal(size=(len(UNITS), 40)) * 6
    sounds[:, 0] += 40
    sounds[0] = -30
    rows, truths = [], []
    for _ in range(60):
        units = np.array(to_units(rng.choice(["カ", "キ", "ア", "タ"], 5)))
        frames = np.repeat([0, 0, *units, 0, 0], 6)
        rows.append(Example(sounds[frames] + rng.normal(size=(len(frames), 40)), units))
        truths.append(frames[::3])
    return rows, truths


def test_gaussians_find_the_units_from_a_flat_start(clips):
    rows, truths = clips
    told = []
    model = train_gaussians(rows, lambda number, count, score: told.append((number, count, score)), rounds=6)
    found = np.concatenate(model.align(rows))
    assert (found == np.concatenate(truths)).mean() > 0.85
    assert [number for number, _, _ in told] == [1, 2, 3, 4, 5, 6]
    assert told[-1][2] > told[0][2]


def test_gaussians_of_long_clips_only(clips):
    rows, _ = clips
    long_rows = [
        Example(
            np.concatenate([row.feats for row in rows[i : i + 8]]), np.concatenate([r.units for r in rows[i : i + 8]])
        )
        for i in range(0, 56, 8)
    ]
    assert min(len(row.units) for row in long_rows) > 24
    model = train_gaussians(long_rows, lambda *_: None, rounds=2)
    assert [len(path) for path in model.align(long_rows)] == [-(-len(row.feats) // 3) for row in long_rows]


def test_a_unit_never_heard_still_has_a_gaussian(clips):
    rows, truths = clips
    model = UnitGaussians([view_of(row.feats) for row in rows], truths)
    scores = model.scores(view_of(rows[0].feats))
    assert scores.shape == (len(truths[0]), len(UNITS))
    assert np.isfinite(scores).all()
