"""`scripts/with-postgresql`: a database beside a command, gone afterwards whatever happens."""

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import ROOT

pytestmark = pytest.mark.acceptance

SCRIPT = str(ROOT / "scripts/with-postgresql")
INSTALLED = subprocess.run([SCRIPT, "--installed"], capture_output=True, check=False).returncode == 0
needs_postgresql = pytest.mark.skipif(not INSTALLED, reason="PostgreSQL is not installed: apt-get install postgresql")

USING_IT = """
import os, psycopg
with psycopg.connect(os.environ["KOEMADO_POSTGRES_URL"], autocommit=True) as connection:
    connection.execute("CREATE DATABASE own")
    print(connection.execute("SHOW data_directory").fetchone()[0])
"""
WAITING = """
import os, signal
def leave(number, frame):
    print("tidied", flush=True)
    os._exit(9)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, leave)
import psycopg
with psycopg.connect(os.environ["KOEMADO_POSTGRES_URL"]) as connection:
    print(connection.execute("SHOW data_directory").fetchone()[0], flush=True)
signal.pause()
"""


def gone(data: str) -> bool:
    """No folder is left and no process runs in it."""
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
    return not Path(data).parent.exists() and not any(data.encode() in line for line in running)


@needs_postgresql
def test_the_command_may_create_databases_and_its_exit_code_is_passed_on():
    done = subprocess.run(
        [SCRIPT, sys.executable, "-c", f"{USING_IT}\nraise SystemExit(7)"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (7, "")
    assert gone(done.stdout.strip())


@needs_postgresql
@pytest.mark.parametrize(("options", "waits"), [([], "on"), (["--unsynced"], "off")])
def test_it_waits_for_the_disk_unless_told_otherwise(options, waits):
    shown = USING_IT.replace("data_directory", "fsync")
    done = subprocess.run([SCRIPT, *options, sys.executable, "-c", shown], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{waits}\n", "")


def test_no_command():
    for arguments in ([], ["--unsynced"]):
        assert subprocess.run([SCRIPT, *arguments], capture_output=True, check=False).returncode == 2


@needs_postgresql
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("send", [os.killpg, os.kill])
def test_a_signal_reaches_the_command_once_and_ends_the_database(number, send):
    with subprocess.Popen(
        [SCRIPT, sys.executable, "-c", WAITING], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        data = running.stdout.readline().strip()
        send(running.pid, number)
        assert running.stdout.read() == "tidied\n"
    assert running.returncode == 9
    assert gone(data)


@needs_postgresql
@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_needs_no_other():
    copy = Path("/tmp") / f"with-postgresql-{os.getpid()}"  # where `nobody` may read  # noqa: S108
    copy.write_bytes(Path(SCRIPT).read_bytes())
    copy.chmod(0o755)
    nobody = pwd.getpwnam("nobody").pw_uid
    try:
        done = subprocess.run(
            [copy, "sh", "-c", 'id -u; echo "$KOEMADO_POSTGRES_URL"'],
            capture_output=True, text=True, cwd="/", user=nobody, extra_groups=[], check=False,
        )  # fmt: skip
    finally:
        copy.unlink()
    assert done.returncode == 0, done.stderr
    user, url = done.stdout.split()
    assert int(user) == nobody
    assert url.startswith("postgresql://postgres:")


def test_without_postgresql_it_says_what_to_install(tmp_path):
    done = subprocess.run(
        [SCRIPT, "true"],
        capture_output=True,
        text=True,
        env={**os.environ, "POSTGRESQL_BIN": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 1
    assert "apt-get install postgresql" in done.stderr


def test_without_a_command():
    assert subprocess.run([SCRIPT], capture_output=True, check=False).returncode == 2
