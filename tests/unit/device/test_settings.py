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
    ],
)
def test_wrong_files(tmp_path, content, reason):
    file = tmp_path / "s.toml"
    file.write_text(content)
    with pytest.raises(SettingsError, match=reason):
        load_settings(file=file, environment={})


def test_wrong_variables_are_named():
    with pytest.raises(SettingsError, match="KOEMADO_SPEECH_SPED"):
        load_settings(environment={"KOEMADO_SPEECH_SPED": "1"})
    with pytest.raises(SettingsError, match="KOEMADO_SPEECH_VOLUME"):
        load_settings(environment={"KOEMADO_SPEECH_VOLUME": "loud"})


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(file=tmp_path / "no.toml", environment={})
