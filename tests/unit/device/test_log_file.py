"""The log file: bounded, private, without names and numbers."""

import json
import logging

import pytest

from voice import log_file
from voice.errors import SettingsError
from voice.log_file import EARLIER, log_to_file
from voice.settings import Settings


@pytest.fixture
def logged(tmp_path):
    """Begin to log with these settings; the file.  The root logger is as before afterwards."""
    root = logging.getLogger()
    before = list(root.handlers)

    def begin(**given):
        settings = Settings(data_dir=tmp_path, cache_dir=tmp_path, log_file=tmp_path / "logs" / "koemado.log", **given)
        log_to_file(settings)
        log_to_file(settings)  # a second time is no second line
        return settings.log_file

    yield begin
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)
        handler.close()


def test_neither_names_nor_numbers_nor_tracebacks(logged):
    file = logged()
    log = logging.getLogger("voice.somewhere")
    log.warning("%s failed for %s", "dialling 090-1234-5678", "山田と申します")
    try:
        int("03-1555-1234")
    except ValueError:
        log.exception("it broke")
    text = file.read_text(encoding="utf-8")
    assert not [part for part in ("1234", "5678", "山田", "Traceback") if part in text]
    first, second = text.splitlines()
    assert "WARNING voice.somewhere: dialling" in first
    assert second.endswith("ERROR voice.somewhere: it broke (ValueError)")
    assert file.stat().st_mode & 0o777 == 0o600


def test_other_handlers_get_the_line_as_it_was(logged, caplog):
    logged()
    logging.getLogger("voice.x").warning("port %d", 12_345_678)
    assert caplog.records[-1].getMessage() == "port 12345678"


def test_json_lines(logged):
    file = logged(log_format="json")
    logging.getLogger("voice.x").warning("声\n窓")
    (line,) = file.read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    assert (told["level"], told["from"], told["text"]) == ("WARNING", "voice.x", "声 窓")
    assert told["at"].endswith("Z")


def test_it_never_grows_beyond_five_files(logged, monkeypatch):
    monkeypatch.setattr(log_file, "LARGEST", 4_000)
    file = logged()
    for _ in range(60):
        logging.getLogger("voice.x").warning("x" * 2_000)
    files = list(file.parent.iterdir())
    assert len(files) == EARLIER + 1
    assert all(one.stat().st_size <= 4_000 for one in files)


def test_a_file_that_cannot_be_written_is_a_wrong_setting(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(SettingsError, match="log_file"):
        log_to_file(Settings(data_dir=tmp_path, cache_dir=tmp_path, log_file=tmp_path / "taken" / "log"))


def test_other_settings_take_the_place_of_the_file_before(logged, tmp_path):
    first = logged()
    other = Settings(data_dir=tmp_path, cache_dir=tmp_path, log_file=tmp_path / "other.log", log_format="json")
    log_to_file(other)
    logging.getLogger("voice.x").warning("to the other")
    assert json.loads(other.log_file.read_text())["text"] == "to the other"
    assert first.read_text() == ""
    with pytest.raises(SettingsError):
        log_to_file(other.model_copy(update={"log_file": other.log_file / "no folder"}))
    logging.getLogger("voice.x").warning("still there")
    assert "still there" in other.log_file.read_text()
    log_to_file(other.model_copy(update={"log_file": None}))
    logging.getLogger("voice.x").warning("nowhere")
    assert "nowhere" not in other.log_file.read_text()
