"""How a call of the demo goes: dice, weighted by hour and matter as a desk knows them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar
from uuid import UUID

from server.attempts import Attempt, CallOutcome, Resolution
from server.demo.texts import Matter, Texts
from server.spans import TOKYO
from server.wire import Urgency

NEVER_RANG: Final = 0.02
REACHED_BEFORE: Final = ((12, 0.5), (16, 0.55), (24, 0.7))  # until which hour, share of calls that reach somebody
MISSED: Final = (
    (CallOutcome.NO_ANSWER, 50),
    (CallOutcome.VOICEMAIL, 25),
    (CallOutcome.BUSY, 12),
    (CallOutcome.CALL_LATER, 11),
    (CallOutcome.WRONG_NUMBER, 2),
)
CONTENT: Final = (
    (Resolution.SATISFIED, 80),
    (Resolution.CALMED, 6),
    (Resolution.UNSOLVED, 6),
    (Resolution.PASSED_ON, 8),
)
ANGRY: Final = (
    (Resolution.SATISFIED, 55),
    (Resolution.CALMED, 30),
    (Resolution.UNSOLVED, 5),
    (Resolution.PASSED_ON, 10),
)
LATER_HOURS: Final = (2, 3, 24, 26)
Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """A call that has begun: what will come of it, and how long it takes."""

    attempt: Attempt
    lasts: timedelta


class Calls:
    """Rolls the dice."""

    def __init__(self, texts: Texts, random: Random) -> None:
        self._phrases = texts.phrases["notes"]
        self._random = random

    def dial(self, id_: UUID, agent: str, matter: Matter, at: datetime) -> Dialled:
        """Return a call that is made shortly after that moment."""
        dialled = at + timedelta(seconds=self._random.randrange(20, 100))
        facts: dict[str, Any] = {"id": id_, "agent": agent, "dialled_at": dialled}
        if self._random.random() < NEVER_RANG:
            return Dialled(attempt=Attempt(**facts, rang_at=None, outcome=None), lasts=timedelta(minutes=1))
        rang = dialled + timedelta(seconds=self._random.randrange(4, 9))
        outcome = self._outcome(matter, rang)
        facts |= {"rang_at": rang, "outcome": outcome}
        if outcome is not CallOutcome.REACHED:
            return Dialled(attempt=self._missed(facts, outcome, rang), lasts=timedelta(minutes=2))
        return Dialled(
            attempt=self._reached(facts, matter), lasts=timedelta(minutes=self._random.randrange(5, 15), seconds=30)
        )

    def _outcome(self, matter: Matter, rang: datetime) -> CallOutcome:
        hour = rang.astimezone(TOKYO).hour
        share = next(share for before, share in REACHED_BEFORE if hour < before)
        if matter.urgency is Urgency.SAFETY or self._random.random() < share:
            return CallOutcome.REACHED
        return self._one_of(MISSED)

    def _missed(self, facts: dict[str, Any], outcome: CallOutcome, rang: datetime) -> Attempt:
        later = None
        if outcome is CallOutcome.CALL_LATER:
            later = rang + timedelta(hours=self._random.choice(LATER_HOURS))
        kinds = {
            CallOutcome.VOICEMAIL: "voicemail",
            CallOutcome.CALL_LATER: "later",
            CallOutcome.WRONG_NUMBER: "wrong",
            CallOutcome.NO_ANSWER: "missed",
        }
        words = self._phrases[kinds[outcome]] if outcome in kinds else [""]
        return Attempt(**facts, later_at=later, note=self._random.choice(words))

    def _reached(self, facts: dict[str, Any], matter: Matter) -> Attempt:
        resolution = self._one_of(CONTENT if matter.urgency is Urgency.NORMAL else ANGRY)
        call = self._random.choice(matter.calls)
        if matter.urgency is Urgency.SAFETY:
            resolution = Resolution.SATISFIED
        if resolution in (Resolution.UNSOLVED, Resolution.PASSED_ON):
            return Attempt(**facts, resolution=resolution, note=self._phrases[resolution.value])
        return Attempt(**facts, resolution=resolution, note=call.note, how_solved=call.solved)

    def _one_of(self, weighted: tuple[tuple[Choice, int], ...]) -> Choice:
        choices, weights = zip(*weighted, strict=True)
        found: Choice = self._random.choices(choices, weights)[0]
        return found
