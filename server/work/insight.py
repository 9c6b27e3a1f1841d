"""Finding out what customers ask about and what the knowledge base lacks: every night, and when somebody wants it now."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from server.insight.gaps import found_gaps
from server.insight.material import Asked, with_handled, with_repetitions
from server.insight.matters import matters_in
from server.insight.solving import Solutions
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
READ, GROUPED = 60, 90  # percent of a round that is over when all was read, and when all was grouped
NIGHTLY, WANTED, AFRESH, DONE, TURN, PROGRESS, UNREADABLE = (
    "insight",
    "insight_wanted",
    "insight_afresh",
    "insight_done",
    "insight_turn",
    "insight_progress",
    "insight_unreadable",
)  # names in the table of followers
Far = Callable[[int], object]  # told how far a round is, in percent
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """How much a round found."""

    matters: int
    topics: int
    proposals: int
    unreadable: int = 0  # conversations whose words do not open: a key is missing, or a row is damaged


def find_out(office: Office, *, afresh: bool = False, far: Far = lambda _percent: None) -> Found:
    """Group all conversations the desk keeps, and find the gaps.  `afresh`: topics may fall apart and join, see `topics.anew`.

    `far` hears how far it is, in percent.
    """
    asked, unread = _read(office, far)
    before, titles = office.insight.before(), office.articles.titles()
    beside = sorted(titles.values())
    topics = anew(asked, before=before, beside=beside) if afresh else grouped(asked, before=before, beside=beside)
    far(GROUPED)
    now = office.clock()
    office.insight.keep(topics, now=now, unread=unread)
    set_done_on(office.engine, UNREADABLE, len(unread))
    cards = {id_: card for id_ in sorted(titles) if (card := office.articles.card(id_)) is not None}
    written = WrittenWords(office.editing.articles.approved(), cards)
    gaps = found_gaps(
        topics,
        titles=titles,
        answers={id_: card.answer for id_, card in cards.items()},
        solutions=_solutions(office, topics),
        has_words=written.has,
        sounds_like=written.is_like,
        dangers=[id_ for id_, card in cards.items() if card.safety],
    )
    office.proposals.keep(gaps, now=now)
    return Found(len(asked), len(topics), len(gaps), len(unread))


def material(office: Office) -> list[Asked]:
    """Return what customers brought up, with what became of it; the latest matters, in the order of time."""
    return _read(office, lambda _percent: None)[0]


def unreadable(office: Office) -> int:
    """Return how many conversations the latest round could not read."""
    return done_on(office.engine, UNREADABLE)


def want(office: Office, *, now: datetime) -> None:
    """Ask for a round soon: within a minute where background work runs."""
    set_done_on(office.engine, WANTED, int(now.timestamp()))


def want_afresh(office: Office, *, now: datetime) -> bool:
    """Ask for a round that groups everything anew; False when one was asked for already and has not ended."""
    if done_on(office.engine, AFRESH):
        return False
    set_done_on(office.engine, AFRESH, int(now.timestamp()))
    return True


def is_wanted(office: Office) -> bool:
    """Whether a round was asked for and has not ended yet."""
    return is_wanted_afresh(office) or done_on(office.engine, WANTED) > done_on(office.engine, DONE)


def is_wanted_afresh(office: Office) -> bool:
    """Whether one was asked for that groups everything anew."""
    return done_on(office.engine, AFRESH) > 0


def progress(office: Office) -> int:
    """Return how far the round is that is going on, in percent; 0 while none is."""
    return done_on(office.engine, PROGRESS)


def due_round(office: Office) -> Found | None:
    """Find out when it is wanted, or night; one process of many does.  None: it was not due."""
    now = office.clock()
    today = now.astimezone(TOKYO).date().toordinal()
    is_night = now.astimezone(TOKYO).hour >= NIGHTLY_HOUR and done_on(office.engine, NIGHTLY) != today
    wanted = is_wanted(office)
    if not (is_night or wanted) or not take_turn(office.engine, TURN, now, TURN_LASTS):
        return None
    began, afresh = int(now.timestamp()), is_wanted_afresh(office)
    try:
        found = find_out(office, afresh=afresh, far=lambda percent: set_done_on(office.engine, PROGRESS, percent))
    finally:
        set_done_on(office.engine, PROGRESS, 0)
    done = {DONE: began, NIGHTLY: today} | ({AFRESH: 0} if afresh else {})
    for name, moment in done.items():
        set_done_on(office.engine, name, moment)
    set_done_on(office.engine, TURN, 0)  # it may be wanted again at once; a failed one is tried when its turn is over
    _log.info("insight: %d matters, %d topics, %d proposals", found.matters, found.topics, found.proposals)
    if found.unreadable:
        _log.warning("insight: %d conversations could not be read: `koemado desk check`", found.unreadable)
    return found


def _read(office: Office, far: Far) -> tuple[list[Asked], frozenset[UUID]]:
    """Return the matters, and the conversations on the way to them that could not be read."""
    unread: set[UUID] = set()
    asked = list(islice(matters_in(_talks(office, unread.add, far)), MOST_MATTERS))
    handled = office.insight.handled({one.request for one in asked if one.request is not None})
    return with_handled(with_repetitions(asked), handled), frozenset(unread)


def _talks(office: Office, unread: Callable[[UUID], object], far: Far) -> Iterator[LoggedConversation]:
    """Yield conversations, the one heard of last first; `unread` is told of those that do not open."""
    last, total, read = None, max(1, office.talks.count()), 0
    while some := office.talks.conversations(after=last, limit=PORTION):
        for one in some:
            if one.is_readable:
                yield one.conversation
            else:
                unread(one.conversation.id)
        last, read = some[-1], read + len(some)
        far(max(1, READ * min(read, total) // total))


def _solutions(office: Office, topics: tuple[Topic, ...]) -> Solutions:
    cases = {one.handled.case for topic in topics for one in topic.members if one.handled and one.handled.solved}
    written = office.insight.solutions(cases)
    return lambda case: written.get(case, ())
