"""What customers brought up, matter by matter, and how each ended: the material of topics, gaps and figures.  Pure.

A **matter** is what a customer said that is neither a reply (「はい」), nor small talk, nor the wish for a human, nor part of
a request being taken down.  Said in other words after the device asked back, it is the same matter; so it is when the same
article is answered once more.

How a matter **ended**, and by which sign:

- `voice`, solved by voice:
  - `yes`: the customer said so when asked 「解決しましたか」, or said 「解決しました」;
  - `thanks`: an article was answered, and the customer thanked or took leave;
  - `quiet`: an article was answered, nothing was said against it, no human was asked for, and the same was not asked again
    on that device within a day.
- `human`, with the sign `request`: it led to the request for a call that came of the conversation.  That is the last matter
  before the request was begun, unless its customer had said that it was solved.
- `again`, with the sign `repeated`: neither confirmed nor requested, and the same was asked again on that device within a
  day.  The later conversation counts as solved or lost, this one as neither.
- `lost`: no answer that helped, and nobody will call:
  - `refused`: the customer said that the answer did not solve it, and left;
  - `left`: left while the device asked back, or while a request was being taken down, or declined to be called;
  - `unanswered`: nothing was found, and the conversation ended.

"The same" means the same article, the same reading without politeness, or readings that sound alike by at least
`ALIKE`.  Where more than `MOST_ALIKE` conversations of one device asked the same within the day, many people stand before
it: asking again is no sign there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from intents.distance import sound_similarity
from intents.normalise import core_reading
from server.measures import RESOLVED

AGAIN_WITHIN: Final = timedelta(days=1)
ALIKE: Final = 0.8
MOST_ALIKE: Final = 3
NO_RESOLUTION: Final = "unsolved"


class Ending(StrEnum):
    """How a matter ended."""

    VOICE = "voice"
    HUMAN = "human"
    AGAIN = "again"
    LOST = "lost"


class Sign(StrEnum):
    """By what it is told, see the module."""

    YES = "yes"
    THANKS = "thanks"
    QUIET = "quiet"
    REQUEST = "request"
    REPEATED = "repeated"
    REFUSED = "refused"
    LEFT = "left"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What the desk knows of a request that came of a conversation."""

    request: UUID
    case: UUID
    urgency: str = "normal"
    closed_at: datetime | None = None
    close_reason: str | None = None
    resolution: str | None = None  # of the latest call that reached somebody
    rating: str | None = None  # the customer's answer for this request

    @property
    def solved(self) -> bool:
        """Whether it ended so that nothing is owed."""
        return self.closed_at is not None and self.close_reason in RESOLVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words of a matter, in the order they were said."""

    turn: int  # number in the conversation, from 0
    text: str  # as logged: masked; kana where the device heard kana
    reading: str  # katakana morae in normal form


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One matter of one conversation."""

    talk: UUID
    device: str
    at: datetime  # of its first words, by the device's clock
    said: tuple[Said, ...]  # at least one
    topic: str | None  # the article answered last; None: none was
    refused: tuple[str, ...] = ()  # articles the customer said did not solve it
    outcome: str = ""  # the device's own, of the last turn about it
    asked_back: int = 0  # times the device asked what was meant, or to say it again
    ending: Ending
    sign: Sign
    request: UUID | None = None  # that came of this matter
    handled: Handled | None = None  # None: none came, or the desk does not (or no longer) know it
    complaint: bool = False
    suggestion: bool = False
    danger: bool = False

    @property
    def text(self) -> str:
        """The first words."""
        return self.said[0].text

    @property
    def turn(self) -> int:
        """The number of the first words' turn: with `talk` the matter's identity."""
        return self.said[0].turn

    @property
    def reading(self) -> str:
        """How the first words sound."""
        return self.said[0].reading

    @property
    def understood_at_once(self) -> bool:
        """Whether an article was answered without asking back, and it was not the wrong one."""
        return self.topic is not None and not self.asked_back and not self.refused

    @property
    def solved(self) -> bool:
        """Whether it is known to be solved, by voice or by people."""
        return self.ending is Ending.VOICE or (self.handled is not None and self.handled.solved)


def with_repetitions(asked: Sequence[Asked]) -> list[Asked]:
    """Return them in the order of time, those whose customer asked the same again within a day as `again`."""
    ordered = sorted(asked, key=lambda one: (one.at, str(one.talk), one.turn))
    by_device: dict[str, list[int]] = {}
    for place, one in enumerate(ordered):
        by_device.setdefault(one.device, []).append(place)
    for places in by_device.values():
        for number, place in enumerate(places):
            if _may_be_repeated(ordered[place]) and _is_repeated(ordered, places, number):
                ordered[place] = replace(ordered[place], ending=Ending.AGAIN, sign=Sign.REPEATED)
    return ordered


def with_handled(asked: Sequence[Asked], handled: Mapping[UUID, Handled]) -> list[Asked]:
    """Return them with what the desk knows of their requests."""
    return [
        replace(one, handled=known) if one.request is not None and (known := handled.get(one.request)) else one
        for one in asked
    ]


def are_the_same(one: Asked, other: Asked) -> bool:
    """Whether two matters are the same, see the module."""
    if one.topic is not None and one.topic == other.topic:
        return True
    readings = core_reading(one.reading), core_reading(other.reading)
    return readings[0] == readings[1] or sound_similarity(*readings) >= ALIKE


def _may_be_repeated(one: Asked) -> bool:
    return one.ending in (Ending.VOICE, Ending.LOST) and one.sign not in (Sign.YES, Sign.THANKS)


def _is_repeated(ordered: Sequence[Asked], places: Sequence[int], number: int) -> bool:
    one = ordered[places[number]]
    talks: set[UUID] = set()
    for place in places[number + 1 :]:
        later = ordered[place]
        if later.at - one.at > AGAIN_WITHIN or len(talks) >= MOST_ALIKE:
            break
        if later.talk != one.talk and are_the_same(one, later):
            talks.add(later.talk)
    return 0 < len(talks) < MOST_ALIKE
