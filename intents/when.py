"""When may we call: what was said about days and times as windows."""

from datetime import date, datetime
from typing import Final

from intents.transcripts import Hypothesis, Transcript, typed
from intents.when_atoms import Said
from intents.when_forms import form
from intents.when_grammar import said_in
from intents.when_own_days import own_day_in
from intents.when_phrases import when_phrases
from intents.when_resolving import Scene, in_tokyo, resolved
from intents.when_types import DEFAULT_OFFICE, TOKYO, Office, Reason, Unclear, Window, Wishes

__all__ = [
    "DEFAULT_OFFICE", "TOKYO", "Office", "Reason", "Unclear", "Window", "Wishes", "is_time", "when_beside", "when_in", "when_phrases",
]  # fmt: skip
_LEAST_COVERED: Final = 0.5  # of a reading: かたばん is not 晩, きぼう is not a time either
_NEARLY_ALL: Final = 0.8
_PLAIN_DAYS: Final = frozenset(("day", "week", "weekday", "month_of", "dom", "month"))
_LONGEST: Final = 400  # characters; nobody says when to call in more


def when_in(heard: Transcript | str, *, now: datetime, office: Office = DEFAULT_OFFICE) -> Wishes | Unclear | None:
    """The windows wished for, why they are unclear, or None when nothing was said of time.

    Each hypothesis is read as written and as pronounced (「明日の誤字」 is five o'clock); the one in which more words
    carry a time counts, the writing first.  The first hypothesis that speaks of time decides.  Raises ValueError for
    a naive `now`.
    """
    scene = Scene(now=in_tokyo(now), office=office)
    transcript = typed(heard) if isinstance(heard, str) else heard
    for hypothesis in transcript.hypotheses:
        said = _said(hypothesis)
        found = resolved(said, scene)
        if word := own_day_in(hypothesis.text, said, is_understood=found is not None):
            return Unclear(reason=Reason.UNKNOWN_DAY, word=word)
        if found is not None:
            return found
    return None


def when_beside(
    heard: Transcript | str, day: date | None, *, now: datetime, office: Office = DEFAULT_OFFICE
) -> Wishes | Unclear | None:
    """The same as `when_in`, but a time without a day is one of the day that was spoken of: 「やっぱり11時にして」."""
    transcript = typed(heard) if isinstance(heard, str) else heard
    best = transcript.best
    if day is not None and best is not None and _is_time_alone(_said(best)):
        found = when_in(f"{day.month}月{day.day}日の{best.text}", now=now, office=office)
        if isinstance(found, Wishes):
            return found
    return when_in(transcript, now=now, office=office)


def is_time(heard: Transcript) -> bool:
    """Whether days of the week or dates, and times, are nearly all it says: 「次の日曜です」, not 「春さん」."""
    said = _said(heard.best) if heard.best else None
    kinds = {term.kind for group in said.groups for day in group.days for term in day.terms} if said else set()
    return said is not None and said.covered >= _NEARLY_ALL and bool(kinds & _PLAIN_DAYS)


def _is_time_alone(said: Said) -> bool:
    return not said.marks and bool(said.groups) and all(g.times and not (g.days or g.any_time) for g in said.groups)


def _said(hypothesis: Hypothesis) -> Said:
    written, pronounced = (said_in(form(text[:_LONGEST])) for text in (hypothesis.text, hypothesis.reading))
    more = pronounced.words > written.words and pronounced.covered >= _LEAST_COVERED
    return pronounced if more else written
