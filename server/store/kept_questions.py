"""The desk's own questions, asked before each release."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Engine, delete, select

from server.knowledge.asking import KeptQuestion, key_of
from server.store import journal
from server.store.engine import reading, writing
from server.store.inserting import insert_if_new
from server.store.knowledge_models import KeptQuestionRow

LONGEST = 300  # signs of a question
STAFF = "staff"  # the source of what somebody typed


class QuestionStore:
    """Questions in a database; may be shared by threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, questions: Sequence[KeptQuestion], *, source: str, by: str, now: datetime) -> int:
        """Keep those that are not kept yet, whatever article they are about; return how many."""
        rows = {
            key_of(one.text)[:LONGEST]: {"id": uuid4(), "text": one.text[:LONGEST], "article_id": one.article_id}
            for one in questions
            if key_of(one.text)
        }
        with writing(self._engine) as session:
            known = set(session.scalars(select(KeptQuestionRow.text_key).where(KeptQuestionRow.text_key.in_(rows))))
            new = {key: row for key, row in rows.items() if key not in known}
            for key, row in new.items():
                values = row | {"text_key": key, "source": source, "by": by, "at": now}
                session.execute(insert_if_new(session, KeptQuestionRow).values(values))
            if new:
                journal.add(session, at=now, actor=by, action="questions_kept", detail={"questions": len(new)})
            return len(new)

    def everything(self) -> tuple[KeptQuestion, ...]:
        """Return all of them, in the order they came."""
        with reading(self._engine) as session:
            rows = session.scalars(select(KeptQuestionRow).order_by(KeptQuestionRow.at, KeptQuestionRow.text_key))
            return tuple(KeptQuestion(text=row.text, article_id=row.article_id) for row in rows)

    def of_article(self, article_id: str) -> tuple[tuple[UUID, str], ...]:
        """Return id and text of those about an article."""
        query = select(KeptQuestionRow).where(KeptQuestionRow.article_id == article_id).order_by(KeptQuestionRow.at)
        with reading(self._engine) as session:
            return tuple((row.id, row.text) for row in session.scalars(query))

    def drop(self, question_id: UUID, *, by: str, now: datetime) -> bool:
        """Ask it no more; False when there is no such question."""
        gone = delete(KeptQuestionRow).where(KeptQuestionRow.id == question_id).returning(KeptQuestionRow.article_id)
        with writing(self._engine) as session:
            article = session.scalar(gone)
            if article is None:
                return False
            journal.add(session, at=now, actor=by, action="question_dropped", detail={"article": article})
            return True
