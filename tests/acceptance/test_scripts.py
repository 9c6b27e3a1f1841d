"""The scripts of the README, as far as they can be tried in an environment that is there already."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import ROOT

pytestmark = pytest.mark.acceptance


def run(*command: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


WANTED = (
    *("chromium", "fonts-vlgothic", "postgresql"),
    *("pulseaudio", "wireplumber", "pipewire-pulse", "dbus-daemon", "pulseaudio-utils", "libasound2-plugins"),
    "libnss3-tools",
)  # fmt: skip


@pytest.mark.parametrize("script", ["setup", "run", "test", "check", "lock", "with-postgresql"])
def test_scripts_parse(script):
    assert run("bash", "-n", f"scripts/{script}").returncode == 0
    assert os.access(ROOT / "scripts" / script, os.X_OK)


def test_ci_calls_the_test_command_of_the_readme():
    assert "\nscripts/test " in (ROOT / ".ci/run").read_text()
    for readme in ("README.md", "README.ja.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert "scripts/run" in text
        assert "scripts/test" in text


def stand_in(folder, name: str, line: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{line}\n")
    (folder / name).chmod(0o755)


def test_a_machine_with_a_sound_server_keeps_it_and_gets_no_other(checkout):
    stand_in(checkout._tools, "pipewire", "")
    done = checkout.bare(user=1000)
    assert (
        "install chromium fonts-vlgothic postgresql pulseaudio-utils libasound2-plugins libnss3-tools\n" in done.stderr
    )


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


class Checkout:
    """A copy of `scripts/setup` whose environment only notes down what pip is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tools = folder / "tools"
        self._log = folder / "pip.log"
        for made in ("tools", "scripts", ".venv/bin"):
            (folder / made).mkdir(parents=True)
        shutil.copy(ROOT / "scripts/setup", folder / "scripts/setup")
        stand_in(self._tools, "ldconfig", "echo libportaudio.so.2")
        self.apt_get("exit 0")
        self.pip("exit 0")
        for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
            self.write(name, "first")

    def write(self, name: str, content: str) -> None:
        (self._folder / name).write_text(content)

    def pip(self, ending: str) -> None:
        stand_in(self._folder / ".venv/bin", "python", f'echo "$@" >>{self._log}\n{ending}')

    def apt_get(self, ending: str) -> None:
        """Nothing is installed here by a test: it is only noted down."""
        stand_in(self._tools, "apt-get", f'echo "$@" >>{self._folder / "apt.log"}\n{ending}')

    def setup(self, *options: str) -> list[str]:
        """Run the script; what it told pip to install."""
        self._log.write_text("")
        environment = {**os.environ, "PATH": f"{self._tools}:{os.environ['PATH']}"}
        subprocess.run([self._folder / "scripts/setup", *options], capture_output=True, env=environment, check=False)
        return [line.partition("install ")[2].split()[-1] for line in self._log.read_text().splitlines()]

    def bare(self, user: int) -> subprocess.CompletedProcess[str]:
        """Run it with --dev where no browser, no Japanese font and no PostgreSQL are to be found."""
        for name in ("bash", "dirname", "grep", "sha256sum", "cut", "tail", "mv"):
            (self._tools / name).symlink_to(shutil.which(name))
        stand_in(self._tools, "python3", f'exec {sys.executable} "$@"')
        for name, line in (("id", f"echo {user}"), ("find", "exit 0"), ("ls", "exit 2")):
            stand_in(self._tools, name, line)
        (self._tools / "sh").symlink_to("/bin/sh")
        return subprocess.run(
            [self._tools / "bash", self._folder / "scripts/setup", "--dev"], capture_output=True, text=True,
            env={"PATH": str(self._tools), "HOME": str(self._folder)}, check=False,
        )  # fmt: skip

    @property
    def asked_of_apt(self) -> list[str]:
        return (self._folder / "apt.log").read_text().splitlines()

    @property
    def stamp(self) -> list[str]:
        return [line.split()[0] for line in (self._folder / ".venv/koemado-setup").read_text().splitlines()]


@pytest.fixture
def checkout(tmp_path) -> Checkout:
    return Checkout(tmp_path)


def test_root_gets_what_the_tests_of_the_desk_need(checkout):
    assert checkout.bare(user=0).returncode == 0
    assert checkout.asked_of_apt == [
        "update -q",
        *(f"install -q -y --no-install-recommends {name}" for name in WANTED),
    ]


def test_a_package_that_cannot_be_had_spoils_no_other(checkout):
    checkout.apt_get('case "$*" in *chromium) exit 100;; esac')
    done = checkout.bare(user=0)
    assert done.returncode == 0
    assert checkout.asked_of_apt[-1].endswith(f" {WANTED[-1]}")
    assert "could not be installed: run  apt-get install chromium\n" in done.stderr
    assert [line for line in done.stderr.splitlines() if "skipped" in line] == [
        "setup: going on without chromium: tests that need it are skipped"
    ]


def test_an_ordinary_user_is_told_what_the_tests_of_the_desk_need(checkout):
    done = checkout.bare(user=1000)
    assert done.returncode == 0
    assert f"sudo apt-get install {' '.join(WANTED)}\n" in done.stderr
    assert "without postgresql: tests that need it are skipped" in done.stderr


def test_the_second_time_nothing_is_installed(checkout):
    assert checkout.setup("--dev") == ["requirements-dev.lock", "."]
    assert checkout.setup("--dev") == []
    assert checkout.setup() == []  # the packages for development hold those for running


def test_going_back_to_an_earlier_lock_installs_it_again(checkout):
    for content in ("first", "second", "first"):
        checkout.write("requirements.lock", content)
        assert checkout.setup() == ["requirements.lock", "."]
        assert checkout.stamp == ["requirements.lock"]


def test_changing_between_the_locks(checkout):
    checkout.setup("--dev")
    checkout.write("requirements-dev.lock", "second")
    assert checkout.setup() == ["requirements.lock", "."]
    checkout.write("requirements-dev.lock", "first")
    assert checkout.setup("--dev") == ["requirements-dev.lock", "."]
    assert checkout.stamp == ["requirements-dev.lock"]


def test_an_installation_that_failed_is_done_again(checkout):
    checkout.setup()
    checkout.write("requirements.lock", "second")
    checkout.pip("exit 1")
    checkout.setup()
    checkout.write("requirements.lock", "first")
    checkout.pip("exit 0")
    assert checkout.setup() == ["requirements.lock", "."]


def test_what_training_needs_follows_the_project_file(checkout):
    assert checkout.setup("--modelkit")[2:] == ["--no-build-isolation"]
    assert checkout.setup("--modelkit") == []
    checkout.write("pyproject.toml", "second")
    assert checkout.setup("--modelkit") == ["requirements.lock", ".", "--no-build-isolation"]
    assert checkout.stamp == ["requirements.lock", "modelkit"]


def test_a_stamp_that_older_setups_had_added_to(checkout):
    checkout.setup()
    (stamp,) = [*(checkout._folder / ".venv").glob("koemado-setup")]
    stamp.write_text(stamp.read_text() + "requirements.lock of-another-day\nmodelkit\n")
    assert checkout.setup("--modelkit") == ["requirements.lock", ".", "--no-build-isolation"]
    assert checkout.stamp == ["requirements.lock", "modelkit"]


def test_no_document_is_unfinished():
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    assert len(documents) >= 7
    for document in documents:
        assert "@@" not in document.read_text(encoding="utf-8"), document
