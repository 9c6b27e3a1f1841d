"""Moving and withdrawing promised calls at the desk, while a customer waits.  Nothing here raises."""

import time
from functools import partial
from typing import Final
from uuid import UUID

from intents.new_time import Taken
from intents.news import CallNews
from intents.when_types import Window, Wishes
from server.client import DeskClient
from server.errors import DeskUnavailable, SlotTaken
from server.spans import Span
from voice.desk_asking import SLOTS_TOLD, answer, in_background, spread
from voice.desk_calls import window_of
from voice.desk_news import news_of

WAIT_S: Final = 3.0  # longer a customer does not like to wait in silence
MOST_ASKED: Final = 4  # windows the desk is asked about
SLOTS_ASKED: Final = 10  # of each window


def free_for(client: DeskClient, request_id: UUID, wishes: Wishes | None) -> tuple[Window, ...] | None:
    """Return to what times the call can be moved, soonest first; None when the desk did not say in time."""
    until = time.monotonic() + WAIT_S
    wished = [None] if wishes is None else [window for window in wishes.windows if not window.outside_hours]
    asked = [in_background(partial(_free, client, request_id, window)) for window in wished[:MOST_ASKED]]
    answers = [answer(one, until) for one in asked]
    if None in answers:
        return None
    found = {span for spans in answers if spans is not None for span in spans}
    return tuple(window for span in sorted(found) if (window := window_of(span)))


def move(client: DeskClient, request_id: UUID, slot: Window) -> CallNews | Taken | None:
    """Have the time promised; None when the desk did not say in time what it made of it."""
    return answer(in_background(partial(_moved, client, request_id, slot)), time.monotonic() + WAIT_S)


def take_back(client: DeskClient, request_id: UUID) -> CallNews | None:
    """Withdraw the request; None when the desk did not say in time that it knows."""
    return answer(in_background(partial(_withdrawn, client, request_id)), time.monotonic() + WAIT_S)


def _free(client: DeskClient, request_id: UUID, window: Window | None) -> list[Span] | None:
    try:
        if window is None:
            return client.slots_for(request_id, count=SLOTS_TOLD)
        wanted = Span(window.begins, window.ends)
        found = client.slots_for(request_id, wanted, SLOTS_ASKED)
    except DeskUnavailable:
        return None
    fitting = sorted(span for span in found if wanted.begins <= span.begins < wanted.ends)
    return spread(fitting) or found[:SLOTS_TOLD]


def _moved(client: DeskClient, request_id: UUID, slot: Window) -> CallNews | Taken | None:
    try:
        return news_of(client.choose(request_id, slot.begins), request_id)
    except SlotTaken as error:
        return Taken(offers=tuple(window for span in error.offers if (window := window_of(span))))
    except DeskUnavailable:
        return None


def _withdrawn(client: DeskClient, request_id: UUID) -> CallNews | None:
    try:
        return news_of(client.withdraw(request_id), request_id)
    except DeskUnavailable:
        return None
