"""The scripts of the README, as far as they can be tried in an environment that is there already."""

import os
import subprocess

import pytest

from tests.acceptance.conftest import ROOT

pytestmark = pytest.mark.acceptance


def run(*command: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


@pytest.mark.parametrize("script", ["setup", "run", "test", "check", "lock"])
def test_scripts_parse(script):
    assert run("bash", "-n", f"scripts/{script}").returncode == 0
    assert os.access(ROOT / "scripts" / script, os.X_OK)


def test_ci_calls_the_test_command_of_the_readme():
    assert "\nscripts/test\n" in (ROOT / ".ci/run").read_text()
    for readme in ("README.md", "README.ja.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert "scripts/run" in text
        assert "scripts/test" in text


def stand_in(folder, name: str, line: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{line}\n")
    (folder / name).chmod(0o755)


def test_an_ordinary_user_is_told_the_exact_line(tmp_path):
    """Somebody who is not root, on a machine without PortAudio."""
    stand_in(tmp_path, "id", "echo 1000")
    stand_in(tmp_path, "ldconfig", "exit 0")
    stand_in(tmp_path, "apt-get", "exit 1")
    done = run("scripts/setup", "--dev", path=str(tmp_path))
    assert done.returncode == 0
    assert "sudo apt-get install libportaudio2" in done.stderr


def test_too_old_a_python_is_named(tmp_path):
    stand_in(tmp_path, "oldpython", 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')
    done = subprocess.run(
        ["scripts/setup"], capture_output=True, text=True, cwd=ROOT, check=False,
        env={**os.environ, "PYTHON": "oldpython", "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "Python 3.9.2 is too old" in done.stderr


def test_an_unknown_option():
    done = run("scripts/setup", "--everything")
    assert done.returncode == 2
    assert "--everything" in done.stderr
