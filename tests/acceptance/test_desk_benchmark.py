"""`python -m benchmarks.desk --quick`: the whole benchmark on little."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import desk_submit

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path):
    return {name: value for name, value in os.environ.items() if name != "KOEMADO_POSTGRES_URL"} | {
        "TMPDIR": str(tmp_path)
    }


def test_all_parts_measure_something_and_leave_nothing(environment, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.desk", "--quick", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout)
    assert len(result["submit"]) == 3
    assert all(row["per_second"] > 0 for row in result["submit"].values())
    assert result["submit"][desk_submit.BARE]["of_bare"] == 1.0
    pages = result["pages"]["SQLite"]["pages"]
    assert len(pages) == 12
    assert pages["/queue"]["kilobytes"] > pages["/queue, page 100"]["kilobytes"]
    assert pages["/queue?q=, a rare name"]["kilobytes"] > 1
    assert result["memory"]["50 live pages open"]["resident_mb"] > 20
    assert not list(tmp_path.iterdir())
