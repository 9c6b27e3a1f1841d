"""Settings and commands for what is written down of conversations."""

import io
import json
from datetime import datetime

import pytest

from intents.when_types import TOKYO
from tests.turn_samples import NOW, exchange, on_disk
from voice import compose
from voice.cli.app import run


class TestSettings:
    def test_off_writes_nothing_and_erases_what_there_is(self, settings):
        for off in ({"turn_log": False}, {"turn_log_days": 0}):
            with compose.turn_log(settings) as turn_log:
                turn_log.take(exchange("質問"), NOW)
            assert (settings.data_dir / "turns.db").exists()
            assert compose.turn_log(settings.model_copy(update=off)) is None
            assert list(settings.data_dir.glob("turns.db*")) == []

    def test_sending_can_be_off_alone(self, settings):
        assert compose.turn_sender(settings) is not None
        assert compose.turn_sender(settings.model_copy(update={"send_turns": False})) is None
        assert compose.turn_log(settings.model_copy(update={"send_turns": False})) is not None

    def test_days_are_a_number(self, monkeypatch, capsys):
        monkeypatch.setenv("KOEMADO_TURN_LOG_DAYS", "-1")
        assert run(["turns", "list"]) == 2
        assert "turn_log_days" in capsys.readouterr().err


class TestCommands:
    @pytest.fixture
    def kept(self, settings, monkeypatch):
        monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
        now = datetime.now(TOKYO)
        with compose.turn_log(settings) as turn_log:
            for line in ("営業時間", "返品"):
                turn_log.take(exchange(line), now)
                turn_log.end()
        return compose.turn_file(settings)

    def out(self, capsys, *arguments):
        code = run(["turns", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    def test_list_show_export(self, kept, capsys):
        code, rows = self.out(capsys, "list")
        assert (code, [row["turns"] for row in rows], [row["state"] for row in rows]) == (0, [1, 1], ["kept", "kept"])
        code, shown = self.out(capsys, "show", rows[1]["id"])
        assert (code, shown["id"], [turn["heard"] for turn in shown["turns"]]) == (0, rows[1]["id"], ["返品"])
        code, exported = self.out(capsys, "export")
        assert [turn["heard"] for one in exported for turn in one["turns"]] == ["営業時間", "返品"]
        assert run(["turns", "export"]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 2
        assert run(["turns", "list"]) == run(["turns", "show", rows[0]["id"]]) == 0
        assert "営業時間" in capsys.readouterr().out

    def test_a_damaged_file_can_be_forgotten(self, kept, settings, capsys):
        (settings.data_dir / "turns.db").write_bytes(b"no database at all" * 100)
        assert run(["turns", "list"]) == 1
        assert run(["turns", "forget", "all"]) == 0
        assert run(["turns", "list"]) == 0

    def test_forget(self, kept, capsys, settings):
        first, second = (str(one.id) for one in kept.conversations())
        assert self.out(capsys, "forget", first)[0] == 0
        assert self.out(capsys, "forget", first)[0] == 1
        assert [str(one.id) for one in kept.conversations()] == [second]
        assert self.out(capsys, "forget", "all") == (0, {"conversation": "all", "result": "1 forgotten"})
        assert "返品".encode() not in on_disk(settings.data_dir / "turns.db")
        assert run(["turns", "show", second]) == 1
        assert run(["turns", "forget", "everything"]) == 2


def test_talk_writes_down_and_ask_does_not(settings, monkeypatch, tmp_path):
    """The commands themselves, by keyboard."""
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(settings.data_dir))
    assert run(["ask", "営業時間を教えて", "--no-speech"]) == 0
    assert not (settings.data_dir / "turns.db").exists()
    monkeypatch.setattr("sys.stdin", io.StringIO("エアコンが冷えません\nさようなら\n"))
    assert run(["talk", "--text", "--mute"]) == 0
    file = compose.turn_file(settings)
    (kept,) = file.conversations()
    assert kept.over and kept.turns == 2
    assert (settings.data_dir / "turns.db").stat().st_size > 0
