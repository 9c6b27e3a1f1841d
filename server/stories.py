"""「先日の件は、いかがですか」: whom it is asked about what and when, and the answer on the wire.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import ConfigDict

from server.articles import ArticleCard
from server.labels import label
from server.notices import problem_of_readings
from server.wire import Moment, WireModel

LONGEST_TITLE: Final = 40  # signs; a longer one is no matter that is named in passing


class Answer(StrEnum):
    """What the customer said."""

    WELL = "well"
    UNWELL = "unwell"
    OTHER = "other"  # neither, or that it was somebody else
    NONE = "none"  # asked, and not answered yet


class StoryGiven(WireModel):
    """What was said, and when, by the device's clock; a later answer takes the place of `none`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"answer": "well", "at": "2026-11-28T10:00:00+09:00"}]})
    answer: Answer
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """That it was asked, and what came of it."""

    id: UUID
    case_id: UUID
    answer: Answer
    asked_at: datetime
    answered_at: datetime | None
    is_open: bool = False  # things are not well, and no call was asked for since


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRules:
    """When it is asked, from the settings."""

    after: timedelta = timedelta(days=3)  # the case was closed
    lasts: timedelta = timedelta(days=11)
    private_topics: tuple[str, ...] = ()  # never named: the whole topic, or its beginning up to a hyphen

    def begins(self, closed_at: datetime) -> datetime:
        """Return from when it may be asked."""
        return closed_at + self.after

    def ends(self, closed_at: datetime) -> datetime:
        """Return until when."""
        return closed_at + self.after + self.lasts

    def is_private(self, topic: str) -> bool:
        """Whether a household is not to hear what it was about."""
        return topic in self.private_topics or topic.partition("-")[0] in self.private_topics


def question(
    topic: str, title: str | None, card: ArticleCard | None, *, is_safety: bool, rules: StoryRules
) -> tuple[str, Mapping[str, str]]:
    """Return what is asked, and its readings: the topic in words, or none where it is private or has no title."""
    is_private = is_safety or rules.is_private(topic) or (card is not None and card.safety)
    if not title or is_private or len(title) > LONGEST_TITLE:
        return label("story_question", "plain"), {}
    readings = {word: kana for word, kana in (card.readings if card else {}).items() if word in title}
    if problem_of_readings(readings):
        readings = {}
    return label("story_question", "about").format(title=title), readings
