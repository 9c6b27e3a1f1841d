"""The knowledge base in an SQLite file, through sqlite-utils."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlite_utils import Database

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
    KnowledgeBaseError,
)
from kb.migrations import bring_up_to_date, is_blank, is_ours, migrations

OWNED_TABLES = ("variants", "steps", "readings")
PLAIN_COLUMNS = ("id", "title", "category", "answer", "answer_reading", "tip", "staff_note", "version")
LATER_COLUMNS = ("authority", "authority_up_to_yen")  # an older base that cannot be written lacks them
_TABLE_SUFFIXES = (".yaml", ".yml", ".csv")
_MAGIC = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReport:
    """What storing a set of articles changed."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


class SqliteKnowledgeBase:
    """Articles in one SQLite file; every call opens its own connection, so any thread may call.

    `create` makes the file when it is missing; otherwise a missing file raises BaseMissing on the first call.
    A file that is no base of ours is refused and left as it is, by either.
    """

    def __init__(self, path: Path, *, create: bool = False, lock_timeout_s: float = 5.0) -> None:
        self.path = path
        self._create = create
        self._lock_timeout_s = lock_timeout_s

    def articles(self) -> tuple[Article, ...]:
        """All articles, by id.  Raises BaseMissing, BaseLocked, BaseDamaged, BaseForeign, BaseUnreadable."""
        with self._database() as db:
            return _read_all(db)

    def article(self, article_id: str) -> Article:
        """One article.  Raises ArticleUnknown besides what `articles` raises."""
        found = [a for a in self.articles() if a.id == article_id]
        if not found:
            raise ArticleUnknown(article_id)
        return found[0]

    def revision(self) -> int:
        """The count of changes so far."""
        with self._database() as db:
            return int(db.execute("select revision from base").fetchone()[0])

    def store(self, articles: Sequence[Article], *, remove_others: bool = False) -> StoreReport:
        """Add or change the articles in one transaction; the version of each changed one grows by one.

        Raises BaseUnwritable or BaseLocked, and then nothing has changed.
        """
        with self._database(writing=True) as db, db.atomic():
            report = _store(db, articles, remove_others)
            if report.added or report.changed or report.removed:
                db.execute("update base set revision = revision + 1")
        return report

    @contextmanager
    def _database(self, *, writing: bool = False) -> Iterator[Database]:
        unusable = BaseUnwritable if writing or self._create else BaseUnreadable
        with self._explained(unusable):
            self._check_file(unusable)
            connection = sqlite3.connect(self._uri(), uri=True, timeout=self._lock_timeout_s)
            try:
                db = Database(connection)
                self._check_owner(db)
                if migrations.pending(db):
                    _update(db, writing=writing)
                yield db
            finally:
                connection.close()

    def _uri(self) -> str:
        # Not `ro`: after a power cut even the next reader must be able to roll a half-written change back.
        return f"{self.path.absolute().as_uri()}?mode={'rwc' if self._create else 'rw'}"

    def _check_file(self, unusable: type[BaseUnreadable | BaseUnwritable]) -> None:
        if self.path.is_dir():
            raise unusable(self.path, "it is a folder")
        if self._create:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        elif not self.path.exists():
            raise BaseMissing(self.path)
        if self.path.suffix.lower() in _TABLE_SUFFIXES and self.path.exists() and not _is_sqlite(self.path):
            raise BaseIsTable(self.path)

    def _check_owner(self, db: Database) -> None:
        if not is_ours(db) and not (self._create and is_blank(db)):
            raise BaseForeign(self.path, "it is empty" if is_blank(db) else "it holds other tables")

    @contextmanager
    def _explained(self, unusable: type[BaseUnreadable | BaseUnwritable]) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise self._operational(error, unusable) from error
        except sqlite3.DatabaseError as error:
            raise BaseDamaged(self.path, str(error)) from error
        except OSError as error:
            raise unusable(self.path, error.strerror or str(error)) from error

    def _operational(
        self, error: sqlite3.OperationalError, unusable: type[BaseUnreadable | BaseUnwritable]
    ) -> KnowledgeBaseError:
        reason = str(error)
        if "locked" in reason or "busy" in reason:
            return BaseLocked(self.path)
        if "no such" in reason or "malformed" in reason:
            return BaseDamaged(self.path, reason)
        return unusable(self.path, reason)


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _update(db: Database, *, writing: bool) -> None:
    """Apply what is missing; a reader of a base that cannot be written makes do with what it holds."""
    try:
        bring_up_to_date(db)
    except sqlite3.OperationalError as error:
        if writing or "readonly" not in str(error):
            raise


