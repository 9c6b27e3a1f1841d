"""Topics as managers read them: how many, how many more than before, how they ended.  Pure.

Counts are of conversations, not of matters; one that asked the same twice counts once, by its latest matter.  Shares are of
all conversations of a topic but those that ended `again`: their customers came back, and the later conversation counts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from server.insight.material import Ending
from server.periods import Period
from server.spans import TOKYO

MOST_POINTS: Final = 31  # of a trend; longer periods are told week by week
WEEK: Final = 7


class Counted(Protocol):
    """A matter without its words."""

    @property
    def talk(self) -> UUID: ...  # noqa: D102
    @property
    def turn(self) -> int: ...  # noqa: D102
    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def at(self) -> datetime: ...  # noqa: D102
    @property
    def ending(self) -> str: ...  # noqa: D102
    @property
    def complaint(self) -> bool: ...  # noqa: D102
    @property
    def danger(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One topic in a period."""

    topic: str
    count: int  # conversations
    before: int  # in the period of the same length before it
    endings: Mapping[str, int]  # conversations by how they ended
    complaints: int
    dangers: int
    trend: tuple[int, ...]  # conversations in each of `steps_of` the period

    def share(self, ending: str) -> float | None:
        """Share that ended so, 0 to 1, of all but those who came back; None when there are none."""
        whole = self.count - self.endings.get(Ending.AGAIN.value, 0)
        return self.endings.get(ending, 0) / whole if whole else None


def voices_of(matters: Iterable[Counted], period: Period, *, ending: str | None = None) -> tuple[Voice, ...]:
    """Return the topics of a period, the largest first; `matters` reach back one period more, see `with_before`.

    `ending`: only conversations that ended so.
    """
    latest = _latest(one for one in matters if ending is None or one.ending == ending)
    found: dict[str, list[Counted]] = defaultdict(list)
    before = Counter[str]()
    for one in latest:
        if period.span.begins <= one.at < period.span.ends:
            found[one.topic].append(one)
        elif one.at < period.span.begins:
            before[one.topic] += 1
    voices = [_voice(topic, members, before[topic], period) for topic, members in found.items()]
    return tuple(sorted(voices, key=lambda one: (-one.count, one.topic)))


def with_before(period: Period) -> Period:
    """Return a period and the one of the same length before it, as far as a period may reach."""
    try:
        return Period(period.first - timedelta(days=period.days), period.last)
    except (ValueError, OverflowError):
        return period


def steps_of(period: Period) -> tuple[date, ...]:
    """Return the first day of each step of a trend: days, or weeks of a long period."""
    step = 1 if period.days <= MOST_POINTS else WEEK
    return tuple(period.first + timedelta(days=n) for n in range(0, period.days, step))


def in_total(voices: Sequence[Voice]) -> Voice:
    """Return all topics together."""
    endings = Counter[str]()
    for one in voices:
        endings.update(one.endings)
    return Voice(
        topic="",
        count=sum(one.count for one in voices),
        before=sum(one.before for one in voices),
        endings=dict(endings),
        complaints=sum(one.complaints for one in voices),
        dangers=sum(one.dangers for one in voices),
        trend=tuple(sum(at) for at in zip(*(one.trend for one in voices), strict=True)),
    )


def _latest(matters: Iterable[Counted]) -> list[Counted]:
    """Return one matter for each conversation and topic: the latest."""
    found: dict[tuple[UUID, str], Counted] = {}
    for one in matters:
        known = found.get((one.talk, one.topic))
        if known is None or one.turn > known.turn:
            found[one.talk, one.topic] = one
    return list(found.values())


def _voice(topic: str, members: Sequence[Counted], before: int, period: Period) -> Voice:
    step = 1 if period.days <= MOST_POINTS else WEEK
    at = Counter((one.at.astimezone(TOKYO).date() - period.first).days // step for one in members)
    return Voice(
        topic=topic,
        count=len(members),
        before=before,
        endings=dict(Counter(one.ending for one in members)),
        complaints=sum(one.complaint for one in members),
        dangers=sum(one.danger for one in members),
        trend=tuple(at[number] for number in range(len(steps_of(period)))),
    )
