"""The schema, as steps that are only ever appended (sqlite-utils keeps count of those applied)."""

from sqlite_utils import Database, Migrations

migrations = Migrations("koemado-kb")


def is_ours(db: Database) -> bool:
    """Whether the database was made by these migrations, some of them at least."""
    return bool(migrations.applied(db))


def bring_up_to_date(db: Database) -> None:
    """Apply what is missing, all of it or nothing; of programs doing so at once the later ones wait and find it done."""
    db.execute("begin immediate")
    try:
        migrations.apply(db)
        db.commit()
    finally:
        db.rollback()  # nothing, once committed


def is_blank(db: Database) -> bool:
    """Whether it holds nothing yet; the migrations' own table alone is what an interrupted creation leaves."""
    return set(db.table_names() + db.view_names()) <= {migrations.migrations_table}


@migrations()
def create_articles(db: Database) -> None:
    """Articles with their wordings, steps and readings; `base` counts the revisions."""
    db.table("articles").create(
        {
            "id": str, "title": str, "category": str, "answer": str, "answer_reading": str, "tip": str,
            "staff_note": str, "safety": int, "valid_from": str, "valid_until": str, "version": int,
        },
        pk="id",
        not_null={"title", "category", "answer", "safety", "version"},
    )  # fmt: skip
    owned: dict[str, dict[str, type]] = {
        "variants": {"text": str},
        "steps": {"text": str, "reading": str},
        "readings": {"word": str, "kana": str},
    }
    for name, columns in owned.items():
        db.table(name).create(
            {"article_id": str, "position": int, **columns},
            pk=("article_id", "position"),
            foreign_keys=[("article_id", "articles", "id")],
        )
    db.table("base").create({"id": int, "revision": int}, pk="id").insert({"id": 1, "revision": 0})


@migrations()
def add_authority(db: Database) -> None:
    """What an agent may grant, and up to which amount."""
    articles = db.table("articles")
    articles.add_column("authority", str)
    articles.add_column("authority_up_to_yen", int)
