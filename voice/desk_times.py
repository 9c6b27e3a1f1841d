"""Which of the desk's free times a customer is asked about and told, whichever way the desk is reached."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from intents.when_types import Window, Wishes
from server.desk import CallbackDesk
from server.spans import Span
from server.wire import Urgency
from voice.desk_calls import Matter, window_of
from voice.desk_request import topic_of

SLOTS_TOLD: Final = 3  # of each window, early, middle and late: more nobody remembers
SLOTS_ASKED: Final = 10  # of each window
MOST_ASKED: Final = 4  # windows the desk is asked about

Told = TypeVar("Told")


def wished_spans(wishes: Wishes) -> Sequence[Span]:
    """Return what the desk is asked about: it need not be asked where nobody is ever there."""
    open_ones = [window for window in wishes.windows if not window.outside_hours]
    return [Span(window.begins, window.ends) for window in open_ones[:MOST_ASKED]]


def told_of(found: Sequence[Span], wanted: Span) -> Sequence[Span]:
    """Return some of what begins then; where nothing does, the first of what the desk has instead."""
    fitting = sorted(span for span in found if wanted.begins <= span.begins < wanted.ends)
    return spread(fitting) or found[:SLOTS_TOLD]


def spread(times: Sequence[Told]) -> Sequence[Told]:
    """The first, the last, and what lies evenly between: 「午後」 is not three half hours in a row."""
    if len(times) <= SLOTS_TOLD:
        return times
    return [times[place * (len(times) - 1) // (SLOTS_TOLD - 1)] for place in range(SLOTS_TOLD)]


def windows_of(answers: Iterable[Iterable[Span]]) -> tuple[Window, ...]:
    """Return what the desk has for all that was wished, soonest first, each time once, by Tokyo's clock."""
    found = {span for spans in answers for span in spans}
    return tuple(window for span in sorted(found) if (window := window_of(span)))


def free_within(desk: CallbackDesk, wishes: Wishes, matter: Matter) -> tuple[Window, ...]:
    """Return what a desk in this process has free, soonest first.  Raises DeskError."""

    def offered(wanted: Span) -> Sequence[Span]:
        urgency = Urgency(matter.weight)
        slots = desk.offers(
            topic=topic_of(matter), urgency=urgency, wanted=[wanted], count=SLOTS_ASKED, phone=matter.phone
        )
        return [slot.span for slot in slots]

    return free_of(wishes, offered)


def free_of(wishes: Wishes, offered: Callable[[Span], Sequence[Span]]) -> tuple[Window, ...]:
    """Return what is told of the times `offered` for each of the wishes, soonest first."""
    return windows_of(told_of(offered(wanted), wanted) for wanted in wished_spans(wishes))
