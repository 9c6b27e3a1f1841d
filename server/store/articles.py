"""Articles written at the desk: every version of each, and how far it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.orm import Session

from server.knowledge.content import Base, Plain, base_of
from server.knowledge.errors import ArticleMissing
from server.knowledge.versions import IMPORTED, TAKEN_IN, Conflict, Draft, Refusal, State, Version, refusal_to_approve
from server.store import journal
from server.store.desk_models import TalkTurnRow
from server.store.engine import reading, writing
from server.store.inserting import core
from server.store.knowledge_models import ArticleRow, ArticleVersionRow

_ONE_AT_A_TIME: Final = 0x6172746B  # PostgreSQL advisory lock: versions get their numbers one after the other
_FIELDS: Final = (
    *("id", "article_id", "number", "at", "by", "why", "origin", "content", "removed", "asked_by", "decided_by"),
    *("decided_at", "note", "alone", "remarks"),
)


class ArticleStore:
    """Articles in a database; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def is_empty(self) -> bool:
        """Whether no article was ever kept."""
        with reading(self._engine) as session:
            return session.scalar(select(ArticleRow.id).limit(1)) is None

    def written(self) -> int:
        """Return how many versions were approved here, the base it began with apart: grows with every approval."""
        here = (ArticleVersionRow.state == State.APPROVED) & (ArticleVersionRow.origin != IMPORTED)
        with reading(self._engine) as session:
            return session.scalar(select(func.count()).select_from(ArticleVersionRow).where(here)) or 0

    def begin_with(self, contents: Sequence[Plain], *, by: str, now: datetime) -> int:
        """Take over the articles of a base as approved, where there are none; return how many were taken."""
        with writing(self._engine) as session:
            _one_at_a_time(session)
            if not contents or session.scalar(select(ArticleRow.id).limit(1)) is not None:
                return 0
            session.execute(insert(core(ArticleRow)), [{"id": one["id"], "head": 1, "approved": 1} for one in contents])
            session.execute(insert(core(ArticleVersionRow)), [_imported(one, by, now) for one in contents])
            journal.add(session, at=now, actor=by, action="articles_imported", detail={"articles": len(contents)})
            return len(contents)

    def heads(self) -> tuple[Version, ...]:
        """Return the latest version of each article, by id."""
        query = select(ArticleVersionRow).join(ArticleRow, ArticleRow.id == ArticleVersionRow.article_id)
        with reading(self._engine) as session:
            found = session.scalars(query.where(ArticleVersionRow.number == ArticleRow.head).order_by(ArticleRow.id))
            return tuple(_version(row) for row in found)

    def approved(self) -> Base:
        """Return what would be released: each article as it was approved last, without those taken back."""
        query = select(ArticleVersionRow.content).join(ArticleRow, ArticleRow.id == ArticleVersionRow.article_id)
        chosen = query.where(ArticleVersionRow.number == ArticleRow.approved, ArticleVersionRow.removed.is_(False))
        with reading(self._engine) as session:
            return base_of(session.scalars(chosen))

    def imported(self) -> Base:
        """Return what the desk began with."""
        query = select(ArticleVersionRow.content).where(ArticleVersionRow.origin == IMPORTED)
        with reading(self._engine) as session:
            return base_of(session.scalars(query))

    def brought(self) -> dict[str, Plain]:
        """Return each article as it came from the machine's base last, taken over or taken in."""
        query = select(ArticleVersionRow.article_id, ArticleVersionRow.content).order_by(ArticleVersionRow.number)
        with reading(self._engine) as session:
            found = session.execute(query.where(ArticleVersionRow.origin.in_((IMPORTED, TAKEN_IN))))
            return {str(article): content for article, content in found}

    def head(self, article_id: str) -> Version | None:
        """Return an article as it was saved last, or None."""
        return next(iter(self.versions(article_id, limit=1)), None)

    def versions(self, article_id: str, *, limit: int = 200) -> tuple[Version, ...]:
        """Return the versions of an article, the latest first."""
        query = select(ArticleVersionRow).where(ArticleVersionRow.article_id == article_id)
        with reading(self._engine) as session:
            found = session.scalars(query.order_by(ArticleVersionRow.number.desc()).limit(limit))
            return tuple(_version(row) for row in found)

    def version(self, article_id: str, number: int) -> Version:
        """Return one version.  Raises ArticleMissing."""
        with reading(self._engine) as session:
            row = session.get(ArticleVersionRow, (article_id, number))
        if row is None:
            raise ArticleMissing(article_id, number)
        return _version(row)

    def save(self, draft: Draft, *, by: str, now: datetime) -> Version | Conflict:
        """Keep a new version over the one it was written on; a draft sent twice is kept once."""
        with writing(self._engine) as session:
            _one_at_a_time(session)
            known = session.scalars(select(ArticleVersionRow).where(ArticleVersionRow.id == draft.id)).first()
            if known is not None:
                return _version(known)
            article = session.get(ArticleRow, draft.article_id)
            if article is not None and article.head != draft.based_on:
                return Conflict(theirs=_at(session, article.id, article.head))
            if article is None:
                article = ArticleRow(id=draft.article_id, head=0)
                session.add(article)
            return _saved(session, article, draft, by, now)

    def ask_for_review(self, article_id: str, number: int, *, by: str, now: datetime) -> Refusal | None:
        """Have somebody else look at it; None: done (or done before)."""
        with writing(self._engine) as session:
            _one_at_a_time(session)
            row = _head_row(session, article_id, number)
            if isinstance(row, Refusal) or row.state == State.IN_REVIEW:
                return row if isinstance(row, Refusal) else None
            if row.state not in (State.DRAFT, State.SENT_BACK):
                return Refusal.STATE
            row.state, row.asked_by = State.IN_REVIEW, by
            _write(session, now, by, "article_review_asked", row)
            return None

    def approve(
        self, article_id: str, number: int, *, by: str, now: datetime, alone: bool = False, note: str = ""
    ) -> Refusal | None:
        """Approve a version.  `alone`: nobody else may review; then the author does, with a reason, which is recorded."""
        with writing(self._engine) as session:
            _one_at_a_time(session)
            row = _head_row(session, article_id, number)
            if isinstance(row, Refusal):
                return row
            if refusal := refusal_to_approve(_version(row), by, alone=alone, reason=note):
                return refusal
            oneself = by in (row.by, row.asked_by)
            _decide(row, State.APPROVED, by, now, note)
            row.alone = oneself
            session.execute(update(ArticleRow).where(ArticleRow.id == article_id).values(approved=number))
            action = "article_approved_alone" if oneself else "article_approved"
            _write(session, now, by, action, row, reason=note if oneself else "")
            return None

    def send_back(self, article_id: str, number: int, *, by: str, now: datetime, note: str) -> Refusal | None:
        """Ask the author for changes; the author may take it back the same way."""
        with writing(self._engine) as session:
            _one_at_a_time(session)
            row = _head_row(session, article_id, number)
            if isinstance(row, Refusal) or row.state != State.IN_REVIEW:
                return row if isinstance(row, Refusal) else Refusal.STATE
            _decide(row, State.SENT_BACK, by, now, note)
            _write(session, now, by, "article_sent_back", row)
            return None

    def note_remarks(self, article_id: str, number: int, remarks: dict[str, int]) -> None:
        """Remember how many findings a version has."""
        ours = (ArticleVersionRow.article_id == article_id) & (ArticleVersionRow.number == number)
        with writing(self._engine) as session:
            session.execute(update(ArticleVersionRow).where(ours).values(remarks=remarks))

    def uses(self, since: datetime) -> dict[str, int]:
        """Return in how many turns of the devices' log each article was the topic since then."""
        query = select(TalkTurnRow.topic, func.count()).where(TalkTurnRow.at >= since, TalkTurnRow.topic.is_not(None))
        with reading(self._engine) as session:
            return {str(topic): count for topic, count in session.execute(query.group_by(TalkTurnRow.topic))}


