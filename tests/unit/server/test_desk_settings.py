"""The desk's folder: settings and keys, made once and told about clearly when they are wrong."""

import tomllib
from base64 import b64encode

import pytest

from server.errors import KeyInvalid, SettingsInvalid
from server.settings import KEY_FILE, KEY_VARIABLE, SETTINGS_FILE, load_keys, load_settings, settings_from, shipped_text


def test_an_empty_folder_gets_settings_and_a_key_of_its_own(tmp_path):
    folder = tmp_path / "desk"
    settings = load_settings(folder)
    key = load_keys(folder, {})
    assert settings.listening.port == 8600
    assert (len(key), len(key[0])) == (1, 32)
    assert load_keys(folder, {}) == key
    for name in (SETTINGS_FILE, KEY_FILE):
        assert (folder / name).stat().st_mode & 0o077 == 0
    assert load_keys(load_folder(tmp_path / "other"), {}) != key


def load_folder(folder):
    load_settings(folder)
    return folder


def test_the_first_of_several_keys_is_current(tmp_path):
    texts = [b64encode(bytes([n]) * 32).decode() for n in (1, 2)]
    (tmp_path / KEY_FILE).write_text("\n".join(texts))
    assert load_keys(tmp_path, {}) == (b"\1" * 32, b"\2" * 32)
    assert load_keys(tmp_path, {KEY_VARIABLE: ",".join(reversed(texts))}) == (b"\2" * 32, b"\1" * 32)


@pytest.mark.parametrize("written", ["", "鍵", "not base64!", "\n\n"])
def test_a_key_file_that_holds_none(tmp_path, written):
    (tmp_path / KEY_FILE).write_text(written, encoding="utf-8")
    with pytest.raises(KeyInvalid, match=KEY_FILE):
        load_keys(tmp_path, {})


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"listening": {"port": 99_999}}, "listening.port"),
        ({"mail": {"hots": "x"}}, "mail.hots"),
        ({"retention": {"case_days": 0}}, "retention.case_days"),
        ({"nonsense": {}}, "nonsense"),
    ],
)
def test_a_wrong_setting_is_named(changes, key):
    with pytest.raises(SettingsInvalid, match=key):
        settings_from(tomllib.loads(shipped_text()) | changes)


def test_the_callback_table_is_needed():
    with pytest.raises(SettingsInvalid, match="callback"):
        settings_from({})


def test_what_is_no_toml_is_said_with_its_file(tmp_path):
    (tmp_path / SETTINGS_FILE).write_text("port = ")
    with pytest.raises(SettingsInvalid, match=SETTINGS_FILE):
        load_settings(tmp_path)
