"""Which dates were meant."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from intents.when_atoms import DayAtom, Term
from intents.when_holidays import public_holiday
from intents.when_sets import SETS, SINGLE, WEEK, DaySet, first_open, monday_of
from intents.when_types import Office, Reason, Unclear

_LOOK_BACK: Final = timedelta(days=62)
_LOOK_AHEAD: Final = 800  # days; a little more than two years
_SAME_RUN: Final = timedelta(days=60)  # days of one summer, not of two
_MOST_DAYS: Final = 31
_DAY: Final = timedelta(days=1)
_MONTHS: Final = 12
_CONTEXTS: Final = frozenset(("week", "month", "year", "year_of", "month_of", "days", "within_days"))
_RELATIVE: Final = frozenset(("week", "month", "year", "year_of"))
_OF_A_WEEK: Final = {"month_begin": "week_begin", "month_end": "weekend"}
_OF_A_MONTH: Final = {"first_half": "first_half_of_month", "second_half": "second_half_of_month"}
Dates = tuple[list[date], bool]  # soonest first; whether closed days are to be kept


def dates_of(day: DayAtom, today: date, office: Office) -> Dates | Unclear:
    """All dates of a day, from today on, within the horizon; unclear when there are none."""
    found = _base(day.terms, today, office)
    if isinstance(found, Unclear) or day.how == "on":
        return found if isinstance(found, Unclear) else _near(found, today, office)
    if day.how in ("behind", "after"):
        return _near(_behind(found[0], day.how, today, office), today, office)
    first, last = found[0][0], found[0][-1]
    if day.how == "since":
        return _near((_days(first, first + WEEK - _DAY), False), today, office)
    if day.how == "until":
        return _near((_days(today, last), False), today, office)
    end = _end_of(day.last, first, today, office)
    if isinstance(end, Unclear):
        return end
    return _near((_days(first, end), False), today, office) if end >= first else Unclear(reason=Reason.NO_SUCH_DAY)


def _behind(days: Sequence[date], how: str, today: date, office: Office) -> Dates:
    """The first open day behind a run of days; "after": and the week that begins with it."""
    last = days[0]
    for day in days[1:]:
        if day - last > _DAY:
            break
        last = day
    begins = first_open(max(last + _DAY, today), office)
    return _days(begins, begins + (WEEK - _DAY if how == "after" else timedelta())), False


def _near(found: Dates, today: date, office: Office) -> Dates | Unclear:
    dates, fixed = found
    coming = [each for each in dates if each >= today]
    if not coming:
        return Unclear(reason=Reason.PAST, day=dates[-1] if dates else None)
    near = [each for each in coming if (each - today).days <= office.horizon_days]
    return (near[:_MOST_DAYS], fixed) if near else Unclear(reason=Reason.TOO_FAR, day=coming[0])


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range(min((last - first).days + 1, _LOOK_AHEAD))]


def _end_of(last: DayAtom | None, first: date, today: date, office: Office) -> date | Unclear:
    """The last day of a stretch; a bare weekday or day of the month is the first such after its begin."""
    terms = last.terms if last else ()
    if terms and all(term.kind in ("weekday", "dom") for term in terms):
        return next((d for d in _days(first, first + WEEK * 9) if _all_hold(terms, d, today)), first)
    found = _base(terms, today, office)
    return found if isinstance(found, Unclear) else found[0][-1]


def _base(terms: Sequence[Term], today: date, office: Office) -> Dates | Unclear:
    """The dates of the terms, past ones too when there are no others."""
    terms = _of_their_context(terms)
    values = {term.kind: term.value for term in terms}
    kinds = [term.kind for term in terms]
    if kinds[:2] == ["holiday", "day"]:  # 「祝日の翌日」
        return _after_holiday(terms, today)
    if "day" in values:
        return _checked([today + timedelta(days=int(values["day"]))], terms, today)
    single = SINGLE.get(values.get("days", ""))
    if single and "dom" not in values:
        return _checked([single(today, office)], [term for term in terms if term.kind == "weekday"], today)
    if "dom" in values:
        found = _of_month(values, terms, today)
        return found if isinstance(found, Unclear) else _checked([found], terms, today)
    return _all_of(terms, today)


def _after_holiday(terms: Sequence[Term], today: date) -> Dates | Unclear:
    """So many days after the next holiday of that name whose following day is not over."""
    ahead = timedelta(days=int(terms[1].value))
    days = [d + ahead for d in _days(today - ahead, today + timedelta(days=_LOOK_AHEAD)) if holds(terms[0], d, today)]
    return _checked(days[:1], terms[2:], today) if days else Unclear(reason=Reason.NO_SUCH_DAY)


def _of_their_context(terms: Sequence[Term]) -> Sequence[Term]:
    """The end of a week is not the end of a month, and half a month not half a week."""
    kinds = {term.kind for term in terms}
    names = _OF_A_WEEK if "week" in kinds else _OF_A_MONTH if kinds & {"month", "month_of"} else {}
    return [Term(term.kind, names.get(term.value, term.value)) if term.kind == "days" else term for term in terms]


def _checked(dates: list[date], terms: Sequence[Term], today: date) -> Dates | Unclear:
    if _all_hold(terms, dates[0], today):
        return dates, True
    return Unclear(reason=Reason.CONTRADICTION, day=dates[0])


def _of_month(values: dict[str, str], terms: Sequence[Term], today: date) -> date | Unclear:
    dom = int(values["dom"])
    nowhere = Unclear(reason=Reason.NO_SUCH_DAY)
    if "month_of" in values:
        return _of_year(values, dom, today)
    if "month" in values:
        return _date(*_months_on(today, int(values["month"])), dom) or nowhere
    contexts = [term for term in terms if term.kind in _CONTEXTS and term.value not in SINGLE]
    if contexts:
        held = [d for d in _all_days(today) if d.day == dom and _all_hold(contexts, d, today)]
        return next((d for d in held if d >= today), held[-1] if held else Unclear(reason=Reason.CONTRADICTION))
    here = _date(today.year, today.month, dom)
    return here if here and here >= today else _date(*_months_on(today, 1), dom) or nowhere


def _of_year(values: dict[str, str], dom: int, today: date) -> date | Unclear:
    """A day and month: of the year named, or the next to come; past if it has just been."""
    month = int(values["month_of"])
    year = int(values.get("year_of") or today.year + int(values.get("year", 0)))
    found = _date(year, month, dom)
    if "year_of" not in values and "year" not in values and (month, dom) < (today.month, today.day):
        if found and today - found <= _SAME_RUN:
            return found
        found = _date(year + 1, month, dom)
    return found or Unclear(reason=Reason.NO_SUCH_DAY)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _months_on(today: date, months: int) -> tuple[int, int]:
    year, month = divmod(today.year * _MONTHS + today.month - 1 + months, _MONTHS)
    return year, month + 1


def _all_of(terms: Sequence[Term], today: date) -> Dates | Unclear:
    """Every date of which the terms hold, of the next time that they do."""
    kinds = {term.kind for term in terms}
    fixed = bool(kinds & {"weekday", "holiday"}) or any(s.fixed for s in _sets(terms))
    held = [d for d in _searched(terms, today) if _all_hold(terms, d, today)]
    if not held:
        return Unclear(reason=_why_none(terms, today))
    coming = [d for d in held if d >= today]
    if kinds <= {"weekday", "holiday", "nth"}:
        coming = [d for d in coming if d > today or "holiday" in kinds][:1]
    return _first_run(coming) or held, fixed


def _why_none(terms: Sequence[Term], today: date) -> Reason:
    """No date in two years either way: another year was named, or a thirteenth month."""
    ahead = [
        int(term.value) - (today.year if term.kind == "year_of" else 0) for term in terms if term.kind in _RELATIVE
    ]
    if not ahead:
        return Reason.NO_SUCH_DAY
    return Reason.TOO_FAR if max(ahead) >= 0 else Reason.PAST


def _sets(terms: Sequence[Term]) -> list[DaySet]:
    return [SETS[term.value] for term in terms if term.kind == "days" and term.value in SETS]


def _searched(terms: Sequence[Term], today: date) -> list[date]:
    sets = _sets(terms)
    if sets and not any(term.kind in _CONTEXTS - {"days"} for term in terms):
        return _days(*sets[0].span(today))
    return _all_days(today)


def _all_days(today: date) -> list[date]:
    return _days(today - _LOOK_BACK, today + timedelta(days=_LOOK_AHEAD))


def _first_run(dates: list[date]) -> list[date]:
    run = dates[:1]
    for each in dates[1:]:
        if each - run[-1] > _SAME_RUN:
            break
        run.append(each)
    return run


def _all_hold(terms: Sequence[Term], day: date, today: date) -> bool:
    return all(holds(term, day, today) for term in terms)


def holds(term: Term, day: date, today: date) -> bool:
    """Whether what a term says is so of a day."""
    if term.kind == "days":
        return term.value not in SETS or SETS[term.value].holds(day)
    if term.kind == "holiday":
        return public_holiday(day) == term.value if term.value != "*" else public_holiday(day) is not None
    if term.kind == "within_days":
        return today <= day <= today + timedelta(days=int(term.value))
    if term.kind == "nth" and term.value == "-1":
        return (day + WEEK).month != day.month
    return _number(term.kind, day, today) == int(term.value)


def _number(kind: str, day: date, today: date) -> int:
    if kind == "week":
        return (monday_of(day) - monday_of(today)).days // 7
    if kind == "month":
        return (day.year - today.year) * _MONTHS + day.month - today.month
    if kind == "year":
        return day.year - today.year
    if kind == "nth":
        return (day.day - 1) // 7 + 1
    plain = {"day": (day - today).days, "year_of": day.year, "month_of": day.month, "dom": day.day}
    return plain[kind] if kind in plain else day.weekday()
