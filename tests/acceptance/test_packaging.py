"""The wheel holds the program and its data, and nothing else."""

import re
import subprocess
import sys
import tomllib
import zipfile

import pytest

from tests.acceptance.conftest import ROOT

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> list[str]:
    """The names of the files in it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q"]
    done = subprocess.run([*build, "-w", folder, ROOT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl")
    with zipfile.ZipFile(made) as archive:
        return archive.namelist()


def test_the_wheel(wheel):
    tops = {name.split("/")[0] for name in wheel}
    assert {"voice", "intents", "kb", "hardware", "server"} <= tops
    assert not {"tests", "benchmarks", "scripts"} & tops
    for needed in (
        "voice/data/models/vosk-model-embedded-ja/am/final.mdl",
        "voice/data/models/vosk-model-embedded-ja/LICENSE",
        "voice/data/models.toml",
        "intents/data/ranking.toml",
        "kb/data/sample/safety.yaml",
        "server/data/desk.toml",
        "server/store/migrations/env.py",
        "server/store/migrations/script.py.mako",
        "server/store/migrations/versions/rev_0002_the_desk.py",
        "server/store/migrations/versions/rev_0003_the_device_log.py",
        "server/web/static/vendor/htmx.min.js",
        "server/web/static/vendor/LICENSE.htmx",
    ):
        assert needed in wheel


def folder_in(names: list[str], folder: str) -> set[str]:
    return {name for name in names if name.startswith(f"{folder}/")}


@pytest.mark.parametrize(
    "folder", ["server/data", "server/store/migrations", "server/web/static", "server/web/templates"]
)
def test_the_wheel_holds_every_file_of_the_desk(wheel, folder):
    there = {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*") if path.is_file()}
    there = {name for name in there if "__pycache__" not in name}
    assert len(there) > 0
    assert folder_in(wheel, folder) == there


def test_what_serves_the_desk_is_in_the_default_lock():
    """`koemado serve` works after `scripts/setup`, with nothing more."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[\[>=<]", line)[0] for line in project["optional-dependencies"]["server"]}
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    locked = {line.split("==")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}
    assert len(wanted) > 10
    assert wanted - locked == set()


def test_every_locked_package_has_hashes():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = [n for n, line in enumerate(lines) if "==" in line and not line.startswith((" ", "#"))]
    assert len(pinned) > 40
    assert all("--hash=sha256:" in lines[n + 1] for n in pinned)
