import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from kb.articles import Article, Step
from kb.errors import (
    ArticleUnknown,
    BaseDamaged,
    BaseForeign,
    BaseIsTable,
    BaseLocked,
    BaseMissing,
    BaseUnreadable,
    BaseUnwritable,
)
from kb.migrations import migrations
from kb.sample import open_sample, sample_articles
from kb.store import SqliteKnowledgeBase

ONE = Article(
    id="a",
    title="題",
    category="類",
    variants=("問い", "質問"),
    answer="答え",
    steps=(Step(text="一"),),
    readings={"題": "だい"},
)
TWO = Article(id="b", title="二", category="類", variants=("二つ目",), answer="こたえ", safety=True)


@pytest.fixture
def base(tmp_path) -> SqliteKnowledgeBase:
    return SqliteKnowledgeBase(tmp_path / "deep" / "kb.db", create=True, lock_timeout_s=0.05)


def test_store_and_read_back(base):
    report = base.store([ONE, TWO])
    assert report.added == ("a", "b")
    assert base.articles() == (ONE, TWO)
    assert base.article("b") == TWO


def test_what_staff_may_grant_is_kept(base):
    granted = replace(ONE, staff_note="送り状を確かめる。", authority="送料分の返金", authority_up_to_yen=0)
    base.store([granted])
    assert base.article("a") == granted
    base.store([replace(granted, authority_up_to_yen=1000)])
    assert (base.article("a").authority_up_to_yen, base.article("a").version) == (1000, 2)


def test_versions_grow_with_changes_only(base):
    base.store([ONE, TWO])
    report = base.store([replace(ONE, answer="別の答え"), TWO])
    assert (report.changed, report.unchanged) == (("a",), ("b",))
    assert base.article("a").version == 2
    assert base.article("b").version == 1


def test_the_revision_tells_of_changes(base):
    base.store([ONE])
    before = base.revision()
    base.store([ONE])
    assert base.revision() == before
    base.store([replace(ONE, tip="一言")])
    assert base.revision() > before


def test_removing_the_others(base):
    base.store([ONE, TWO])
    assert base.store([TWO], remove_others=True).removed == ("a",)
    assert base.articles() == (TWO,)
    with sqlite3.connect(base.path) as db:
        assert db.execute("select count(*) from variants where article_id = 'a'").fetchone() == (0,)
    db.close()


def test_all_or_nothing(base):
    base.store([ONE])
    with pytest.raises(AttributeError):
        base.store([TWO, object()])
    assert base.articles() == (ONE,)


def test_an_unknown_article(base):
    base.store([ONE])
    with pytest.raises(ArticleUnknown, match="kb list"):
        base.article("zzz")


def test_a_missing_base_says_how_to_make_one(tmp_path):
    with pytest.raises(BaseMissing, match="kb import"):
        SqliteKnowledgeBase(tmp_path / "no.db").articles()
    assert not (tmp_path / "no.db").exists()


