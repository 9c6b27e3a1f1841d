"""Fixtures all tests share.  Nothing a test does may touch the user's own folders or the network."""

import os
import shutil
from pathlib import Path

import pytest

from voice.settings import Settings

WARM_CACHE = os.environ.get("KOEMADO_WARM_CACHE", "")  # read now: a fixture clears our variables
LONGEST = (Path(__file__).parent / "longest_files.txt").read_text().split()  # what waits lies beside what computes


def pytest_collection_modifyitems(config, items) -> None:
    """With several workers the longest files come first (`--no-loadscope-reorder`): none is begun as the last one."""
    if hasattr(config, "workerinput"):
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_terminal_summary(terminalreporter) -> None:
    """Print the figures that tests measured, whichever worker ran them."""
    reports = [r for outcome in ("passed", "failed") for r in terminalreporter.getreports(outcome)]
    figures = [value for r in reports if r.when == "call" for name, value in r.user_properties if name == "figure"]
    if figures:
        terminalreporter.section("measured")
        for figure in figures:
            terminalreporter.line(figure)


@pytest.fixture(scope="session", autouse=True)
def warm_cache(tmp_path_factory):
    """What was compiled before (tests/warm_cache.py), as a copy: no worker sees what another one does to its cache."""
    if WARM_CACHE:
        shutil.copytree(WARM_CACHE, tmp_path_factory.getbasetemp() / "cache", dirs_exist_ok=True)


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """Data and cache of the program go to a temporary place; the cache is shared by the session to stay quick."""
    for name in list(os.environ):
        if name.startswith("KOEMADO_") and name != "KOEMADO_SHARED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(tmp_path_factory.mktemp("data")))
    monkeypatch.setenv("KOEMADO_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "config"))


@pytest.fixture
def settings(tmp_path, tmp_path_factory) -> Settings:
    return Settings(data_dir=tmp_path / "data", cache_dir=tmp_path_factory.getbasetemp() / "cache")


@pytest.fixture
def shared() -> Path:
    """The third-party test data beside the checkout."""
    name = os.environ.get("KOEMADO_SHARED", "")
    if not name or not Path(name).is_dir():
        pytest.skip("KOEMADO_SHARED does not name the folder of third-party test data (recordings, noises, voices)")
    return Path(name)
