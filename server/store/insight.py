"""Topics in the database: which matters each has, and what the desk knows of their requests."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from server.insight.material import Asked, Handled
from server.insight.sentences import Solution
from server.insight.topics import Place, Topic
from server.spans import Span, in_utc
from server.store.desk_models import RatingRow, TalkRow
from server.store.engine import reading, writing
from server.store.inserting import core
from server.store.insight_models import MatterOfTopicRow, TalkReadRow, TopicRow
from server.store.models import CaseRow, EventRow, RequestRow
from server.store.solutions import solutions_of
from server.store.talk_words import Words, portions, still_there, words_at
from server.store.vault import Vault

MOST_ROWS: Final = 2_000  # in one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A matter as it was counted, without its words."""

    talk: UUID
    turn: int
    topic: str
    device: str
    at: datetime
    article_id: str | None
    ending: str
    sign: str
    complaint: bool
    suggestion: bool
    danger: bool
    typical: int | None


class InsightStore:
    """What was found out about conversations; may be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def handled(self, requests: Collection[UUID]) -> dict[UUID, Handled]:
        """Return what the desk knows of requests; those that are unknown or erased are missing."""
        found: dict[UUID, Handled] = {}
        with reading(self._engine) as session:
            for some in portions(requests):
                found |= {one.request: one for one in _handled(session, some)}
        return found

    def solutions(self, cases: Collection[UUID]) -> dict[UUID, list[Solution]]:
        """Return what agents wrote about how cases were solved."""
        with reading(self._engine) as session:
            return solutions_of(session, self._vault, cases)

    def before(self) -> dict[Place, str]:
        """Return the topic of every matter that is known."""
        query = select(MatterOfTopicRow.talk_id, MatterOfTopicRow.turn, MatterOfTopicRow.topic_id)
        with reading(self._engine) as session:
            return {(talk, turn): topic for talk, turn, topic in session.execute(query)}

    def keep(self, topics: Sequence[Topic], *, now: datetime, unread: Collection[UUID] = ()) -> int:
        """Keep what a round found in place of everything before; return how many matters it found.

        What was erased meanwhile is left out.  `unread`: conversations that could not be read: theirs stay as they were.
        """
        with writing(self._engine) as session:
            there = still_there(session, {one.talk for topic in topics for one in topic.members})
            values = [value for topic in topics for value in _values(topic) if value["talk_id"] in there]
            left = _left(session, unread)
            articles = dict(session.execute(select(TopicRow.id, TopicRow.article_id)).all())
            session.execute(delete(MatterOfTopicRow))
            for first in range(0, len(values) + len(left), MOST_ROWS):
                session.execute(core(MatterOfTopicRow).insert(), (values + left)[first : first + MOST_ROWS])
            begun = dict(session.execute(select(TopicRow.id, TopicRow.begun_at)).all())
            session.execute(delete(TopicRow))
            known = {one["topic_id"]: articles.get(one["topic_id"]) for one in left}
            known |= {topic.id: topic.article_id for topic in topics}
            rows = [
                {"id": id_, "article_id": article, "begun_at": begun.get(id_, in_utc(now))}
                for id_, article in known.items()
            ]
            if rows:
                session.execute(core(TopicRow).insert(), rows)
        return len(values)

    def matters(self, span: Span | None = None, *, topic: str | None = None, device: str | None = None) -> list[Matter]:
        """Return matters, oldest first."""
        row = MatterOfTopicRow
        query = select(row).order_by(row.at, row.talk_id, row.turn)
        if span is not None:
            query = query.where(row.at >= span.begins, row.at < span.ends)
        if topic is not None:
            query = query.where(row.topic_id == topic)
        if device is not None:
            query = query.where(row.device == device)
        with reading(self._engine) as session:
            return [_matter(one) for one in session.scalars(query)]

    def articles(self) -> Mapping[str, str | None]:
        """Return the article of every topic."""
        with reading(self._engine) as session:
            return dict(session.execute(select(TopicRow.id, TopicRow.article_id)).all())

    def typical(self, topics: Collection[str]) -> dict[str, list[str]]:
        """Return the typical wordings of topics, the most typical first; what was forgotten is left out."""
        row = MatterOfTopicRow
        query = select(row.topic_id, row.talk_id, row.turn).where(row.typical.is_not(None))
        found: dict[str, list[str]] = {topic: [] for topic in topics}
        with reading(self._engine) as session:
            rows = session.execute(query.order_by(row.topic_id, row.typical)).all()
            wanted = [one for one in rows if one.topic_id in found]
            words = words_at(session, self._vault, {(one.talk_id, one.turn) for one in wanted})
        for one in wanted:
            if (said := words.get((one.talk_id, one.turn))) and said.heard not in found[one.topic_id]:
                found[one.topic_id].append(said.heard)
        return found

    def words(self, places: Collection[Place]) -> dict[Place, Words]:
        """Return what was heard and said at places."""
        with reading(self._engine) as session:
            return words_at(session, self._vault, places)

    def lengths(self, talks: Collection[UUID]) -> dict[UUID, int]:
        """Return how many turns conversations have."""
        found: dict[UUID, int] = {}
        with reading(self._engine) as session:
            for some in portions(talks):
                query = select(TalkRow.id, TalkRow.turns).where(TalkRow.id.in_(some))
                found |= dict(session.execute(query).all())
        return found

    def devices(self) -> tuple[str, ...]:
        """Return the devices that conversations are known of."""
        with reading(self._engine) as session:
            return tuple(session.scalars(select(TalkRow.device).distinct().order_by(TalkRow.device)))

    def count(self) -> int:
        """Return how many matters are known."""
        with reading(self._engine) as session:
            return session.scalar(select(func.count()).select_from(MatterOfTopicRow)) or 0

    def tick(self, talk: UUID, *, by: str, now: datetime) -> bool:
        """Write down that somebody has read a conversation; False when it is not there."""
        with writing(self._engine) as session:
            if not still_there(session, {talk}):
                return False
            if session.get(TalkReadRow, (talk, by)) is None:
                session.add(TalkReadRow(talk_id=talk, login=by, at=in_utc(now)))
            return True

    def read_by(self, talks: Collection[UUID]) -> dict[UUID, list[str]]:
        """Return who has read conversations, in the order they did."""
        query = select(TalkReadRow).where(TalkReadRow.talk_id.in_(talks)).order_by(TalkReadRow.at, TalkReadRow.login)
        found: dict[UUID, list[str]] = {}
        with reading(self._engine) as session:
            for row in session.scalars(query):
                found.setdefault(row.talk_id, []).append(row.login)
        return found


def _handled(session: Session, requests: Sequence[UUID]) -> Iterator[Handled]:
    columns = (RequestRow.id, CaseRow.id, RequestRow.urgency, CaseRow.closed_at, CaseRow.close_reason, RatingRow.answer)
    query = (
        select(*columns)
        .join(CaseRow, CaseRow.id == RequestRow.case_id)
        .outerjoin(RatingRow, RatingRow.request_id == RequestRow.id)
        .where(RequestRow.id.in_(requests))
    )
    rows = session.execute(query).all()
    resolutions = _resolutions(session, {case for _, case, *_ in rows})
    for request, case, urgency, closed_at, reason, rating in rows:
        yield Handled(
            request=request,
            case=case,
            urgency=urgency,
            closed_at=closed_at,
            close_reason=reason,
            resolution=resolutions.get(case),
            rating=rating,
        )


def _resolutions(session: Session, cases: Collection[UUID]) -> dict[UUID, str]:
    query = select(EventRow.case_id, EventRow.resolution).where(
        EventRow.case_id.in_(cases), EventRow.resolution.is_not(None)
    )
    return {case: resolution for case, resolution in session.execute(query.order_by(EventRow.at)) if resolution}


def _left(session: Session, talks: Collection[UUID]) -> list[dict[str, Any]]:
    """Return the rows of conversations as they are, none of their words shown any more."""
    names = [column.key for column in MatterOfTopicRow.__table__.columns]
    found: list[dict[str, Any]] = []
    for some in portions(talks):
        rows = session.scalars(select(MatterOfTopicRow).where(MatterOfTopicRow.talk_id.in_(some)))
        found += [{name: getattr(row, name) for name in names} | {"typical": None} for row in rows]
    return found


def _values(topic: Topic) -> Iterable[dict[str, Any]]:
    shown = {(one.talk, one.turn): place for place, one in enumerate(topic.typical)}
    for one in topic.members:
        yield _value(topic.id, one, shown.get((one.talk, one.turn)))


def _value(topic: str, one: Asked, typical: int | None) -> dict[str, Any]:
    return {
        "talk_id": one.talk,
        "turn": one.turn,
        "topic_id": topic,
        "device": one.device,
        "at": one.at,
        "article_id": one.topic,
        "ending": one.ending.value,
        "sign": one.sign.value,
        "complaint": one.complaint,
        "suggestion": one.suggestion,
        "danger": one.danger,
        "typical": typical,
    }


def _matter(row: MatterOfTopicRow) -> Matter:
    return Matter(
        talk=row.talk_id,
        turn=row.turn,
        topic=row.topic_id,
        device=row.device,
        at=row.at,
        article_id=row.article_id,
        ending=row.ending,
        sign=row.sign,
        complaint=row.complaint,
        suggestion=row.suggestion,
        danger=row.danger,
        typical=row.typical,
    )
