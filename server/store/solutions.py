"""How agents solved cases: what they wrote about their calls, and notes where they wrote nothing there."""

from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.attempts import Attempt
from server.errors import KeyInvalid
from server.insight.sentences import Solution
from server.store import rows
from server.store.desk_models import NoteRow
from server.store.models import EventRow, RequestRow
from server.store.talk_words import portions
from server.store.vault import Vault


def solutions_of(session: Session, vault: Vault, cases: Collection[UUID]) -> dict[UUID, list[Solution]]:
    """Return what agents wrote about cases, oldest first, with the names to mask.

    What does not open is left out; where a name does not, all of the case: nobody could mask it.
    """
    found: dict[UUID, list[Solution]] = {}
    for some in portions(cases):
        names, nameless = _names(session, vault, some)
        known = [case for case in some if case not in nameless]
        written = _of_calls(session, vault, known)
        noted = _of_notes(session, vault, [case for case in known if case not in written])
        for case, texts in (written | noted).items():
            found[case] = [
                Solution(case=case, source=source, text=text, names=names.get(case, ())) for source, text in texts
            ]
    return found


def _of_calls(session: Session, vault: Vault, cases: Collection[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    query = select(EventRow).where(EventRow.case_id.in_(cases), EventRow.how_solved_locked.is_not(None))
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for row in session.scalars(query.order_by(EventRow.at, EventRow.id)):
        with suppress(KeyInvalid):
            event = rows.call_event(row, vault)
            if isinstance(event, Attempt):
                found[row.case_id].append((row.id, event.how_solved))
    return found


def _of_notes(session: Session, vault: Vault, cases: Collection[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    query = select(NoteRow).where(NoteRow.case_id.in_(cases)).order_by(NoteRow.at, NoteRow.id)
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for row in session.scalars(query):
        with suppress(KeyInvalid):
            found[row.case_id].append((row.id, vault.open(row.text_locked, f"notes.text.{row.id}")))
    return found


def _names(
    session: Session, vault: Vault, cases: Collection[UUID]
) -> tuple[dict[UUID, tuple[str, ...]], frozenset[UUID]]:
    """Return the names of each case, and the cases of which one does not open."""
    nameless = set()
    found: dict[UUID, set[str]] = defaultdict(set)
    for row in session.scalars(select(RequestRow).where(RequestRow.case_id.in_(cases))):
        try:
            who = rows.who(row, vault)
        except KeyInvalid:
            nameless.add(row.case_id)
            continue
        for writing in (who["name"], who["reading"]):
            if writing:
                found[row.case_id] |= {writing, *writing.split()}
    return {case: tuple(sorted(names)) for case, names in found.items()}, frozenset(nameless)
