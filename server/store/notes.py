"""Staff-only notes on cases, encrypted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, select

from server.errors import CaseUnknown
from server.spans import in_utc
from server.store import journal
from server.store.desk_models import NoteRow
from server.store.engine import reading, writing
from server.store.inserting import insert_if_new
from server.store.models import CaseRow
from server.store.vault import Vault

LONGEST: Final = 4_000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody wrote about a case; customers never see it."""

    id: UUID  # made by the page, so that a double click is one note
    author: str
    at: datetime
    text: str


class NoteStore:
    """Notes in a database; may be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def add(self, case_id: UUID, note: Note) -> bool:
        """Keep it; False when its id is known.  Raises CaseUnknown."""
        locked = self._vault.lock(note.text[:LONGEST], _place(note.id))
        values = {"id": note.id, "case_id": case_id, "author": note.author, "at": note.at, "text_locked": locked}
        with writing(self._engine) as session:
            case = select(CaseRow.id).where(CaseRow.id == case_id)
            if session.scalar(case.with_for_update(read=True, key_share=True)) is None:  # an erasure waits, or is over
                raise CaseUnknown(case_id)
            new = session.scalar(insert_if_new(session, NoteRow).values(values).returning(NoteRow.id)) is not None
            if new:
                journal.add(session, at=in_utc(note.at), actor=note.author, action="note", case_id=case_id)
            return new

    def of_case(self, case_id: UUID) -> tuple[Note, ...]:
        """Return them, oldest first."""
        query = select(NoteRow).where(NoteRow.case_id == case_id).order_by(NoteRow.at, NoteRow.id)
        with reading(self._engine) as session:
            return tuple(
                Note(id=row.id, author=row.author, at=row.at, text=self._vault.open(row.text_locked, _place(row.id)))
                for row in session.scalars(query)
            )


def _place(note_id: UUID) -> str:
    return f"notes.text.{note_id}"
