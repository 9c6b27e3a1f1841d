"""Our packages have everyday names: they must be ours."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", ["voice", "intents", "kb", "server", "hardware"])
def test_packages_come_from_our_tree(name):
    assert ROOT in Path(importlib.import_module(name).__file__).resolve().parents


def test_a_start_imports_nothing_heavy():
    source = (ROOT / "voice/main.py").read_text(encoding="utf-8")
    top = source.split("def main", maxsplit=1)[0]
    assert "numpy" not in top
    assert "from voice" not in top
