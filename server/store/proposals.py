"""What the knowledge base lacks, as it was found, and what people decided about it.

Kept are numbers and where the words stand; the words are read anew from conversations, calls and notes each time.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, delete, select
from sqlalchemy.orm import Session

from server.articles import ArticleDirectory
from server.insight.proposals import Evidence, Kind, Proposal, Sentence, State, Wording, comes_back
from server.insight.sentences import sentence_at
from server.spans import in_utc
from server.store import journal
from server.store.engine import reading, writing
from server.store.insight_models import ProposalRow, ProposalSentenceRow, ProposalWordingRow
from server.store.solutions import solutions_of
from server.store.talk_words import still_there, words_at
from server.store.vault import Vault

_COUNTS = ("asked", "not_understood", "asked_back", "refused", "to_human", "lost", "solved_by_people")
_DECIDED = {
    State.ACCEPTED: "proposal_accepted",
    State.DECLINED: "proposal_declined",
    State.OPEN: "proposal_reopened",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A proposal and what became of it."""

    proposal: Proposal
    state: State
    made_at: datetime
    decided_by: str | None  # a login
    decided_at: datetime | None


class ProposalStore:
    """Proposals in a database; may be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault, articles: ArticleDirectory) -> None:
        self._engine = engine
        self._vault = vault
        self._articles = articles

    def keep(self, proposals: Iterable[Proposal], *, now: datetime) -> None:
        """Keep what a round found.  Open ones that it did not find are gone; decided ones stay as they are.

        A declined one is open again when much more came, see `comes_back`.
        """
        found = {one.id: one for one in proposals}
        moment = in_utc(now)
        with writing(self._engine) as session:
            there = still_there(session, _talks(found.values()), _cases(found.values()))
            rows = {row.id: row for row in session.scalars(select(ProposalRow).with_for_update())}
            gone = [id_ for id_, row in rows.items() if row.state == State.OPEN and id_ not in found]
            session.execute(delete(ProposalRow).where(ProposalRow.id.in_(gone)))
            for id_ in sorted(found):
                _keep(session, rows.get(id_), _only(found[id_], there), moment)

    def listed(
        self, *, state: State | None = State.OPEN, kind: Kind | None = None, limit: int = 200
    ) -> tuple[Kept, ...]:
        """Return those of a state (None: of any), the ones that help most customers first."""
        conditions: list[ColumnElement[bool]] = []
        if state is not None:
            conditions.append(ProposalRow.state == state.value)
        if kind is not None:
            conditions.append(ProposalRow.kind == kind.value)
        query = (
            select(ProposalRow).where(*conditions).order_by(ProposalRow.helped.desc(), ProposalRow.kind, ProposalRow.id)
        )
        with reading(self._engine) as session:
            return self._read(session, session.scalars(query.limit(limit)).all())

    def get(self, proposal_id: str) -> Kept | None:
        """Return one, or None."""
        with reading(self._engine) as session:
            row = session.get(ProposalRow, proposal_id)
            return self._read(session, [row])[0] if row else None

    def decide(self, proposal_id: str, state: State, *, by: str, now: datetime) -> bool:
        """Accept, decline or reopen; False when there is no such proposal.  It is written into the journal."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            row = session.get(ProposalRow, proposal_id, with_for_update=True)
            if row is None:
                return False
            row.state = state.value
            row.decided_by, row.decided_at = (None, None) if state is State.OPEN else (by, moment)
            row.decided_helped = None if state is State.OPEN else row.helped
            detail = {"proposal": row.id, "proposed": row.kind}
            journal.add(session, at=moment, actor=by, action=_DECIDED[state], detail=detail)
            return True

    def _read(self, session: Session, rows: Sequence[ProposalRow]) -> tuple[Kept, ...]:
        ids = [row.id for row in rows]
        wordings = self._wordings(session, ids)
        sentences = self._sentences(session, ids)
        return tuple(self._kept(row, wordings[row.id], sentences[row.id]) for row in rows)

    def _wordings(self, session: Session, ids: Sequence[str]) -> Mapping[str, list[Wording]]:
        query = select(ProposalWordingRow).where(ProposalWordingRow.proposal_id.in_(ids))
        rows = session.scalars(query.order_by(ProposalWordingRow.proposal_id, ProposalWordingRow.place)).all()
        words = words_at(session, self._vault, {(row.talk_id, row.turn) for row in rows})
        found: dict[str, list[Wording]] = defaultdict(list)
        for row in rows:
            if said := words.get((row.talk_id, row.turn)):
                found[row.proposal_id].append(
                    Wording(text=said.heard, count=row.count, talk=row.talk_id, turn=row.turn)
                )
        return found

    def _sentences(self, session: Session, ids: Sequence[str]) -> Mapping[str, list[Sentence]]:
        query = select(ProposalSentenceRow).where(ProposalSentenceRow.proposal_id.in_(ids))
        rows = session.scalars(query.order_by(ProposalSentenceRow.proposal_id, ProposalSentenceRow.place)).all()
        written = {
            one.source: one
            for case in solutions_of(session, self._vault, {row.case_id for row in rows}).values()
            for one in case
        }
        found: dict[str, list[Sentence]] = defaultdict(list)
        for row in rows:
            source = written.get(row.source_id)
            sentence = sentence_at(source, row.sentence) if source else None
            if sentence:
                found[row.proposal_id].append(sentence)
        return found

    def _kept(self, row: ProposalRow, wordings: Sequence[Wording], sentences: Sequence[Sentence]) -> Kept:
        counts: dict[str, Any] = {name: getattr(row, name) for name in _COUNTS}
        proposal = Proposal(
            id=row.id,
            kind=Kind(row.kind),
            article_id=row.article_id,
            title=self._title(row, wordings),
            wordings=tuple(wordings),
            sentences=tuple(sentences),
            evidence=Evidence(**counts, first_at=row.first_at, last_at=row.last_at, topic=row.topic_id),
            helped=row.helped,
        )
        return Kept(
            proposal=proposal,
            state=State(row.state),
            made_at=row.made_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
        )

    def _title(self, row: ProposalRow, wordings: Sequence[Wording]) -> str:
        if row.article_id is not None:
            return self._articles.titles().get(row.article_id, row.article_id)
        return wordings[0].text if wordings else ""


