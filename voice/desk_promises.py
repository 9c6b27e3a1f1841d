"""Moving and withdrawing promised calls at the desk, while a customer waits.  Nothing here raises."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from intents.new_time import Taken
from intents.news import CallNews
from intents.when_types import Window, Wishes
from server.client import DeskClient
from server.errors import DeskUnavailable, SlotTaken
from server.spans import Span
from voice.desk_asking import answer, in_background
from voice.desk_calls import Matter, window_of
from voice.desk_news import news_of
from voice.desk_request import topic_of
from voice.desk_times import SLOTS_ASKED, SLOTS_TOLD, told_of, windows_of, wished_spans

FINISHED: Final = frozenset({"closed", "erased"})
WAIT_S: Final = 3.0  # longer a customer does not like to wait in silence


def free_for(client: DeskClient, request_id: UUID, wishes: Wishes | None) -> tuple[Window, ...] | None:
    """Return to what times the call can be moved, soonest first; None when the desk did not say in time."""
    until = time.monotonic() + WAIT_S
    wished = [None] if wishes is None else wished_spans(wishes)
    asked = [in_background(partial(_free, client, request_id, wanted)) for wanted in wished]
    answers = [answer(one, until) for one in asked]
    known = [spans for spans in answers if spans is not None]
    return windows_of(known) if len(known) == len(asked) else None


def free_at(client: DeskClient, wanted: Span, matter: Matter) -> Sequence[Span] | None:
    """Return what is free for a call about a matter within a wish; None when the desk does not say."""
    try:
        found = client.slots(
            topic=topic_of(matter), urgency=matter.weight, wanted=wanted, count=SLOTS_ASKED, phone=matter.phone
        )
    except DeskUnavailable:
        return None
    return told_of(found, wanted)


def move(client: DeskClient, request_id: UUID, slot: Window) -> CallNews | Taken | None:
    """Have the time promised; None when the desk did not say in time what it made of it."""
    return answer(in_background(partial(_moved, client, request_id, slot)), time.monotonic() + WAIT_S)


def take_back(client: DeskClient, request_id: UUID) -> CallNews | None:
    """Withdraw the request; None when the desk did not say in time that it knows."""
    return answer(in_background(partial(_withdrawn, client, request_id)), time.monotonic() + WAIT_S)


def is_finished(client: DeskClient, request_id: UUID) -> bool:
    """Whether the desk says in time that the case is closed, or that nothing is kept of it."""
    return answer(in_background(partial(_finished, client, request_id)), time.monotonic() + WAIT_S) or False


def _finished(client: DeskClient, request_id: UUID) -> bool:
    try:
        return client.status(request_id).state in FINISHED
    except DeskUnavailable:
        return False


def _free(client: DeskClient, request_id: UUID, wanted: Span | None) -> Sequence[Span] | None:
    try:
        if wanted is None:
            return client.slots_for(request_id, count=SLOTS_TOLD)
        return told_of(client.slots_for(request_id, wanted, SLOTS_ASKED), wanted)
    except DeskUnavailable:
        return None


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
