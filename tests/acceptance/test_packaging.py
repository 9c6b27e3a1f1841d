"""The wheel holds the program and its data, and nothing else."""

import subprocess
import sys
import zipfile

import pytest

from tests.acceptance.conftest import ROOT

pytestmark = pytest.mark.acceptance


def test_the_wheel(tmp_path):
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-q",
        "-w",
        tmp_path,
        ROOT,
    ]
    done = subprocess.run(list(map(str, pip)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {"voice", "intents", "kb", "hardware", "server"} <= tops
    assert not {"tests", "benchmarks", "scripts"} & tops
    for needed in (
        "voice/data/models/vosk-model-embedded-ja/am/final.mdl",
        "voice/data/models/vosk-model-embedded-ja/LICENSE",
        "voice/data/models.toml",
        "intents/data/ranking.toml",
        "kb/data/sample/safety.yaml",
    ):
        assert needed in names


def test_every_locked_package_has_hashes():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = [n for n, line in enumerate(lines) if "==" in line and not line.startswith((" ", "#"))]
    assert len(pinned) > 40
    assert all("--hash=sha256:" in lines[n + 1] for n in pinned)