def _one_at_a_time(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})


def _saved(session: Session, article: ArticleRow, draft: Draft, by: str, now: datetime) -> Version:
    article.head += 1
    session.flush()
    row = ArticleVersionRow(
        article_id=article.id,
        number=article.head,
        id=draft.id,
        at=now,
        by=by,
        why=draft.why,
        origin=draft.origin,
        content=dict(draft.content),
        removed=draft.removed,
        state=State.DRAFT,
        note="",
        alone=False,
        remarks=dict(draft.remarks),
    )
    session.add(row)
    session.flush()
    _write(session, now, by, "article_removed" if draft.removed else "article_saved", row)
    return _version(row)


def _imported(content: Plain, by: str, now: datetime) -> dict[str, object]:
    values = {"article_id": content["id"], "number": 1, "id": uuid4(), "at": now, "by": by, "why": ""}
    values |= {"origin": IMPORTED, "content": dict(content), "removed": False, "state": str(State.APPROVED)}
    return values | {"note": "", "alone": False, "remarks": {}}


def _head_row(session: Session, article_id: str, number: int) -> ArticleVersionRow | Refusal:
    """The version, when it is still the latest.  Raises ArticleMissing."""
    article = session.get(ArticleRow, article_id)
    row = session.get(ArticleVersionRow, (article_id, number))
    if article is None or row is None:
        raise ArticleMissing(article_id, number)
    return row if article.head == number else Refusal.CHANGED


def _decide(row: ArticleVersionRow, state: State, by: str, now: datetime, note: str) -> None:
    row.state, row.decided_by, row.decided_at, row.note = state, by, now, note.strip()


def _write(session: Session, now: datetime, by: str, action: str, row: ArticleVersionRow, reason: str = "") -> None:
    detail = {"article": row.article_id, "number": row.number} | ({"because": reason} if reason else {})
    journal.add(session, at=now, actor=by, action=action, detail=detail)


def _at(session: Session, article_id: str, number: int) -> Version:
    row = session.get(ArticleVersionRow, (article_id, number))
    if row is None:
        raise ArticleMissing(article_id, number)
    return _version(row)


def _version(row: ArticleVersionRow) -> Version:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Version(**values, state=State(row.state))