def _read_all(db: Database) -> tuple[Article, ...]:
    owned = {name: _grouped(db, name) for name in OWNED_TABLES}
    rows = db.query("select * from articles order by id")
    return tuple(_article(row, {name: groups.get(row["id"], []) for name, groups in owned.items()}) for row in rows)


def _grouped(db: Database, table: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in db.table(table).rows_where(order_by="article_id, position"):
        groups.setdefault(row["article_id"], []).append(row)
    return groups


def _article(row: dict[str, Any], owned: dict[str, list[dict[str, Any]]]) -> Article:
    plain: dict[str, Any] = {key: row[key] for key in PLAIN_COLUMNS} | {key: row.get(key) for key in LATER_COLUMNS}
    return Article(
        **plain,
        variants=tuple(v["text"] for v in owned["variants"]),
        steps=tuple(Step(text=s["text"], reading=s["reading"]) for s in owned["steps"]),
        readings={r["word"]: r["kana"] for r in owned["readings"]},
        safety=bool(row["safety"]),
        valid_from=_day(row["valid_from"]),
        valid_until=_day(row["valid_until"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _store(db: Database, articles: Sequence[Article], remove_others: bool) -> StoreReport:
    before = {a.id: a for a in _read_all(db)}
    added: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    for article in articles:
        old = before.get(article.id)
        if old and replace(article, version=old.version) == old:
            unchanged.append(article.id)
            continue
        (changed if old else added).append(article.id)
        _write(db, replace(article, version=old.version + 1 if old else max(1, article.version)))
    removed = sorted(set(before) - {a.id for a in articles}) if remove_others else []
    for article_id in removed:
        _delete(db, article_id)
    return StoreReport(added=tuple(added), changed=tuple(changed), unchanged=tuple(unchanged), removed=tuple(removed))


def _write(db: Database, article: Article) -> None:
    _delete(db, article.id)
    row = {name: getattr(article, name) for name in PLAIN_COLUMNS + LATER_COLUMNS}
    days = {
        name: day.isoformat() if (day := getattr(article, name)) else None for name in ("valid_from", "valid_until")
    }
    _insert(db, "articles", [row | days | {"safety": int(article.safety)}])
    _insert(db, "variants", _owned(article.id, [{"text": text} for text in article.variants]))
    _insert(db, "steps", _owned(article.id, [{"text": s.text, "reading": s.reading} for s in article.steps]))
    _insert(db, "readings", _owned(article.id, [{"word": w, "kana": k} for w, k in article.readings.items()]))


def _owned(article_id: str, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"article_id": article_id, "position": position, **row} for position, row in enumerate(rows)]


def _insert(db: Database, table: str, rows: list[dict[str, Any]]) -> None:
    # Plain SQL, not Table.insert_all: that commits by itself, and a base must change as a whole or not at all.
    for row in rows:
        columns, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        db.execute(f"insert into {table} ({columns}) values ({marks})", row)  # noqa: S608 - names are ours


def _delete(db: Database, article_id: str) -> None:
    for table in OWNED_TABLES:
        db.execute(f"delete from {table} where article_id = ?", [article_id])  # noqa: S608 - names are ours
    db.execute("delete from articles where id = ?", [article_id])
