"""The walk-through of docs/desk-api.md, run as it stands there against the real desk."""

import json
import re
import shutil
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from uuid import UUID

import pytest

from server.app import open_office
from tests.acceptance.desk_process import ROOT, DeskProcess

STEPS = "\n".join(re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "desk-api.md").read_text(), re.DOTALL))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_walk_through_works(tmp_path):
    folder = tmp_path / "desk"
    with closing(open_office(folder)) as office:
        code = office.devices.make_code("lobby-1", "1階ロビー", by="x", now=datetime.now(UTC))
    with closing(DeskProcess(folder)) as process:
        process.start()
        given = {"DESK": process.url, "CODE": code, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        done = subprocess.run(
            ["bash", "-eu"],
            input=STEPS,
            env=given,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line]
    states = [answer.get("state") for answer in answers if "state" in answer]
    assert states == ["created", "duplicate", "promised", "promised", "closed"]
    created, _, slots, chosen, shown, others, news, withdrawn, hours, log = answers
    assert slots["slots"][0] == chosen["promise"] == shown["promise"]
    assert created["id"] == withdrawn["id"]
    assert len(others["slots"]) == 2
    assert chosen["promise"] not in others["slots"]
    assert {block["weekday"] for block in hours["weekdays"]} == set(range(5))
    assert len(log["kept"]) == 1
    with closing(open_office(folder)) as office:
        (talk,) = office.talks.conversations()
        (rated,) = office.ratings.of_case(UUID(created["case"]))
    assert (talk.conversation.device, str(talk.conversation.callback), rated.rating) == (
        "lobby-1",
        created["id"],
        "yes",
    )
    assert news["ids"] == []
    assert withdrawn["close_reason"] == "withdrawn"
