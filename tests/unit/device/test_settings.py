import logging
from pathlib import Path

import pytest

from voice.errors import SettingsError
from voice.settings import load_settings


def test_defaults(tmp_path):
    configured = load_settings(environment={})
    assert configured.settings.speech_speed == 1.0
    assert set(configured.sources.values()) == {"default"}


def test_the_later_source_wins(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text('speech_speed = 0.8\nspeech_pitch = 2\nkb = "~/own.db"\n')
    configured = load_settings(
        file=file,
        environment={"KOEMADO_SPEECH_SPEED": "0.9", "KOEMADO_SPEECH_CACHE_MB": "5", "KOEMADO_SHARED": "x", "HOME": "/"},
        given={"speech_speed": 1.5, "model": None},
    )
    assert configured.settings.speech_speed == 1.5
    assert configured.settings.speech_cache_mb == 5
    assert configured.settings.kb == Path.home() / "own.db"
    assert configured.sources["speech_speed"] == "command line"
    assert configured.sources["speech_cache_mb"] == "KOEMADO_SPEECH_CACHE_MB"
    assert configured.sources["speech_pitch"] == str(file)
    assert configured.sources["model"] == "default"


def test_the_file_can_be_named_by_the_environment(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text("compiled_phrases = false\n")
    assert not load_settings(environment={"KOEMADO_SETTINGS": str(file)}).settings.compiled_phrases


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("speech_speed = 9\n", r"setting speech_speed \(from .*s.toml\)"),
        ("colour = 1\n", "setting colour .* no such setting"),
        ("speech_speed = \n", "no valid TOML"),
        ('speech_engine = "robot"\n', "setting speech_engine"),
        ("speech_speed = true\n", "setting speech_speed .* must be a number"),
        ("speech_cache_mb = false\n", "setting speech_cache_mb .* must be a number"),
    ],
)
def test_wrong_files(tmp_path, content, reason):
    file = tmp_path / "s.toml"
    file.write_text(content)
    with pytest.raises(SettingsError, match=reason):
        load_settings(file=file, environment={})


def test_wrong_variables_are_named():
    with pytest.raises(SettingsError, match="KOEMADO_SPEECH_VOLUME"):
        load_settings(environment={"KOEMADO_SPEECH_VOLUME": "loud"})


def test_a_variable_that_names_no_setting_is_logged_once(caplog):
    environment = {"KOEMADO_SPEECH_SPED": "1", "KOEMADO_FUTURE": "x", "KOEMADO_DEBUG": "1", "KOEMADO_SPEECH_PITCH": "2"}
    with caplog.at_level(logging.WARNING):
        found = [load_settings(environment=environment) for _ in range(3)]
    assert found[0].settings.speech_pitch == 2
    assert set(found[0].sources) == set(type(found[0].settings).model_fields)
    (record,) = caplog.records
    assert "KOEMADO_FUTURE, KOEMADO_SPEECH_SPED" in record.getMessage()


def test_empty_variables_are_not_set(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text('model = "small"\n')
    empty = dict.fromkeys(("KOEMADO_KB", "KOEMADO_DATA_DIR", "KOEMADO_MODEL", "KOEMADO_SPEECH_SPEED"), "")
    configured = load_settings(file=file, environment=empty | {"KOEMADO_SETTINGS": ""})
    defaults = load_settings(environment={}).settings
    assert configured.settings == defaults.model_copy(update={"model": "small"})
    assert configured.sources["kb"] == configured.sources["data_dir"] == "default"


def test_an_empty_path_in_the_file_is_not_set(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text('kb = ""\ndata_dir = ""\n')
    configured = load_settings(file=file, environment={})
    assert configured.settings.kb is None
    assert configured.settings.data_dir == load_settings(environment={}).settings.data_dir
    assert configured.sources["kb"] == "default"


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(file=tmp_path / "no.toml", environment={})


@pytest.mark.parametrize("cost", ["0", "-1", "inf", "nan", "1e-400", "dear", "1e9"])
def test_odd_costs_are_refused(cost):
    with pytest.raises(SettingsError, match="cost_wrong_answer"):
        load_settings(environment={"KOEMADO_COST_WRONG_ANSWER": cost})


def test_costs_can_be_set():
    assert load_settings(environment={"KOEMADO_COST_CALL": "1.5"}).settings.cost_call == 1.5
