"""The soak in small: what is opened is closed again.  How memory behaves needs hours, see docs/measurements.md."""

import json
import os
import subprocess
import sys

import pytest

from tests.acceptance.conftest import ROOT

pytestmark = pytest.mark.acceptance


def soaked(name, *options):
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *options, "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=1_200, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr[-2_000:]
    return json.loads(done.stdout)


def cache():
    """What is compiled is the same for both and for other tests of this worker: nothing of it is soaked."""
    return os.environ["KOEMADO_CACHE_DIR"]


def test_handles_and_threads_stay_as_many():
    report = soaked("soak", "--audio-minutes", "4", "--minutes", "15", "--seed", "3", "--cache", cache())
    assert report["samples"] >= 3
    assert report["turns"] > 5
    assert not {"handles", "threads"} & set(report["grew"]), report["series"]
    assert report["requests_kept"] == report["requests_arrived"]


def test_sessions_at_the_page_leave_nothing_open():
    report = soaked("soak_sessions", "--sessions", "30")
    assert report["answered"] == 30
    assert not {"handles", "threads"} & set(report["grew"]), report


def test_the_smart_speaker_leaves_nothing_open():
    report = soaked("soak_speaker", "--rounds", "2", "--cache", cache())
    assert report["answers"] > 2
    assert not {"handles", "threads"} & set(report["grew"]), report
