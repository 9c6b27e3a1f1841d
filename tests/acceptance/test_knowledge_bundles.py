"""Articles from the desk to a device: real desk process, real commands, and a device that is killed in between."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kb.exporting import to_yaml
from server.app import open_office
from tests.acceptance.desk_process import DeskProcess
from tests.bundle_samples import HOURS, RETURNS, SMOKE
from voice import compose
from voice.cli.app import run
from voice.settings import Settings

BASE = (HOURS, RETURNS, SMOKE)


@pytest.fixture
def desk(tmp_path):
    """A desk that answers, and its folder."""
    folder = tmp_path / "desk"
    open_office(folder).close()
    with closing(DeskProcess(folder)) as process:
        process.start()
        yield process, folder


@pytest.fixture
def at(tmp_path, monkeypatch, capsys):
    """Run a command in one of several data folders; exit code and JSON."""

    def run_at(place, *arguments):
        monkeypatch.setenv("KOEMADO_DATA_DIR", str(tmp_path / place))
        code = run([*map(str, arguments), "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run_at


def settings_at(tmp_path, place, **changes):
    return Settings(data_dir=tmp_path / place, cache_dir=tmp_path / "cache", **changes)


@pytest.fixture
def put_out(at, tmp_path, desk):
    """Publish articles from the operator's machine."""

    def published(articles, *options):
        file = tmp_path / "base.yaml"
        file.write_text(to_yaml(articles), encoding="utf-8")
        assert at("operator", "kb", "import", file, "--replace")[0] == 0
        return at("operator", "kb", "publish", "--folder", desk[1], *options)

    return published


def enrol(at, desk, place="device"):
    process, folder = desk
    with closing(open_office(folder)) as office:
        code = office.devices.make_code(place, "x", by="x", now=datetime.now(UTC))
    assert at(place, "enrol", code, "--url", process.url)[0] == 0


def known_of(desk, device="device"):
    with closing(open_office(desk[1])) as office:
        found = office.devices.get(device)
        return found.knowledge, found.knowledge_refused


def answers(tmp_path, place="device", **changes):
    return {a.id: a.answer for a in compose.knowledge_base(settings_at(tmp_path, place, **changes)).articles()}


def test_from_the_operator_to_the_device_and_back_again(desk, at, put_out, tmp_path, monkeypatch):
    monkeypatch.setenv("KOEMADO_DESK_PHONE", "03-1555-1234")
    enrol(at, desk)
    assert at("device", "kb", "update")[1]["result"] == "nothing published"
    code, first = put_out(BASE)
    assert (code, first["published"], first["articles"]) == (0, True, 3)
    assert put_out(BASE, "--no-check") == (0, first | {"published": False})

    knowledge = compose.knowledge(settings_at(tmp_path, "device"))  # of a program that runs all the time
    assert len(knowledge.current().answers._articles) > 100  # the sample
    assert at("device", "kb", "update") == (0, {"result": "switched", "version": first["version"], "reason": None})
    assert set(knowledge.current().answers._articles) == {"hours", "returns", "smoke"}
    assert knowledge.current().understanding.desk_phone == ""  # no more the sample's
    row = at("device", "kb", "status")[1]
    assert (row["source"], row["version"], row["serial"], row["verifies"]) == (
        "desk", first["version"], first["serial"], True,
    )  # fmt: skip
    assert known_of(desk) == (first["version"], "")

    changed = (replace(HOURS, answer="20時までです。"), *BASE[1:])
    _, second = put_out(changed, "--no-check")
    assert at("device", "kb", "update")[1]["result"] == "switched"
    assert knowledge.current().answers._articles["hours"].answer == "20時までです。"
    assert [r["current"] for r in at("operator", "kb", "bundles", "--folder", desk[1])[1]] == [True, False]

    assert at("operator", "kb", "rollback", "nothing", "--folder", desk[1])[0] == 2
    back = at("operator", "kb", "rollback", first["version"], "--folder", desk[1])[1]
    assert back["serial"] > second["serial"]
    assert at("device", "kb", "update")[1] == {"result": "switched", "version": first["version"], "reason": None}
    assert knowledge.current().answers._articles["hours"].answer == "19時までです。"
    assert at("device", "kb", "status")[1]["previous"] == second["version"]


def test_errors_of_the_base_are_not_published_and_a_device_refuses_them_too(desk, at, put_out, tmp_path, monkeypatch):
    monkeypatch.setenv("KOEMADO_DESK_PHONE", "03-1555-1234")
    enrol(at, desk)
    put_out(BASE, "--no-check")
    at("device", "kb", "update")
    silent = replace(HOURS, title="?!", variants=("!!!",))
    code, row = put_out((silent, *BASE[1:]))
    assert (code, row["published"]) == (1, False)
    assert "article-unreachable" in [finding["code"] for finding in row["findings"]]
    assert at("device", "kb", "update")[1]["result"] == "unchanged"

    _, bad = put_out((silent, *BASE[1:]), "--no-check")
    code, looked = at("device", "kb", "update")
    assert (code, looked["result"], looked["version"]) == (1, "refused", bad["version"])
    assert "cannot be asked for" in looked["reason"]
    assert answers(tmp_path)["hours"] == "19時までです。"
    row = at("device", "kb", "status")[1]
    assert (row["refused"], row["refused_because"]) == (bad["version"], looked["reason"])
    assert known_of(desk) == (row["version"], bad["version"])
    assert at("device", "kb", "update")[1]["result"] == "unchanged"


def test_a_base_of_ones_own_is_never_written_over(desk, at, put_out, tmp_path):
    enrol(at, desk)
    put_out(BASE, "--no-check")
    file = tmp_path / "own.yaml"
    file.write_text(to_yaml([RETURNS]), encoding="utf-8")
    assert at("device", "kb", "import", file)[0] == 0
    assert at("device", "kb", "update") == (1, {"result": "off", "version": None, "reason": None})
    assert at("device", "kb", "status")[1]["source"] == "own"
    own = (tmp_path / "device" / "kb.db").read_bytes()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("KOEMADO_KNOWLEDGE_UPDATES", "on")
        assert at("device", "kb", "update")[1]["result"] == "switched"
        assert at("device", "kb", "status")[1]["articles"] == 3
    assert (tmp_path / "device" / "kb.db").read_bytes() == own
    assert set(answers(tmp_path)) == {"returns"}  # "auto" again
    assert set(answers(tmp_path, knowledge_updates="on")) == {"hours", "returns", "smoke"}
    assert set(answers(tmp_path, knowledge_updates="on", kb=tmp_path / "device" / "kb.db")) == {"returns"}


def test_without_the_desks_key_the_remedy_is_told(desk, at, put_out, tmp_path, capsys):
    enrol(at, desk)
    put_out(BASE, "--no-check")
    file = tmp_path / "device" / "desk-device.json"
    old = json.loads(file.read_text())
    del old["bundle_key"]
    file.write_text(json.dumps(old))
    assert at("device", "kb", "update") == (1, {"result": "no key", "version": None, "reason": None})
    assert run(["kb", "update"]) == 1
    assert "koemado enrol" in capsys.readouterr().out
    (desk[1] / "bundle.key").unlink()  # lost: the desk makes a new one, which no device believes
    desk[0].kill()
    desk[0].start()
    enrol(at, desk)
    file.write_text(
        json.dumps(json.loads(file.read_text()) | {"bundle_key": "c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M="})
    )
    _, looked = at("device", "kb", "update")
    assert looked["result"] == "refused"
    assert "koemado enrol" in looked["reason"]
