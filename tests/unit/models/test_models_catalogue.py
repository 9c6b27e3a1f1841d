"""The shipped catalogue."""

import re
from pathlib import Path

import pytest

from voice.models.catalogue import load_catalogue
from voice.models.errors import DownloadRefused, ModelUnknown, NotDownloadable
from voice.models.inspect import GraphKind, VocabularyKind
from voice.models.store import ModelStore


def test_names_come_in_order_with_the_embedded_model_first():
    assert load_catalogue().names == ("embedded", "small", "large")


def test_the_embedded_model_is_what_the_catalogue_says(tmp_path: Path):
    # After rebuilding the embedded model, write its new sizes and hashes into voice/data/models.toml.
    checked = ModelStore(tmp_path).verify("embedded")
    assert checked.hashed_files == 8
    assert checked.facts.graph is GraphKind.DYNAMIC
    assert checked.facts.vocabulary is VocabularyKind.MORAE


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("small", "https://alphacephei.com/vosk/models/vosk-model-small-ja-0.22.zip"),
        ("large", "https://alphacephei.com/vosk/models/vosk-model-ja-0.22.zip"),
    ],
)
def test_the_makers_addresses(name, url):
    catalogue = load_catalogue()
    assert catalogue.entry(name).url(catalogue.base_url) == url


def test_a_mirror_may_end_with_a_slash():
    assert load_catalogue().entry("large").url("http://box/m/") == "http://box/m/vosk-model-ja-0.22.zip"


@pytest.mark.parametrize("base_url", ["", "ftp://box", "/srv/models", "alphacephei.com/vosk/models"])
def test_a_mirror_that_is_no_web_address_is_refused(base_url):
    with pytest.raises(DownloadRefused, match="no web address"):
        load_catalogue().entry("small").url(base_url)


def test_the_embedded_model_has_no_address():
    with pytest.raises(NotDownloadable, match="comes with Koemado"):
        load_catalogue().entry("embedded").url("https://box")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ModelUnknown, match="embedded, small, large"):
        load_catalogue().entry("medium")


def test_known_hashes_have_the_form_of_sha256_and_large_has_none():
    entries = {entry.name: entry for entry in load_catalogue().entries}
    hashes = [file.sha256 for entry in entries.values() for file in entry.files]
    assert len(hashes) == len(set(hashes)) == 8 + 6
    assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in hashes)
    assert entries["large"].files == ()


@pytest.mark.parametrize("name", ["small", "large"])
def test_limits_leave_room_for_what_is_expected(name):
    archive = load_catalogue().entry(name).archive
    assert archive.zip_bytes_about < archive.unpacked_bytes_about < archive.unpacked_bytes_max
    assert sum(file.size_bytes for file in load_catalogue().entry(name).files) < archive.unpacked_bytes_about


def test_figures_name_their_source():
    entries = load_catalogue().entries
    assert [len(entry.figures) for entry in entries] == [2, 2, 2]
    assert all(entry.figures_source for entry in entries)
