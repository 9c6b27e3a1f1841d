"""The conversations that go on: one for each id a client gives, one for each connection without."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

from intents.conversation_state import Outcome
from intents.replies import reply_in
from intents.transcripts import Transcript
from voice.assistant import Assistant, Turn
from voice.wyoming_service.protocol import Handled, NotHandled

MOST_KEPT: Final = 64
FORGOTTEN_AFTER_S: Final = 600.0  # names and numbers of a form must not wait for the next customer
LONGEST_ID: Final = 128
ID: Final = "conversation_id"  # the key in a context, as Home Assistant writes it


class Conversation:
    """One assistant; its turns come one after the other, from whichever thread."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._lock = Lock()

    def hear(self, transcript: Transcript) -> tuple[Turn, bool]:
        """Return the turn, and whether it dealt with what was said.

        It did not when nothing was understood and nothing is asked in return: then another agent may try.
        """
        with self._lock:
            turn = self.assistant.hear(transcript)
            outcome, asks = turn.reaction.outcome, self.assistant.stage is not None
            if turn.reaction.finished:
                self.assistant.forget()
        lost = outcome is Outcome.CALLBACK and not asks and not turn.reaction.topic and reply_in(transcript) is None
        return turn, not lost and outcome is not Outcome.NOTHING_HEARD


class Conversations:
    """Keeps the conversations that have an id.  For one thread."""

    def __init__(self, make: Callable[[], Assistant], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._monotonic = monotonic
        self._kept: OrderedDict[str, tuple[float, Conversation]] = OrderedDict()  # the one used last is the last

    def new(self) -> Conversation:
        """Begin one that ends with its connection."""
        return Conversation(self._make())

    def of(self, context: Mapping[str, Any] | None) -> Conversation | None:
        """Find, or begin, the conversation that a context names; None when it names none."""
        name = context.get(ID) if isinstance(context, Mapping) else None
        if not isinstance(name, str) or not name or len(name) > LONGEST_ID:
            return None
        self.forget_old()
        found = self._kept.pop(name, None)
        conversation = found[1] if found else self.new()
        self._kept[name] = self._monotonic(), conversation
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return conversation

    def forget_old(self) -> None:
        """End what nobody has used for long."""
        oldest = self._monotonic() - FORGOTTEN_AFTER_S
        while self._kept and next(iter(self._kept.values()))[0] < oldest:
            self._kept.popitem(last=False)


def answer_to(turn: Turn, context: dict[str, Any] | None, *, handled: bool) -> Handled | NotHandled:
    """Return the event that answers; its text is said to the customer either way."""
    kind = Handled if handled else NotHandled
    return kind(text=turn.text, context=context)