def _talks(given: Iterable[Proposal]) -> set[UUID]:
    return {wording.talk for one in given for wording in one.wordings}


def _cases(given: Iterable[Proposal]) -> set[UUID]:
    return {sentence.case for one in given for sentence in one.sentences}


def _only(given: Proposal, there: Collection[UUID]) -> Proposal:
    """Return it without the words of conversations and cases that are gone."""
    return replace(
        given,
        wordings=tuple(one for one in given.wordings if one.talk in there),
        sentences=tuple(one for one in given.sentences if one.case in there),
    )


def _keep(session: Session, row: ProposalRow | None, given: Proposal, now: datetime) -> None:
    if row is not None and row.state != State.OPEN:
        if row.state == State.ACCEPTED or not comes_back(declined_with=row.decided_helped or 0, helped=given.helped):
            return
        row.decided_by = row.decided_at = row.decided_helped = None
    if row is None:
        row = ProposalRow(id=given.id, kind=given.kind.value, article_id=given.article_id, made_at=now)
        session.add(row)
    row.state, row.found_at, row.helped, row.topic_id = State.OPEN.value, now, given.helped, given.evidence.topic
    for name, value in asdict(given.evidence).items():
        if name != "topic":
            setattr(row, name, value)
    session.flush()
    _replace(session, given.id, given)


def _replace(session: Session, id_: str, given: Proposal) -> None:
    session.execute(delete(ProposalWordingRow).where(ProposalWordingRow.proposal_id == id_))
    session.execute(delete(ProposalSentenceRow).where(ProposalSentenceRow.proposal_id == id_))
    session.add_all(
        ProposalWordingRow(proposal_id=id_, place=place, talk_id=one.talk, turn=one.turn, count=one.count)
        for place, one in enumerate(_titled_first(given))
    )
    session.add_all(
        ProposalSentenceRow(proposal_id=id_, place=place, case_id=one.case, source_id=one.source, sentence=one.place)
        for place, one in enumerate(given.sentences)
    )


def _titled_first(given: Proposal) -> list[Wording]:
    """The wording that names a new article stands first; the rest keeps its order."""
    return sorted(given.wordings, key=lambda one: given.article_id is None and one.text != given.title)


Place = tuple[UUID, int]
