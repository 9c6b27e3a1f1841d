"""Japanese public holidays by date and by name."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final

LAST_YEAR: Final = 2099  # the equinoxes are not computed beyond


def public_holiday(day: date) -> str | None:
    """The name of the public holiday on that day (振替休日 and 国民の休日 too), or None."""
    return _holidays_of(day.year).get(day)


@cache
def _holidays_of(year: int) -> Mapping[date, str]:
    import holidays

    if year > LAST_YEAR:
        return {}
    return {day: _plain(name) for day, name in holidays.country_holidays("JP", years=year, language="ja").items()}


def _plain(name: str) -> str:
    return "振替休日" if name.startswith("振替休日") else name