@pytest.mark.parametrize("content", [b"no database at all " * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_damaged_base(tmp_path, content):
    path = tmp_path / "kb.db"
    path.write_bytes(content)
    with pytest.raises(BaseDamaged, match="damaged"):
        SqliteKnowledgeBase(path).articles()
    assert path.read_bytes() == content


def test_a_base_cut_in_half(base):
    base.store([replace(ONE, id=f"a{n}", answer="答" * 400) for n in range(40)])
    content = base.path.read_bytes()
    base.path.write_bytes(content[: len(content) // 2])
    with pytest.raises(BaseDamaged):
        base.articles()


def test_another_program_holds_the_lock(base):
    base.store([ONE])
    with sqlite3.connect(base.path, isolation_level=None) as other:
        other.execute("begin exclusive")
        with pytest.raises(BaseLocked, match="try again"):
            base.store([TWO])
        other.execute("rollback")
    other.close()
    assert base.articles() == (ONE,)


def test_a_folder_in_its_place(tmp_path):
    with pytest.raises(BaseUnwritable, match="is a folder"):
        SqliteKnowledgeBase(tmp_path, create=True).store([ONE])


def test_reading_a_folder_does_not_speak_of_writing(tmp_path):
    with pytest.raises(BaseUnreadable, match="cannot be read \\(it is a folder") as caught:
        SqliteKnowledgeBase(tmp_path).articles()
    assert "written" not in str(caught.value)


def test_a_folder_that_leads_nowhere(tmp_path):
    (tmp_path / "loop.db").symlink_to(tmp_path / "loop.db")
    with pytest.raises((BaseMissing, BaseUnreadable)):
        SqliteKnowledgeBase(tmp_path / "loop.db").articles()


@pytest.fixture
def foreign(tmp_path):
    """The database of another program."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("create table customers (name text)")
    db.close()
    return path


@pytest.mark.parametrize("look", [SqliteKnowledgeBase.articles, SqliteKnowledgeBase.revision])
def test_reading_leaves_the_database_of_another_program_alone(foreign, look):
    content = foreign.read_bytes()
    with pytest.raises(BaseForeign, match="is no Koemado knowledge base"):
        look(SqliteKnowledgeBase(foreign))
    assert foreign.read_bytes() == content
    assert [f.name for f in foreign.parent.iterdir()] == ["other.db"]


def test_storing_leaves_the_database_of_another_program_alone(foreign):
    content = foreign.read_bytes()
    with pytest.raises(BaseForeign, match="holds other tables"):
        SqliteKnowledgeBase(foreign, create=True).store([ONE])
    assert foreign.read_bytes() == content


def test_an_empty_file_becomes_a_base_by_storing_only(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(BaseForeign, match="is no Koemado knowledge base"):
        SqliteKnowledgeBase(path).articles()
    assert path.read_bytes() == b""
    SqliteKnowledgeBase(path, create=True).store([ONE])
    assert SqliteKnowledgeBase(path).articles() == (ONE,)


def test_reading_brings_an_older_base_of_ours_up_to_date(base, monkeypatch):
    base.store([ONE])
    monkeypatch.setattr(migrations, "_migrations", [*migrations._migrations])

    @migrations()
    def add_colour(db):
        db.execute("alter table articles add column colour text")

    assert SqliteKnowledgeBase(base.path).articles() == (ONE,)
    with sqlite3.connect(base.path) as db:
        assert db.execute("select colour from articles").fetchall() == [(None,)]
    db.close()


@pytest.fixture
def older(base):
    """A base as it was made before anybody wrote down what staff may grant."""
    base.store([ONE])
    with sqlite3.connect(base.path) as db:
        db.execute("alter table articles drop column authority")
        db.execute("alter table articles drop column authority_up_to_yen")
        db.execute("delete from _sqlite_migrations where name = 'add_authority'")
    db.close()
    return base


def test_an_older_base_learns_what_staff_may_grant(older):
    assert older.articles() == (ONE,)
    granted = replace(ONE, authority="送料分の返金", authority_up_to_yen=1000)
    older.store([granted])
    assert older.articles() == (replace(granted, version=2),)


def test_an_older_base_that_cannot_be_written_is_read_as_it_is(older, monkeypatch):
    monkeypatch.setattr(SqliteKnowledgeBase, "_uri", lambda self: f"{self.path.as_uri()}?mode=ro")
    content = older.path.read_bytes()
    assert older.articles() == (ONE,)
    with pytest.raises(BaseUnwritable):
        older.store([TWO])
    assert older.path.read_bytes() == content


def test_programs_that_find_an_older_base_at_once(older):
    gate = Barrier(8)
    patient = SqliteKnowledgeBase(older.path, lock_timeout_s=30)

    def read():
        gate.wait()
        return patient.articles()

    with ThreadPoolExecutor(8) as threads:
        found = [call.result() for call in [threads.submit(read) for _ in range(8)]]
    assert found == [(ONE,)] * 8


def test_names_that_mean_something_in_an_address(tmp_path):
    path = tmp_path / "50%25 ?mode=memory#我.db"
    SqliteKnowledgeBase(path, create=True).store([ONE])
    assert [f.name for f in tmp_path.iterdir()] == [path.name]
    assert SqliteKnowledgeBase(path).articles() == (ONE,)


@pytest.mark.parametrize(("name", "kind"), [("s.yaml", "YAML"), ("s.YML", "YAML"), ("s.csv", "CSV")])
@pytest.mark.parametrize("create", [False, True])
def test_a_table_in_place_of_a_base(tmp_path, name, kind, create):
    path = tmp_path / name
    path.write_text("- id: a\n")
    with pytest.raises(BaseIsTable, match=f"looks like a {kind} file: import it with `koemado kb import {path}`"):
        SqliteKnowledgeBase(path, create=create).articles()
    assert path.read_text() == "- id: a\n"


def test_the_sample_is_complete():
    found = sample_articles()
    assert len(found) >= 120
    assert len({a.id for a in found}) == len(found)
    assert all(len(a.variants) >= 5 for a in found)
    assert len({a.category for a in found}) >= 10
    variants = [v for a in found for v in a.variants]
    assert len(set(variants)) == len(variants)


def test_safety_articles_of_the_sample_stop_and_fetch_a_human():
    danger = [a for a in sample_articles() if a.safety]
    assert len(danger) >= 10
    assert all("0120-000-119" in a.answer or "119" in a.answer for a in danger)
    assert all("電話" in a.answer for a in danger)


def test_the_sample_base_is_made_once(tmp_path):
    first = open_sample(tmp_path)
    assert open_sample(tmp_path).path == first.path
    assert len(first.articles()) == len(sample_articles())
    assert first.revision() == 1
