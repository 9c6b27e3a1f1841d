"""From words to days and times: which terms make one day, which clocks one stretch."""

from collections.abc import Sequence
from typing import Final

from intents.data_files import load
from intents.when_atoms import Clock, DayAtom, Term, TimeAtom
from intents.when_words import Token

DAY_KINDS: Final = frozenset(
    ("day", "week", "month", "year", "year_of", "month_of", "dom", "weekday", "nth", "days", "holiday", "within_days")
) | {"date", "monthday"}
TIME_KINDS: Final = frozenset(("part", "clock", "minutes_after", "minutes_within"))
_CONTEXTS: Final = frozenset(("week", "month", "year", "year_of", "month_of"))
_SPLIT: Final = {"date": ("year_of", "month_of", "dom"), "monthday": ("month_of", "dom")}
_PASSED_OVER: Final = frozenset(("glue", "comma"))
_SIMPLE: Final = {"since": "since", "until": "until", "past": "past", "just_before": "just_before"}


def terms_of(token: Token) -> list[tuple[Term, ...]]:
    """The terms of a word of a day: one tuple for each day that it names (月水金 names three)."""
    if token.kind in _SPLIT:
        return [tuple(Term(kind, value) for kind, value in zip(_SPLIT[token.kind], token.value.split(), strict=True))]
    if token.kind in ("weekday", "day"):
        return [(Term(token.kind, value),) for value in token.value.split()]
    return [(Term(token.kind, token.value),)]


def read_days(tokens: Sequence[Token], place: int, context: tuple[Term, ...] = ()) -> tuple[list[DayAtom], int]:
    """The day, or list of days of one word, that begins at a place, and the place after it.

    `context` (来週の of the day before) holds for a weekday or day of the month that has none.
    """
    named = terms_of(tokens[place])
    place += 1
    while len(named) == 1 and (after := _next_term(tokens, place, named[0])) is not None:
        token = tokens[after]
        named = [named[0] + more for more in terms_of(token)]
        place = after + 1
    return _with_ends(tokens, place, [DayAtom(_in_context(terms, context)) for terms in named])


def _in_context(terms: tuple[Term, ...], context: tuple[Term, ...]) -> tuple[Term, ...]:
    bare = all(term.kind in ("weekday", "dom", "nth") for term in terms)
    return context + terms if bare else terms


def context_of(day: DayAtom) -> tuple[Term, ...]:
    """The week, month or year that a following 「か火曜」 shares; what is nearest now goes without saying."""
    return tuple(term for term in day.terms if term.kind in _CONTEXTS and term.value != "0")


def _next_term(tokens: Sequence[Token], place: int, terms: tuple[Term, ...]) -> int | None:
    """The place of a word that says more of the same day; None when the next word is another matter."""
    after = passed(tokens, place)
    if after >= len(tokens) or tokens[after].kind not in DAY_KINDS:
        return None
    had = {term.kind for term in terms}
    comma = any(token.kind == "comma" for token in tokens[place:after])
    for term in terms_of(tokens[after])[0]:
        if term.kind in had or (term.kind in _CONTEXTS and had - _CONTEXTS - {"day", "holiday"}):
            return None
        if comma and had <= {"dom", "month_of"} and term.kind == "days":
            return None
    return after


def passed(tokens: Sequence[Token], place: int) -> int:
    """The place after の, は, えーと, commas."""
    while place < len(tokens) and tokens[place].kind in _PASSED_OVER:
        place += 1
    return place


def _with_ends(tokens: Sequence[Token], place: int, days: list[DayAtom]) -> tuple[list[DayAtom], int]:
    """The days with 以降, まで or から and what follows it."""
    kind = tokens[place].kind if place < len(tokens) and not tokens[place].after_gap else ""
    if kind == "about":
        return _with_ends(tokens, place + 1, days)
    terms = days[-1].terms
    if how := _how(tokens[place], terms) if kind else "":
        return [*days[:-1], DayAtom(terms, how)], place + 1
    if kind != "from":
        return days, place
    after = passed(tokens, place + 1)
    if after < len(tokens) and tokens[after].kind in DAY_KINDS:
        others, end = read_days(tokens, after)
        if others[0].how in ("on", "until"):
            last = DayAtom(others[0].terms)
            return [*days[:-1], DayAtom(terms, "between", last)], _after_end(tokens, end)
    return [*days[:-1], DayAtom(terms, "since")], place + 1


