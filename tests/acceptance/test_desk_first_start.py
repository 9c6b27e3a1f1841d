"""Several processes open an empty desk at the same moment: its settings, key and tables come into being once."""

import subprocess
import sys
from contextlib import closing

import pytest

from server.app import open_office
from server.settings import KEY_FILE
from server.store.migrating import differences
from tests.acceptance.desk_process import ROOT
from tests.own_database import desk_folder

PROCESSES = 4
OPENS = """
import sys
from pathlib import Path
from server.app import open_office
print("ready", flush=True)
sys.stdin.readline()
office = open_office(Path(sys.argv[1]))
print(office.vault.digest("x").hex(), office.journal.last_line(), flush=True)
office.close()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request, tmp_path):
    if request.param == "sqlite":
        yield tmp_path / "desk"  # not even its settings are there
        return
    with desk_folder(tmp_path / "desk", request.param) as folder:
        yield folder


def test_an_empty_desk_is_set_up_once(folder):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT}
    started = [subprocess.Popen([sys.executable, "-c", OPENS, str(folder)], **pipes) for _ in range(PROCESSES)]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0] * PROCESSES, answers
    assert len({out for out, _ in answers}) == 1  # the same key for all of them
    assert len((folder / KEY_FILE).read_text().split()) == 1
    with closing(open_office(folder)) as office:
        assert differences(office.engine) == []
