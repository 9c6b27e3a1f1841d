"""The devices' log of the demo's week: matters solved by voice, matters the base knows nothing of, and those of the requests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from intents.prompts import prompt
from server.articles import ArticleDirectory
from server.demo.customers import Customers, Made
from server.demo.texts import Matter, Texts
from server.talks import LoggedConversation, LoggedTurn
from server.wire import Speaker

A_DAY: Final = 34  # conversations that end without a request
MISSING: Final = 0.16  # share of those about what the base knows nothing of
REMARKS: Final = 0.05  # share of complaints and suggestions
SOLVED: Final = 0.75  # of matters the base knows: the customer says so
REFUSED: Final = 0.12  # of those: says no and leaves; the others just leave
FIRST_HOUR, LAST_HOUR = 9, 19
A_TURN: Final = timedelta(seconds=14)
ANSWER, CALLBACK = "answer", "callback"  # outcomes of the device
FORM: Final = ("consent", "name", "phone", "when", "summary")  # nothing said while it is filled in is written down


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A turn, without its time."""

    heard: str
    said: str
    outcome: str
    topic: str | None = None
    stage: str | None = None


class Talks:
    """Makes them up, the same for the same seed."""

    def __init__(self, texts: Texts, articles: ArticleDirectory, customers: Customers, random: Random) -> None:
        self._texts = texts
        self._articles = articles
        self._customers = customers
        self._random = random

    def of_requests(self, made: Sequence[Made]) -> Iterator[LoggedConversation]:
        """Yield the conversations that the requests came of."""
        for one in made:
            first, second, *_ = [turn.text for turn in one.request.conversation if turn.speaker is Speaker.CUSTOMER]
            form = [_Said(heard="", said=f"[{stage}]", outcome=CALLBACK, stage=stage) for stage in FORM]
            turns = [self._answered(first, one.topic), _Said(heard=second, said="[consent]", outcome=CALLBACK), *form]
            yield self._talk(turns, one.at - len(turns) * A_TURN, one.request.device, callback=one.request.id)

    def of_a_day(self, midnight: datetime, until: datetime) -> Iterator[LoggedConversation]:
        """Yield the conversations of a day that led to no request, up to a moment."""
        for _ in range(A_DAY):
            at = midnight + timedelta(hours=self._random.uniform(FIRST_HOUR, LAST_HOUR))
            place, turns = self._random.choice(self._texts.places[:3]), self._turns()
            if at + len(turns) * A_TURN < until:
                yield self._talk(turns, at, place.id)

    def _turns(self) -> list[_Said]:
        dice = self._random.random()
        if dice < REMARKS:
            remark = self._random.choice(self._texts.remarks)
            return [_Said(heard=remark, said=prompt("complaint_heard").text, outcome=CALLBACK)]
        if dice < REMARKS + MISSING:
            asks = self._random.choice(self._texts.missing)
            unknown = self._texts.phrases["device"]["unknown"]
            return [_Said(heard=self._random.choice(asks), said=unknown, outcome=CALLBACK)]
        return self._known(self._random.choice(self._texts.matters))

    def _known(self, matter: Matter) -> list[_Said]:
        asked = self._answered(self._random.choice(matter.asks), matter.topic)
        replies, dice = self._texts.phrases["replies"], self._random.random()
        if dice < SOLVED:
            yes = self._random.choice(replies["solved"])
            return [asked, _Said(heard=yes, said=replies["thanks"], outcome=ANSWER)]
        if dice < SOLVED + REFUSED:
            no = self._random.choice(replies["refused"])
            return [asked, _Said(heard=no, said=self._texts.phrases["device"]["unknown"], outcome=CALLBACK)]
        return [asked]

    def _answered(self, heard: str, topic: str) -> _Said:
        card = self._articles.card(topic)
        if card is None:
            return _Said(heard=heard, said=self._texts.phrases["device"]["unknown"], outcome=CALLBACK)
        return _Said(heard=heard, said=f"{card.answer}{prompt('solved').text}", outcome=ANSWER, topic=topic)

    def _talk(
        self, turns: Sequence[_Said], began: datetime, device: str, *, callback: UUID | None = None
    ) -> LoggedConversation:
        logged = tuple(
            LoggedTurn(
                at=began + number * A_TURN,
                heard=turn.heard,
                said=turn.said,
                outcome=turn.outcome,
                topic=turn.topic,
                stage=turn.stage,
                understood=turn.topic is not None or turn.heard == "",
            )
            for number, turn in enumerate(turns)
        )
        return LoggedConversation(
            id=self._customers.new_id(),
            device=device,
            began_at=began,
            ended_at=logged[-1].at,
            callback=callback,
            turns=logged,
        )
