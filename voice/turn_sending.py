"""Brings conversations that have ended to the desk, for insight; nothing waits for it."""

import logging
import re
import time
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import ValidationError

from server.client import DeskClient
from server.clock import Clock
from server.errors import DeskUnavailable, LogRefused
from server.talks import MOST_AT_ONCE, LoggedConversation, LoggedTurn
from voice.errors import TurnLogUnavailable
from voice.turn_file import Conversation, Sending, TurnFile
from voice.turn_notes import Entry

SEND_EVERY_S: Final = 60.0
SELDOM_S: Final = 3600.0  # at most, while the desk is away or has no place for it
_KEY: Final = re.compile(r"[\w.\-]{1,64}")

log = logging.getLogger(__name__)


class TurnSender:
    """Sends from the log's file.  One thread.  Never raises."""

    def __init__(self, file: TurnFile, clock: Clock, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._monotonic = monotonic
        self._wait_s = SEND_EVERY_S
        self._next_s = 0.0

    def send(self, client: DeskClient, device: str) -> None:
        """Hand in what has ended, if it is time to."""
        if self._monotonic() < self._next_s:
            return
        try:
            self._send_all(client, device)
            self._wait_s = SEND_EVERY_S
        except (DeskUnavailable, TurnLogUnavailable) as error:
            log.info("conversations could not be sent: %s", error)
            self._wait_s = min(self._wait_s * 2, SELDOM_S)
        except Exception as error:  # the other errands must go on; its text may quote a customer
            log.warning("conversations could not be sent (%s)", type(error).__name__)
            self._wait_s = min(self._wait_s * 2, SELDOM_S)
        self._next_s = self._monotonic() + self._wait_s

    def _send_all(self, client: DeskClient, device: str) -> None:
        waiting = self._file.unsent(self._clock())
        for first in range(0, len(waiting), MOST_AT_ONCE):
            batch = [found for one in waiting[first : first + MOST_AT_ONCE] if (found := self._wire(one, device))]
            self._send(client, batch)

    def _wire(self, one: Conversation, device: str) -> LoggedConversation | None:
        """The conversation as the desk takes it; None: it takes none such, and it is not looked at again."""
        try:
            return _wire(one, self._file.turns(one.id), device)
        except ValidationError:
            self._file.mark([one.id], Sending.REFUSED)
            return None

    def _send(self, client: DeskClient, batch: Sequence[LoggedConversation]) -> None:
        if not batch:
            return
        try:
            done = client.send_conversations(batch)
        except LogRefused as error:
            self._refused(client, batch, error)
            return
        self._file.mark([one.id for one in batch if one.id in done], Sending.SENT)

    def _refused(self, client: DeskClient, batch: Sequence[LoggedConversation], error: LogRefused) -> None:
        """One of them is refused: find out which."""
        if len(batch) == 1:
            log.info("%s", error)
            self._file.mark([batch[0].id], Sending.REFUSED)
            return
        middle = len(batch) // 2
        self._send(client, batch[:middle])
        self._send(client, batch[middle:])


def _wire(one: Conversation, turns: Sequence[Entry], device: str) -> LoggedConversation:
    return LoggedConversation(
        id=one.id,
        device=device,
        began_at=one.began_at,
        ended_at=max(one.began_at, one.ended_at),
        callback=one.request,
        turns=tuple(_turn(turn) for turn in turns),
    )


def _turn(turn: Entry) -> LoggedTurn:
    return LoggedTurn(
        at=turn.at,
        heard=turn.heard,
        said=turn.said,
        outcome=turn.outcome,
        topic=turn.topic if turn.topic and _KEY.fullmatch(turn.topic) else None,
        score=turn.score,
        stage=turn.stage,
        understood=turn.understood,
    )
