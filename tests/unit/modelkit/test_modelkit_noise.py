"""Made-up noises and renderings, and the features of them; skipped without the extra."""

import numpy as np
import pytest

pytest.importorskip("torch", reason='needs the extra "modelkit"')
pytest.importorskip("kaldi_native_fbank", reason='needs the extra "modelkit"')
pytest.importorskip("scipy", reason='needs the extra "modelkit"')

from voice.modelkit import checkpoints, features, noises
from voice.modelkit.augment import augment, babble, room
from voice.modelkit.batches import output_frames
from voice.modelkit.mfcc import mfcc
from voice.modelkit.shards import Clip, load_examples, save_clips

RATE_HZ = 16_000
IMPULSIVE = (noises.ticks, noises.knocks, noises.crackle)
EVERY = [noise for noise, _ in noises.NOISES]


def seeded(seed):
    return np.random.default_rng(seed)


def tone(seconds=1.0):
    return (np.sin(np.arange(int(RATE_HZ * seconds)) * 0.2) * 8000).astype(np.int16)


def crest(sound):
    """Peak over level."""
    return np.abs(sound).max() / sound.std()


def in_frames(sound):
    """Levels of pieces of 10 ms."""
    return sound[: len(sound) // 160 * 160].reshape(-1, 160).std(1)


@pytest.mark.parametrize("noise", EVERY, ids=lambda noise: noise.__name__)
def test_every_noise_sounds_and_is_repeatable(noise):
    for seed in range(10):
        sound = noise(seeded(seed), 24_001)
        assert len(sound) == 24_001
        assert np.isfinite(sound).all()
        assert sound.std() > 0
    assert noise(seeded(3), 8000).tolist() == noise(seeded(3), 8000).tolist()
    assert noise(seeded(3), 8000).tolist() != noise(seeded(4), 8000).tolist()


def test_shares_of_the_noises_are_whole():
    assert sum(share for _, share in noises.NOISES) == pytest.approx(1)
    levels = [np.sqrt(np.mean(noises.any_noise(seeded(seed), 16_000) ** 2)) for seed in range(30)]
    assert levels == pytest.approx([1.0] * 30)


@pytest.mark.parametrize("noise", IMPULSIVE, ids=lambda noise: noise.__name__)
def test_blows_stand_out(noise):
    crests = [crest(noise(seeded(seed), 4 * RATE_HZ)) for seed in range(20)]
    assert np.median(crests) > 12  # steady noise has 4 to 5
    assert np.median([crest(noises.coloured(seeded(seed), 4 * RATE_HZ)) for seed in range(20)]) < 6


def unevenness(noise, seed):
    """Spread of the gaps between blows over their mean: 0 is a steady pace, 1 is chance; None with too few."""
    levels = in_frames(noise(seeded(seed), 8 * RATE_HZ))
    blows = np.nonzero((levels[1:] > 0.4 * levels.max()) & (levels[:-1] < 0.5 * levels[1:]))[0]
    gaps = np.diff(blows)
    return gaps.std() / gaps.mean() if len(gaps) > 3 else None


def test_ticks_keep_a_pace_and_knocks_do_not():
    found = {noise: [unevenness(noise, seed) for seed in range(40)] for noise in (noises.ticks, noises.knocks)}
    even = {noise: [one for one in ones if one is not None] for noise, ones in found.items()}
    assert min(map(len, even.values())) > 15
    assert np.median(even[noises.ticks]) + 0.15 < np.median(even[noises.knocks])
    assert np.median(even[noises.ticks]) < 0.45


def test_cries_glide_in_pitch_and_pause():
    pauses, glides = 0, 0
    for seed in range(20):
        sound = noises.cries(seeded(seed), 4 * RATE_HZ)
        levels = in_frames(sound)
        pauses += np.quantile(levels, 0.02) < 0.05 * levels.max()
        pieces = np.abs(np.fft.rfft(sound[: 4 * RATE_HZ].reshape(-1, 800) * np.hanning(800)))
        loud = pieces.sum(1) > 0.3 * pieces.sum(1).max()
        glides += len(set(pieces[loud].argmax(1))) > 3
    assert pauses >= 15
    assert glides >= 15


def test_rooms_far_away_reverberate_more():
    responses = [room(seeded(seed)) for seed in range(200)]
    ratios = np.array([np.sqrt((one[1:] ** 2).sum()) for one in responses])
    assert all(one[0] == 1.0 for one in responses)
    assert 0.2 < np.mean(ratios > 0.95) < 0.4  # as strong as the direct sound
    assert ratios.min() < 0.3
    assert 0.08 <= min(map(len, responses)) / RATE_HZ < max(map(len, responses)) / RATE_HZ <= 0.9


def test_babble_has_the_level_1_and_several_voices():
    pool = [tone(0.5), seeded(1).integers(-3000, 3000, 9000).astype(np.int16)]
    sounds = [babble(seeded(seed), pool, 16_000) for seed in range(5)]
    assert [sound.std() for sound in sounds] == pytest.approx([1.0] * 5)
    assert len({sound.tobytes() for sound in sounds}) == 5


def test_augmenting_is_random_but_repeatable():
    one, two, other = (augment(tone(), seeded(seed), [tone()]).heard for seed in (1, 1, 2))
    assert one.dtype == np.int16
    assert one.tolist() == two.tolist()
    assert len(one) != len(other)
    peaks = [np.abs(augment(tone(), seeded(seed), [tone()]).heard.astype(int)).max() for seed in range(40)]
    assert 500 < min(peaks) < 6000 < max(peaks) <= 32767


def signal_to_noise_db(rendering):
    """Of a rendering of a tone: how far the tone stands above what is heard around it."""
    loud = np.abs(rendering.clean.astype(float)) > 400
    heard = rendering.heard.astype(float)
    return 20 * np.log10(heard[loud].std() / (heard[~loud].std() + 1e-9)) if loud.any() else 0.0


def test_a_quarter_stays_nearly_clean_and_the_rest_is_noisy_but_audible():
    ratios = np.array([signal_to_noise_db(augment(tone(2.0), seeded(seed), [tone()])) for seed in range(60)])
    assert 0.1 < np.mean(ratios > 28) < 0.5
    assert np.mean((ratios > 3) & (ratios < 31)) > 0.5
    assert np.mean(ratios < 0) < 0.05


def test_the_clean_twin_is_as_long_and_holds_the_speech_alone():
    around = []
    for seed in range(40):
        rendering = augment(tone(1.0), seeded(seed), [tone()])
        assert len(rendering.heard) == len(rendering.clean)
        loud = np.nonzero(np.abs(rendering.clean.astype(int)) > 400)[0]
        assert 0.8 < (loud[-1] - loud[0]) / RATE_HZ < 1.3
        around.append(loud[0] / RATE_HZ)
    assert max(around) > 0.8  # a long wait before the speech now and then
    assert np.median(around) < 0.8


def job(tmp_path, **more):
    speech = Clip(wave=tone(1.2), reading=("ア", "イ"))
    save_clips(tmp_path / "train-0000.npz", [speech, speech])
    made = features.FeatureJob(
        synth=tmp_path, out=tmp_path / "feats", shards=[0], copies=1, human=[], human_share=0, wait=False, **more
    )
    made.out.mkdir()
    return load_examples(next(features.make_features(made)))


def test_noise_without_words_is_learnt_as_silence(tmp_path):
    spoken, again, *wordless = job(tmp_path, wordless=3, aligner=checkpoints.load(checkpoints.SHIPPED))
    assert [len(example.units) for example in (spoken, again)] == [2, 2]
    assert [example.units.tolist() for example in wordless] == [[], [], []]
    for example in (spoken, again, *wordless):
        assert len(example.path) == output_frames(example.feats)
        assert [unit for unit in dict.fromkeys(example.path.tolist()) if unit] == example.units.tolist()


def test_without_a_checkpoint_there_are_no_times(tmp_path):
    examples = job(tmp_path, wordless=0, aligner=None)
    assert [example.path for example in examples] == [None, None]


def test_times_come_from_the_clean_twin(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(features, "align", lambda _, examples, __: seen.extend(examples) or [e.units for e in examples])
    examples = job(tmp_path, wordless=0, aligner=checkpoints.load(checkpoints.SHIPPED))
    twins = [augment(tone(1.2), rng, [tone(1.2)] * 2).clean for rng in [np.random.default_rng([0, 0])]]
    assert len(seen) == len(examples) == 2
    assert np.allclose(seen[0].feats, mfcc(twins[0]))
