"""Dates, times of day and days of the week, as text for the synthesiser."""

import re
from typing import Final

from intents.rewriting import Rule, rule
from intents.spoken_counts import HYPHEN, counted, number
from intents.spoken_data import FRACTION_OF, alternatives

_YEAR: Final = "(?<![0-9])(?P<year>(?:19|20)[0-9]{2})"
_MONTH: Final = "(?P<month>1[0-2]|0?[1-9])"
_DAY: Final = "(?P<day>3[01]|[12][0-9]|0?[1-9])(?![0-9])"
_HALF: Final = {"a": "午前", "p": "午後", "": ""}


def _date(match: re.Match[str]) -> str:
    parts = match.groupdict()
    counters = {"year": "年", "month": "月", "day": "日"}
    return "".join(counted(parts[name], counter) for name, counter in counters.items() if parts.get(name))


def _time(match: re.Match[str]) -> str:
    half = (match["before"] or match["after"] or "")[:1].casefold()
    said = _HALF[half] + counted(match["hour"], "時")
    for value, counter in ((match["minute"], "分"), (match["second"], "秒")):
        said += counted(value, counter) if int(value or 0) else ""
    return said


def _weekdays(match: re.Match[str]) -> str:
    """Days of the week written with one character each: 月〜金 is 「月曜から、金曜」."""
    joints = {"〜": "から、", "~": "から、", "-": "から、"}
    return "".join(f"{part}曜" if part in "月火水木金土日" else joints.get(part, "、") for part in match["days"])


_NOT_A_FRACTION: Final = rf"(?!\s?(?:{alternatives(FRACTION_OF)}))"
_DAYS: Final = "(?P<days>[月火水木金土日](?:[・/〜~-][月火水木金土日])+)"
_MERIDIEM: Final = r"[AaPp]\.?[Mm]\.?"
RULES: Final[tuple[Rule, ...]] = (
    rule(rf"{_YEAR}(?P<joint>/|\.|{HYPHEN}){_MONTH}(?P=joint){_DAY}", _date),
    rule(rf"{_YEAR}/{_MONTH}(?![0-9/])", _date),
    rule(rf"(?:{_YEAR}年)?(?<![0-9]){_MONTH}月{_DAY}日", _date),
    rule(rf"(?<![0-9/.]){_MONTH}/{_DAY}(?![/%]){_NOT_A_FRACTION}", _date),
    rule(
        rf"(?<![0-9:])(?:(?P<before>{_MERIDIEM})\s?)?(?P<hour>[01]?[0-9]|2[0-9]):(?P<minute>[0-5][0-9])"
        rf"(?::(?P<second>[0-5][0-9]))?(?![0-9:])(?:\s?(?P<after>{_MERIDIEM}))?",
        _time,
    ),
    rule(r"(?<=[0-9]時)00?分", ""),
    rule(r"(?<=毎月|今月|来月|先月|翌月|当月|前月|月の)1日(?!間|ず|あ|以|に)", "ツイタチ"),
    rule(r"(?<![0-9])1日(?=付|\()", "ツイタチ"),
    rule(rf"(?<![一-龯]){_DAYS}(?=曜)", lambda match: _weekdays(match).removesuffix("曜")),
    rule(rf"(?<![一-龯]){_DAYS}(?![一-龯々])", _weekdays),
    rule(r"\((?P<days>[月火水木金土日])\)", lambda match: f"、{match['days']}曜日、"),
    rule(r"(?<![0-9])([0-9]+):([0-9]+)(?![0-9:])", lambda match: f"{number(match[1])}タイ{number(match[2])}"),
)
