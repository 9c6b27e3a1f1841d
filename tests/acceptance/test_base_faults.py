"""`koemado kb` and files that are something else: one clear line, nothing created, nothing changed."""

import sqlite3

import pytest

from tests.acceptance.test_faults import assert_one_line

pytestmark = pytest.mark.acceptance

OWN = "- {id: a, title: 題, category: 類, variants: [返品したい], answer: 答えです。}\n"


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.fixture
def foreign(tmp_path):
    """The database of another program."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("create table customers (name text)")
    db.close()
    return path


@pytest.mark.parametrize("command", [("kb", "list"), ("kb", "show", "a"), ("kb", "export", "-", "--format", "csv")])
def test_reading_the_database_of_another_program(koemado, foreign, command):
    content = foreign.read_bytes()
    assert_one_line(koemado(*command, "--kb", foreign), 6, "other.db is no Koemado knowledge base")
    assert foreign.read_bytes() == content


def test_importing_into_the_database_of_another_program(koemado, foreign, own):
    content = foreign.read_bytes()
    assert_one_line(koemado("kb", "import", own, "--kb", foreign), 6, "is no Koemado knowledge base")
    assert foreign.read_bytes() == content


def test_reading_an_empty_file(koemado, tmp_path):
    (tmp_path / "empty.db").touch()
    assert_one_line(koemado("kb", "list", "--kb", tmp_path / "empty.db"), 6, "is no Koemado knowledge base")
    assert (tmp_path / "empty.db").read_bytes() == b""


def test_a_folder_in_place_of_a_base(koemado, tmp_path):
    done = koemado("kb", "list", "--kb", tmp_path)
    assert_one_line(done, 6, "is a folder")
    assert "written" not in done.err


def test_a_table_in_place_of_a_base(koemado, own):
    done = koemado("kb", "list", "--kb", own)
    assert_one_line(done, 6, "looks like a YAML file", f"koemado kb import {own}")
    assert "remove" not in done.err


@pytest.mark.parametrize("place", ["/proc/x.csv", "/dev/null/x.csv"])
def test_exporting_to_a_place_that_cannot_be_written(koemado, own, tmp_path, place):
    base = tmp_path / "kb.db"
    koemado("kb", "import", own, "--kb", base)
    done = koemado("kb", "export", place, "--kb", base)
    assert_one_line(done, 1, f"{place} cannot be written (")
    assert "/.x.csv" not in done.err


def test_no_place_for_the_sample(koemado, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("KOEMADO_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("KOEMADO_DATA_DIR", str(tmp_path / "data"))
    done = koemado("kb", "list")
    assert done.code == 0
    assert done.out.count("\n") >= 120
    assert done.err.count("held in memory") == 1
    assert "articles in :memory:" in done.err


def test_what_is_exported_for_excel_comes_back_unchanged(koemado, own, tmp_path):
    own.write_text(OWN.replace("返品したい", '"A=B|C のこと", "https://a.jp/?q=1 は何"'), encoding="utf-8")
    table, base = tmp_path / "table.csv", tmp_path / "kb.db"
    koemado("kb", "import", own, "--kb", base)
    koemado("kb", "export", table, "--kb", base)
    (counts,) = koemado("kb", "import", table, "--kb", base, "--json").objects
    assert (counts["added"], counts["changed"], counts["unchanged"]) == (0, 0, 1)
