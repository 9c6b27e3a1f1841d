"""What became of calls that were asked for before a simulated conversation, as a script gives it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID, uuid4

from intents.new_time import Moved, Taken
from intents.news import CLOSED, WITHDRAWN, CallNews, Rating
from intents.when_types import TOKYO, Window, Wishes
from voice.desk_calls import Change
from voice.simulation.script import NONE, Failure, GivenDesk, GivenNews, Script

Became = dict[str, str]
"""How a call stands in the end, as scripts write it: state, promise, rating, score."""

Free = Callable[[Wishes], tuple[Window, ...] | None]
MOST_OFFERS: Final = 3


class GivenPromises:
    """`Promises` about the given calls, gone when the process ends."""

    def __init__(self, given: GivenDesk, free: Free) -> None:
        """`free` is asked for wishes where the script gives no offers that fit."""
        self._reachable = given.reachable
        self._free = free
        self._given: dict[UUID, GivenNews] = {uuid4(): one for one in given.news}
        self._told = {one: news.before for one, news in self._given.items()}
        self._unchanged: dict[UUID, CallNews] = {}  # of this conversation, as they were kept
        self._ratings: dict[UUID, Rating] = {}
        self._scores: dict[UUID, int | None] = {}

    def adopt(self, request_id: UUID, promise: Window | None) -> None:
        """Know a request that was kept in the conversation itself; `became` tells of it once it was changed."""
        news = CallNews(state="promised" if promise else "waiting", promise=promise)
        self._given[request_id] = GivenNews(after=news, before=news)
        self._told[request_id] = news
        self._unchanged[request_id] = news

    @property
    def became(self) -> tuple[Became, ...]:
        """How each call stands, in their order."""
        return tuple(
            _became(news.after, self._ratings.get(one), self._scores.get(one))
            for one, news in self._given.items()
            if self._unchanged.get(one) != news.after
        )

    def news(self) -> tuple[Change, ...]:
        """See `Promises.news`."""
        changes = (
            Change(id=one, before=self._told[one], after=news.after, may_recommend=news.may_recommend)
            for one, news in self._given.items()
        )
        return tuple(change for change in changes if change.before != change.after)

    def note_told(self, request_id: UUID, news: CallNews) -> None:
        """See `Promises.note_told`."""
        self._told[request_id] = news

    def rate(self, request_id: UUID, rating: Rating) -> None:
        """See `Promises.rate`."""
        self._ratings[request_id] = rating

    def recommend(self, request_id: UUID, score: int | None) -> None:
        """See `Promises.recommend`."""
        self._scores[request_id] = score

    def offers(self, request_id: UUID, wishes: Wishes | None) -> tuple[Window, ...] | None:
        """See `Promises.offers`."""
        if not self._reachable:
            return None
        if request_id in self._unchanged:
            now = self._given[request_id].after.promise
            free = self._free(wishes or Wishes(windows=())) or ()
            return tuple(one for one in free if now is None or one.begins != now.begins)[:MOST_OFFERS]
        if wishes is None:
            return self._given[request_id].offers[:MOST_OFFERS]
        return self._free(wishes)

    def choose(self, request_id: UUID, slot: Window) -> Moved | Taken | None:
        """See `Promises.choose`."""
        given = self._given[request_id]
        if not self._reachable:
            return None
        if slot.begins in given.taken:
            return Taken(offers=tuple(one for one in given.offers if one.begins not in given.taken))
        self._changed(request_id, replace(given.after, state="promised", promise=slot))
        return Moved(promise=slot)

    def withdraw(self, request_id: UUID) -> bool:
        """See `Promises.withdraw`."""
        if self._reachable or request_id in self._unchanged:  # what has not left the device is just not sent
            closed = replace(self._given[request_id].after, state="closed", promise=None, close_reason=WITHDRAWN)
            self._changed(request_id, closed)
        return self._reachable or request_id in self._unchanged

    def is_finished(self, request_id: UUID) -> bool:
        """See `Promises.is_finished`."""
        return self._reachable and self._given[request_id].after.state == CLOSED

    def _changed(self, request_id: UUID, news: CallNews) -> None:
        self._given[request_id] = replace(self._given[request_id], after=news)
        self._told[request_id] = news


def unmet_became(script: Script, became: Sequence[Became]) -> tuple[Failure, ...]:
    """What of the earlier calls is not as expected in the end."""
    if script.became is None:
        return ()
    if len(script.became) != len(became):
        return (Failure(script.became_at, f"{len(became)} earlier calls were given, not {len(script.became)}"),)
    return tuple(
        Failure(script.became_at, f"{name} became {found[name]}, not {value}")
        for wanted, found in zip(script.became, became, strict=True)
        for name, value in wanted.items()
        if found[name] != value
    )


def _became(news: CallNews, rating: Rating | None, score: int | None) -> Became:
    promise = news.promise.begins.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M") if news.promise else NONE
    rated = rating.value if rating else NONE
    return {"state": news.state, "promise": promise, "rating": rated, "score": NONE if score is None else str(score)}
