"""Takes: the same sound for the same words, at the level that is asked for."""

import numpy as np
import pytest

from benchmarks.takes import CLEAN, Condition, Stage, conditions, in_room, under

TONE = 8000 * np.sin(np.arange(16_000) / 5)
NOISE = np.random.default_rng(1).integers(-3000, 3000, 5_000).astype(np.int16)


@pytest.mark.parametrize("snr_db", [20.0, 5.0])
def test_noise_is_laid_under_the_loud_parts(snr_db):
    speech = np.concatenate([TONE, np.zeros(48_000)])  # silence must not count
    bed = under(speech, NOISE, snr_db)
    assert len(bed) == len(speech)
    assert 10 * np.log10(np.mean(TONE**2) / np.mean(bed**2)) == pytest.approx(snr_db, abs=0.2)


def test_a_room_keeps_the_peak_and_adds_its_echo():
    click = np.zeros(100)
    click[10] = 1000.0
    quiet_response = np.array([40, 0, 0, 20], np.int16)
    heard = in_room(click, quiet_response)
    assert heard[10] == pytest.approx(1000)
    assert heard[13] == pytest.approx(500)
    assert len(heard) == 103


def test_a_take_is_the_same_every_time_and_kept(tmp_path):
    noisy = Condition(name="noise 10 dB", noises=(("noise", NOISE),), snr_db=10)
    first, second = Stage(None, tmp_path), Stage(None, tmp_path)
    take = first.take("返品したい", noisy)
    assert np.array_equal(take, second.take("返品したい", noisy))
    assert len(list(tmp_path.glob("*.flac"))) == 1
    assert not np.array_equal(take, first.take("返品したい", CLEAN))
    keys = {first.take_key(text, where) for text in ("返品したい", "送料は") for where in (CLEAN, noisy)}
    assert len(keys) == 4


def test_what_is_missing_is_told():
    found, missing = conditions(None)
    assert [c.name for c in found] == ["clean"]
    assert len(missing) == 3
    assert all("KOEMADO_SHARED is not set" in reason for reason in missing)


def test_all_conditions_of_the_issue(shared):
    names = {c.name for c in conditions(shared)[0]}
    wanted = {f"{kind} {snr} dB" for kind in ("babble", "ESC") for snr in (20, 10, 5)}
    assert names >= wanted | {"clean"}
    assert sum(name.startswith("room") for name in names) == 2
