"""Finding out what customers ask about and what the knowledge base lacks: every night, and when somebody wants it now."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from server.insight.gaps import Solutions, found_gaps
from server.insight.material import Asked, with_handled, with_repetitions
from server.insight.matters import matters_in
from server.insight.topics import Topic, anew, grouped
from server.insight.wordings import WrittenWords
from server.office import Office
from server.spans import TOKYO
from server.store.watching import done_on, set_done_on, take_turn
from server.talks import LoggedConversation

NIGHTLY_HOUR: Final = 3  # in Tokyo
MOST_MATTERS: Final = 20_000  # the latest ones; a minute of one core
PORTION: Final = 200  # conversations read at once
TURN_LASTS: Final = timedelta(minutes=15)
NIGHTLY, WANTED, DONE, TURN = (
    "insight",
    "insight_wanted",
    "insight_done",
    "insight_turn",
)  # names in the table of followers
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """How much a round found."""

    matters: int
    topics: int
    proposals: int


def find_out(office: Office, *, afresh: bool = False) -> Found:
    """Group all conversations the desk keeps, and find the gaps.  `afresh`: topics may fall apart and join, see `topics.anew`."""
    asked = material(office)
    before, titles = office.insight.before(), office.articles.titles()
    beside = sorted(titles.values())
    topics = anew(asked, before=before, beside=beside) if afresh else grouped(asked, before=before, beside=beside)
    now = office.clock()
    office.insight.keep(topics, now=now)
    answers, solutions = _answers(office, topics), _solutions(office, topics)
    written = WrittenWords(office.editing.articles.approved())
    gaps = found_gaps(topics, titles=titles, answers=answers, solutions=solutions, has_words=written.has)
    office.proposals.keep(gaps, now=now)
    return Found(len(asked), len(topics), len(gaps))


def material(office: Office) -> list[Asked]:
    """Return what customers brought up, with what became of it; the latest matters, in the order of time."""
    asked = list(islice(matters_in(_talks(office)), MOST_MATTERS))
    handled = office.insight.handled({one.request for one in asked if one.request is not None})
    return with_handled(with_repetitions(asked), handled)


def want(office: Office, *, now: datetime) -> None:
    """Ask for a round soon: within a minute where background work runs."""
    set_done_on(office.engine, WANTED, int(now.timestamp()))


def is_wanted(office: Office) -> bool:
    """Whether a round was asked for and has not ended yet."""
    return done_on(office.engine, WANTED) > done_on(office.engine, DONE)


def due_round(office: Office) -> Found | None:
    """Find out when it is wanted, or night; one process of many does.  None: it was not due."""
    now = office.clock()
    today = now.astimezone(TOKYO).date().toordinal()
    is_night = now.astimezone(TOKYO).hour >= NIGHTLY_HOUR and done_on(office.engine, NIGHTLY) != today
    wanted = is_wanted(office)
    if not (is_night or wanted) or not take_turn(office.engine, TURN, now, TURN_LASTS):
        return None
    began = int(now.timestamp())
    found = find_out(office)
    set_done_on(office.engine, DONE, began)
    set_done_on(office.engine, NIGHTLY, today)
    set_done_on(
        office.engine, TURN, 0
    )  # it may be wanted again at once; one that failed is tried when its turn is over
    _log.info("insight: %d matters, %d topics, %d proposals", found.matters, found.topics, found.proposals)
    return found


def _talks(office: Office) -> Iterator[LoggedConversation]:
    """Yield conversations, the one heard of last first."""
    last = None
    while some := office.talks.conversations(after=last, limit=PORTION):
        yield from (one.conversation for one in some)
        last = some[-1]


def _answers(office: Office, topics: tuple[Topic, ...]) -> dict[str, str]:
    articles = {one.topic for topic in topics for one in topic.members if one.topic is not None}
    cards = (office.articles.card(article) for article in sorted(articles))
    return {card.id: card.answer for card in cards if card is not None}


def _solutions(office: Office, topics: tuple[Topic, ...]) -> Solutions:
    cases = {one.handled.case for topic in topics for one in topic.members if one.handled and one.handled.solved}
    written = office.insight.solutions(cases)
    return lambda case: written.get(case, ())