def _how(token: Token, terms: Sequence[Term]) -> str:
    """How a word after days bounds them; "" for one that does not."""
    if token.kind == "ended" or (token.kind in ("since", "past") and _is_behind(token, terms)):
        return "after"
    return {"behind": "behind", "since": "since", "past": "since", "until": "until"}.get(token.kind, "")


def _is_behind(token: Token, terms: Sequence[Term]) -> bool:
    """「お盆のあと」 is behind all its days, 「25日過ぎ」 from that day on."""
    stretches = load("when")["behind"]["stretches"]
    later = token.kind == "past" or token.value == "later"
    return later and any(term.kind == "holiday" or term.value in stretches for term in terms)


def _after_end(tokens: Sequence[Token], place: int) -> int:
    ends = place < len(tokens) and tokens[place].kind in ("between", "until", "about")
    return _after_end(tokens, place + 1) if ends else place


def read_time(tokens: Sequence[Token], place: int) -> tuple[TimeAtom, int]:
    """The time or stretch of the day that begins at a place, and the place after it."""
    if tokens[place].kind in ("minutes_after", "minutes_within"):
        return TimeAtom(tokens[place].kind, minutes=int(tokens[place].value)), place + 1
    first, place = _point(tokens, place)
    about, place = _about(tokens, place)
    kind = tokens[place].kind if place < len(tokens) and not tokens[place].after_gap else ""
    if kind == "from":
        return _stretch(tokens, place + 1, first)
    if kind in _SIMPLE:
        return TimeAtom(_SIMPLE[kind], first), _after_end(tokens, place + 1)
    if isinstance(first, str):
        return TimeAtom("part", first), place
    return TimeAtom("about" if about else "at", first), place


def _stretch(tokens: Sequence[Token], place: int, first: Clock | str) -> tuple[TimeAtom, int]:
    after = passed(tokens, place)
    if after >= len(tokens) or tokens[after].kind not in ("part", "clock") or tokens[after].after_gap:
        return TimeAtom("since", first), place
    last, end = _point(tokens, after)
    return TimeAtom("between", first, last), _after_end(tokens, end)


def _about(tokens: Sequence[Token], place: int) -> tuple[bool, int]:
    about = False
    while place < len(tokens) and tokens[place].kind in ("about", "sharp"):
        about = about or tokens[place].kind == "about"
        place += 1
    return about, place


def half_of(part: str) -> str:
    """How a clock is to be taken after the name of a part of the day: am, pm, day or night."""
    return str(load("when")["part"][part]["half"])


def _point(tokens: Sequence[Token], place: int) -> tuple[Clock | str, int]:
    """A clock with the part of the day before it (午後3時半), or the part alone."""
    token = tokens[place]
    if token.kind == "part":
        after = passed(tokens, place + 1)
        apart = any(between.after_gap for between in tokens[place + 1 : after + 1])
        if after < len(tokens) and tokens[after].kind in ("clock", "part") and not apart:
            last, end = _point(tokens, after)
            if isinstance(last, Clock):
                return Clock(last.minute, last.half or half_of(token.value)), end
        return token.value, place + 1
    hour, _, minute = token.value.partition(" ")
    minutes, place = int(minute or 0), place + 1
    if place < len(tokens) and not tokens[place].after_gap and tokens[place].kind in ("half", "minute"):
        minutes += 30 if tokens[place].kind == "half" else int(tokens[place].value)
        place += 1
    elif place < len(tokens) and not tokens[place].after_gap and tokens[place].kind == "minutes_before" and int(hour):
        minutes -= int(tokens[place].value)
        place += 1
    return Clock(int(hour) * 60 + minutes), place
