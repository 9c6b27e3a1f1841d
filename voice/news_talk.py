"""Telling a customer what became of earlier requests, and taking the answers to what is asked then."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from intents import news
from intents.answers import Spoken
from intents.transcripts import Transcript
from voice.desk_calls import Promises


class NewsTalk:
    """What is told before a conversation about something new.  One customer, one thread."""

    def __init__(self, promises: Promises, now: Callable[[], datetime]) -> None:
        self._promises = promises
        self._now = now
        self._rated: UUID | None = None  # the request whose customer was asked how it was

    @property
    def asks(self) -> bool:
        """Whether the last thing told was a question."""
        return self._rated is not None

    def forget(self) -> None:
        """The next customer begins anew."""
        self._rated = None

    def tell(self) -> tuple[Spoken, ...]:
        """Return the news, each of which is told once; empty where there is none."""
        says: list[Spoken] = []
        for change in self._promises.news():
            if change.after.state in news.SILENT:
                continue
            says += news.told(change.before, change.after, self._now())
            if news.asks_rating(change.before, change.after):
                self._rated = change.id
            self._promises.note_told(change.id, change.after)
        return (*says, *([news.rating_question()] if self._rated else [])) if says else ()

    def take(self, heard: Transcript) -> tuple[Spoken, ...] | None:
        """Take an answer to what was asked; None: it is something else, and what was asked is let go."""
        rated, self._rated = self._rated, None
        rating = news.rating_in(heard) if rated else None
        if rated is None or rating is None:
            return None
        self._promises.rate(rated, rating)
        return (news.thanks_for(rating),)
