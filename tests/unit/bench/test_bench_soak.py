"""Does the soak see what grows, and only that?"""

import os
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import soak_sessions
from benchmarks.soak_samples import floors, more, per_hour, sample, steady


@pytest.fixture
def series():
    """Samples, a minute of audio each, whose resident memory is as given."""
    one = sample(0.0)
    return lambda *megabytes: [
        replace(one, audio_s=60.0 * (n + 1), resident_mb=float(mb)) for n, mb in enumerate(megabytes)
    ]


def test_what_malloc_hands_out_is_seen():
    before = sample(0.0)
    held = np.ones(64 * 2**20, np.uint8)
    with_it = sample(1.0)
    reused = before.free_mb - with_it.free_mb  # of what other tests of this process had and gave back
    assert with_it.resident_mb - before.resident_mb + reused > 50
    if with_it.in_use_mb:  # glibc
        assert 60 < with_it.in_use_mb - before.in_use_mb < 70
        del held
        assert sample(2.0).in_use_mb - before.in_use_mb < 10


def test_what_python_holds_is_seen():
    before = sample(0.0).python_blocks
    held = [str(n) for n in range(50_000)]
    assert sample(1.0).python_blocks - before > 40_000
    assert len(held) == 50_000


def test_handles_are_seen():
    before = sample(0.0).handles
    opened = [os.pipe() for _ in range(5)]
    assert sample(0.0).handles - before == 10
    for handle in [one for pair in opened for one in pair]:
        os.close(handle)
    assert sample(0.0).handles == before


def test_the_slope_is_that_of_the_line(series):
    assert per_hour(series(*range(100, 110)), "resident_mb") == 60.0
    assert per_hour(series(5, 5, 5, 5), "resident_mb") == 0.0
    assert per_hour(series(1, 9), "resident_mb") == 0.0  # of two nothing is known


def test_the_warming_up_does_not_count(series):
    samples = series(*range(40))
    assert steady(samples, 20 * 60)[0].audio_s == 21 * 60
    assert steady(samples, 60)[0].audio_s == 11 * 60  # a quarter at least
    assert len(steady(series(1, 2, 3, 4), 20 * 60)) == 3  # too short for it: what there is


def test_floors_and_more(series):
    samples = series(9, 5, 9, 9, 5, 9, 9, 5, 9)
    assert floors(samples, "resident_mb") == [5, 5, 5]
    assert more(series(*range(1, 9)), "resident_mb") == 6.0  # 1.5 to 7.5, the medians of two each
    assert (floors([], "resident_mb"), more([], "resident_mb")) == ([], 0.0)


@pytest.mark.parametrize(("mb", "handles", "grew"), [
    ([300, 350, 400, 400, 400, 400, 400, 400], [90] * 8, []),  # the warming up
    ([300, 320, 340, 360, 380, 400, 420, 440], [90] * 8, ["memory"]),
    ([400] * 8, [90, 90, 90, 90, 92, 94, 96, 98], ["handles"]),
])  # fmt: skip
def test_sessions_that_leave_something_are_seen(mb, handles, grew):
    samples = [
        soak_sessions.Sample(sessions=10 * n, anonymous_mb=one, handles=held, threads=20)
        for n, (one, held) in enumerate(zip(mb, handles, strict=True))
    ]
    assert soak_sessions.reported(samples, 70)["grew"] == grew
