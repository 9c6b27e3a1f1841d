"""The soak in small: what is opened is closed again.  How memory behaves needs hours, see docs/measurements.md."""

import json
import subprocess
import sys

import pytest

from tests.acceptance.conftest import ROOT

pytestmark = pytest.mark.acceptance


def test_handles_and_threads_stay_as_many():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "--audio-minutes", "4", "--minutes", "15", "--seed", "3", "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=1_200, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr[-2_000:]
    report = json.loads(done.stdout)
    assert report["samples"] >= 3
    assert report["turns"] > 5
    assert not {"handles", "threads"} & set(report["grew"]), report["series"]
    assert report["requests_kept"] == report["requests_arrived"]
