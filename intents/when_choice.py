"""Which of a few offered times was chosen."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from intents.data_files import load
from intents.normalise import core_reading, core_text, match_key
from intents.replies import Reply, reply_in
from intents.transcripts import Hypothesis, Transcript, typed
from intents.when_atoms import Clock, Group, TimeAtom
from intents.when_days import holds
from intents.when_forms import form
from intents.when_grammar import said_in
from intents.when_resolving import in_tokyo
from intents.when_times import Setting, Stretch, stretch_of, ways
from intents.when_types import DAY_MINUTES, TOKYO, Window, Wishes, at_minute
from intents.when_words import tokens

_REFUSING: Final = frozenset(("refusal", "except"))
NOON: Final = 12
_ORDINALS: Final = ("first", "second", "third")


def choice_in(heard: Transcript | str, offered: Sequence[Window], *, now: datetime) -> int | None:
    """The place in `offered` of the time that was chosen; None when none was, or more than one could be meant.

    Chosen by what tells it from the others (「水曜の方」, 「10時の」), by its number, or as the earlier or later one.
    """
    transcript = typed(heard) if isinstance(heard, str) else heard
    for hypothesis in transcript.hypotheses:
        for text in (hypothesis.text, hypothesis.reading):
            chosen = _chosen(form(text), offered, now)
            if chosen is not None:
                return chosen
        if (numbered := _exactly(hypothesis)) is not None and numbered < len(offered):
            return numbered
    return None


def half_chosen(heard: Transcript, halves: Sequence[Window]) -> Wishes | None:
    """「午前」 to whether 8 in the morning or in the evening was meant; None where a time of its own is told."""
    best = heard.best
    if best is None or not halves or any(sign.isdecimal() for sign in form(best.text)):
        return None
    words = load("when")["halves"]
    said = {half for half, names in words.items() if any(n in best.text or n in best.reading for n in names)}
    fitting = [one for one in halves if said == {"am" if one.begins.astimezone(TOKYO).hour < NOON else "pm"}]
    return Wishes(windows=(fitting[0],), exact=fitting[0].part == "point") if len(fitting) == 1 else None


def near_chosen(heard: Transcript, near: Sequence[Window], *, now: datetime) -> Wishes | None:
    """「はい」 to the one time, or 「あとのほう」 to the times at which somebody is there."""
    place = 0 if len(near) == 1 and reply_in(heard) is Reply.YES else choice_in(heard, near, now=now)
    return None if place is None else Wishes(windows=(near[place],))


def _chosen(text: str, offered: Sequence[Window], now: datetime) -> int | None:
    fitting = _fitting(text, offered, now)
    word = _word_in(text)
    if word == "other":
        fitting = [place for place in range(len(offered)) if place not in fitting] if fitting else []
    if len(fitting) == 1:
        return fitting[0]
    if word is None or fitting or any(token.kind in _REFUSING for token in tokens(text)):
        return None
    return _by_word(word, offered)


def _by_word(word: str, offered: Sequence[Window]) -> int | None:
    places = range(len(offered))
    if word in _ORDINALS:
        place = _ORDINALS.index(word)
        return place if place < len(offered) else None
    if not offered or word == "other":
        return None
    if word == "earliest":
        return min(places, key=lambda place: offered[place].begins)
    if word == "latest":
        return max(places, key=lambda place: offered[place].begins)
    return len(offered) - 1 if word == "last" else 0


def _word_in(text: str) -> str | None:
    """The word of choosing in a text, the longest first."""
    return next((name for word, name in _words() if word in text), None)


@cache
def _words() -> tuple[tuple[str, str], ...]:
    choice = load("when")["choice"]
    words = {form(word): name for name, words in choice.items() if not name.startswith("exactly_") for word in words}
    return tuple(sorted(words.items(), key=lambda row: len(row[0]), reverse=True))


def _exactly(hypothesis: Hypothesis) -> int | None:
    """The number that the whole utterance is, politeness aside."""
    said = {form(core_text(match_key(hypothesis.text))), form(core_reading(hypothesis.reading))}
    choice = load("when")["choice"]
    return next((n for n, name in enumerate(_ORDINALS) if said & set(map(form, choice[f"exactly_{name}"]))), None)


def _fitting(text: str, offered: Sequence[Window], now: datetime) -> list[int]:
    """The places of the windows that what was said of days and times is true of; all refused: of the others."""
    groups = [group for group in said_in(text).groups if group.days or group.times]
    wished = [group for group in groups if not group.refused]
    refused = [group for group in groups if group.refused]
    if not groups:
        return []
    return [
        place
        for place, window in enumerate(offered)
        if (not wished or any(_fits(group, window, now) for group in wished))
        and not any(_fits(group, window, now) for group in refused)
    ]


def _fits(group: Group, window: Window, now: datetime) -> bool:
    day, today = window.begins.astimezone(TOKYO).date(), in_tokyo(now).date()
    minute = int((window.begins - at_minute(day, 0)).total_seconds()) // 60
    days = not group.days or any(all(holds(term, day, today) for term in atom.terms) for atom in group.days)
    return days and (not group.times or any(_begins_in(time, minute) for time in group.times))


def _begins_in(time: TimeAtom, minute: int) -> bool:
    if isinstance(time.first, Clock) and time.how in ("at", "about", "between"):
        return minute in ways(time.first)
    stretch = stretch_of(time, Setting(hours=(0, DAY_MINUTES))) if time.first else None
    return isinstance(stretch, Stretch) and stretch.begins <= minute < stretch.ends
