"""Whom devices ask how things are some days after a case was solved, and what was said; erased with the case.

A story is named by the latest request of its case, and only the device that sent that is let ask: once, ever.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from server.articles import ArticleDirectory
from server.errors import KeyInvalid
from server.measures import RESOLVED
from server.notices import Kind, ToTell, customer_digest
from server.spans import in_utc
from server.store import journal
from server.store.customers import CustomerStore
from server.store.desk_models import DeviceRow
from server.store.engine import reading, writing
from server.store.models import CaseRow, RequestRow
from server.store.notice_models import StoryRow
from server.store.rows import phone_of
from server.store.sent_requests import Sent
from server.store.vault import Vault
from server.stories import Answer, Asked, StoryGiven, StoryRules, question

ASKED: Final = "story_asked"  # the journal's words
ANSWERED: Final = "story_answered"
SHOWN_FOR: Final = timedelta(days=30)  # that things are not well
SAFETY_RANK: Final = 0


class StoryStore:
    """May be shared by threads."""

    def __init__(
        self, engine: Engine, vault: Vault, customers: CustomerStore, articles: ArticleDirectory, rules: StoryRules
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._customers = customers
        self._articles = articles
        self._rules = rules

    def of_device(self, device_id: str, *, now: datetime) -> tuple[ToTell, ...]:
        """Return what this device asks its remembered customers now."""
        moment = in_utc(now)
        with reading(self._engine) as session:
            found = [
                one for case in session.scalars(self._solved(device_id, moment)) if (one := self._last(session, case))
            ]
            device = session.get(DeviceRow, device_id) if found else None
            if device is None:
                return ()
            ours = [(case, row, phone) for case, row, phone in found if row.device == device_id]
            asked = [one for one in ours if not self._is_overtaken(session, one[0], one[2])]
            profiles = self._customers.profiles([phone for _, _, phone in asked])
            agreed = [one for one in asked if profiles[one[2]].may_ask_after is not None]
            return tuple(
                self._to_tell(case, row.id, customer_digest(device.token_digest, phone)) for case, row, phone in agreed
            )

    def keep(self, sent: Sent, given: StoryGiven, *, device: str, by: str, now: datetime) -> bool:
        """Keep that it was asked, or what was said; the same again changes nothing.  False where the case was erased."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            case = session.get(CaseRow, sent.case_id, with_for_update=True) if sent.case_id else None
            if case is None:
                return False
            row = session.get(StoryRow, sent.request_id)
            if row is not None and (given.answer is Answer.NONE or row.answer == given.answer):
                return True
            if row is None:
                row = StoryRow(id=sent.request_id, case_id=case.id, device=device, asked_at=given.at)
                session.add(row)
            is_answered = given.answer is not Answer.NONE
            row.answer, row.received_at, row.answered_at = given.answer.value, moment, given.at if is_answered else None
            action = ANSWERED if is_answered else ASKED
            journal.add(session, at=moment, actor=by, action=action, case_id=case.id, detail={})
            return True

    def of_cases(self, case_ids: Sequence[UUID]) -> tuple[Asked, ...]:
        """Return what was asked about some cases, in its order."""
        query = select(StoryRow).where(StoryRow.case_id.in_(case_ids)).order_by(StoryRow.asked_at, StoryRow.id)
        with reading(self._engine) as session:
            return tuple(self._asked(session, row) for row in session.scalars(query))

    def unwell(self, *, now: datetime) -> tuple[Asked, ...]:
        """Return where things are not well lately and no call was asked for since, the latest first."""
        query = select(StoryRow).where(
            StoryRow.answer == Answer.UNWELL.value, StoryRow.received_at > in_utc(now) - SHOWN_FOR
        )
        with reading(self._engine) as session:
            rows = session.scalars(query.order_by(StoryRow.received_at.desc(), StoryRow.id)).all()
            return tuple(one for one in (self._asked(session, row) for row in rows) if one.is_open)

    def _solved(self, device_id: str, now: datetime) -> Select[CaseRow]:
        """Cases solved some days ago of which nobody was asked, and of which a request came from this device."""
        return (
            select(CaseRow)
            .where(
                CaseRow.closed_at.is_not(None),
                CaseRow.closed_at <= now - self._rules.after,
                CaseRow.closed_at > now - self._rules.after - self._rules.lasts,
                CaseRow.close_reason.in_(RESOLVED),
                exists().where(RequestRow.case_id == CaseRow.id, RequestRow.device == device_id),
                ~exists().where(StoryRow.case_id == CaseRow.id),
            )
            .order_by(CaseRow.closed_at, CaseRow.id)
        )

    def _last(self, session: Session, case: CaseRow) -> tuple[CaseRow, RequestRow, str] | None:
        """The latest request of a case, and its number; None for what cannot be opened any more."""
        requests = select(RequestRow).where(RequestRow.case_id == case.id)
        row = session.scalars(requests.order_by(RequestRow.received_at.desc(), RequestRow.id).limit(1)).first()
        try:
            return (case, row, phone_of(row, self._vault)) if row else None
        except KeyInvalid:
            return None

    def _is_overtaken(self, session: Session, case: CaseRow, phone: str) -> bool:
        """Whether the customer has a later matter, to be spoken of first, or one of danger that is open."""
        later_open = and_(CaseRow.closed_at.is_(None), CaseRow.opened_at > case.opened_at)
        danger = and_(CaseRow.closed_at.is_(None), CaseRow.urgency_rank == SAFETY_RANK)
        later_solved = and_(CaseRow.close_reason.in_(RESOLVED), CaseRow.closed_at > case.closed_at)
        theirs = select(CaseRow.id).where(
            CaseRow.phone_digest.in_(self._vault.digests(phone)),
            CaseRow.id != case.id,
            or_(later_open, danger, later_solved),
        )
        return session.scalars(theirs.limit(1)).first() is not None

    def _to_tell(self, case: CaseRow, story_id: UUID, customer: str) -> ToTell:
        closed_at = case.closed_at or case.opened_at
        text, readings = question(
            case.topic,
            self._articles.titles().get(case.topic),
            self._articles.card(case.topic),
            is_safety=case.urgency_rank == SAFETY_RANK,
            rules=self._rules,
        )
        return ToTell(
            id=story_id, text=text, readings=readings, kind=Kind.STORY, begins=self._rules.begins(closed_at),
            ends=self._rules.ends(closed_at), customer=customer, topic=case.topic,
        )  # fmt: skip

    def _asked(self, session: Session, row: StoryRow) -> Asked:
        return Asked(
            id=row.id, case_id=row.case_id, answer=Answer(row.answer), asked_at=row.asked_at, answered_at=row.answered_at,
            is_open=row.answer == Answer.UNWELL.value and not self._has_asked_since(session, row),
        )  # fmt: skip

    def _has_asked_since(self, session: Session, row: StoryRow) -> bool:
        """Whether the customer asked for a call after it, in whichever case."""
        case = session.get(CaseRow, row.case_id)
        last = self._last(session, case) if case else None
        digests = self._vault.digests(last[2]) if last else (case.phone_digest,) if case else ()
        since = select(RequestRow.id).join(CaseRow, RequestRow.case_id == CaseRow.id)
        theirs = since.where(CaseRow.phone_digest.in_(digests), RequestRow.received_at > row.received_at)
        return session.scalars(theirs.limit(1)).first() is not None
