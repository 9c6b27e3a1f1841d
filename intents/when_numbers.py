"""Numbers with their counters: 12月3日, 15:30, 三十分後 (as digits, after `form`) and じゅうにがつみっか (as words)."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from intents.data_files import load
from intents.when_forms import Word

_ERAS: Final = {"令和": 2018, "レエワ": 2018, "r": 2018, "平成": 1988, "ヘエセエ": 1988, "昭和": 1925, "ショオワ": 1925}
_DAYS_AFTER: Final = ("ご", "したら", "ほどしたら", "くらいしたら", "たったら")
_AFTER: Final = ("ご", "あと", "ほどご", "くらいご", "したら", "くらいしたら", "ぐらいしたら", "ほどしたら", "たったら")
_Made = Callable[[re.Match[str]], Word]


def _plain(kind: str) -> _Made:
    return lambda match: Word(kind, " ".join(str(int(group)) for group in match.groups()))


def _times(kind: str, factor: int) -> _Made:
    return lambda match: Word(kind, str(int(match[1]) * factor))


def _era(match: re.Match[str]) -> Word:
    return Word("year_of", str(_ERAS[match[1]] + (1 if match[2] in ("元", "ガン") else int(match[2]))))


def _short_era_date(match: re.Match[str]) -> Word:
    """R8.12.5."""
    return Word("date", f"{_ERAS['令和'] + int(match[1])} {int(match[2])} {int(match[3])}")


def _minutes_before(match: re.Match[str]) -> Word:
    """「3時15分前」 is a quarter to three."""
    hour, minute = divmod(int(match[1]) * 60 - int(match[2]), 60)
    return Word("clock", f"{hour % 24} {minute}")


def _hours(kind: str) -> _Made:
    return lambda match: Word(kind, str(int(match[1]) * 60 + (30 if match[2] else 0)))


_LATER: Final = "(?:クライ|グライ|ホド)?(?:後|ゴ(?!ゴ)|アト|シタラ|経ッタラ|タッタラ)"
_IN_DAYS: Final = "(?:クライ|グライ|ホド)?(?:後|ゴ(?!ゴ)|シタラ|経ッタラ|タッタラ)"
_HOUR: Final = "(?:時|ジ)(?!間|カン)"
_RULES: Final[tuple[tuple[re.Pattern[str], _Made], ...]] = tuple(
    (re.compile(pattern), made)
    for pattern, made in (
        (r"(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?(?!\d)", _plain("date")),
        (r"r(\d{1,2})[./](\d{1,2})[./](\d{1,2})(?!\d)", _short_era_date),
        (rf"({'|'.join(_ERAS)})(元|ガン|\d{{1,2}})(?:年|ネン)", _era),
        (r"(\d{4})(?:年|ネン)", _plain("year_of")),
        (r"(\d{1,2})/(\d{1,2})(?![\d/])", _plain("monthday")),
        (r"(\d{1,2}):([0-5]\d)(?!\d)", _plain("clock")),
        (r"(\d{1,2})(?:時間|ジカン)(半|ハン)?" + _LATER, _hours("minutes_after")),
        (r"(\d{1,2})(?:時間|ジカン)(半|ハン)?(?:以内|イナイ)", _hours("minutes_within")),
        (r"(\d{1,3})(?:分|フン|プン)" + _LATER, _times("minutes_after", 1)),
        (r"(\d{1,3})(?:分|フン|プン)(?:以内|イナイ)", _times("minutes_within", 1)),
        (r"(\d{1,3})(?:日|ニチ)" + _IN_DAYS, _times("day", 1)),
        (r"(\d{1,3})(?:日|ニチ)前", _times("day", -1)),
        (r"(\d),?、?(\d)日" + _IN_DAYS, lambda match: Word("day", f"{match[1]} {match[2]}")),
        (r"(\d{1,2})週間?" + _IN_DAYS, _times("day", 7)),
        (r"(\d{1,2})(?:日|ニチ)(?:以内|イナイ)", _times("within_days", 1)),
        (r"(\d{1,2})週間?以内", _times("within_days", 7)),
        (r"(\d{1,2})[ケカヵヶ箇]月後", _plain("month")),
        (r"第(\d)(?:の)?(?=[月火水木金土日]曜)", _plain("nth")),
        (rf"(\d{{1,2}}){_HOUR}([0-5]?\d)(?:分|フン|プン)前", _minutes_before),
        (rf"(\d{{1,2}}){_HOUR}([0-5]?\d)(?:分|フン|プン)(?!後)", _plain("clock")),
        (rf"(\d{{1,2}}){_HOUR}", _plain("clock")),
        (rf"(\d{{1,2}})(?=[~〜](?:午[前後])?\d{{1,2}}{_HOUR})", _plain("clock")),
        (r"(\d{1,2})(?=[~〜]\d{1,2}(?:日|ニチ))", _plain("dom")),
        (r"(\d{1,2})(?:月|ガツ)", _plain("month_of")),
        (r"(\d{1,2})(?:日|ニチ)(?!間|目)", _plain("dom")),
        (r"([0-5]?\d)(?:分|フン|プン)", _plain("minute")),
        (r"\d+", lambda _: Word("skip", "")),
        (r"([月火水木金]{2,5})(?![曜一-鿿])", lambda match: _weekdays(match[1])),
        (r"[(・、]?([月火水木金土日])[)](?!曜)", lambda match: _weekdays(match[1])),
        (r"([月火水木金土日])(?=(?:[・、とかや,][月火水木金土日])+(?![一-鿿]))", lambda match: _weekdays(match[1])),
        (r"(?<=[月火水木金土日][・、とかや,])([月火水木金土日])(?![一-鿿])", lambda match: _weekdays(match[1])),
    )
)


def _weekdays(signs: str) -> Word:
    return Word("weekday", " ".join(str("月火水木金土日".index(sign)) for sign in signs))


def number_at(text: str, place: int) -> tuple[Word | None, int]:
    """The number with its counter that begins there, and where it ends; None and `place` when there is none."""
    for pattern, made in _RULES:
        match = pattern.match(text, place)
        if match:
            return made(match), match.end()
    return None, place


def counted_words() -> Iterator[tuple[str, Word]]:
    """Counted things in kana, each with all its readings."""
    data = load("when")["numbers"]
    yield from _minutes(data)
    for hour, ways in enumerate(data["hours"]):
        yield from ((way, Word("clock", str(hour))) for way in ways.split())
    for month, ways in enumerate(data["months"], 1):
        yield from ((way, Word("month_of", str(month))) for way in ways.split())
    for day, ways in enumerate(data["days"], 1):
        for way in ways.split():
            yield way, Word("dom", str(day))
            yield from ((way + after, Word("day", str(day))) for after in (*_DAYS_AFTER, "あと"))
            yield way + "いない", Word("within_days", str(day))
    yield from _spans(data["digits"])
    yield from (("にさんにち" + after, Word("day", "2 3")) for after in _DAYS_AFTER)
    yield "にさんにちいない", Word("within_days", "3")
    yield from _years(data["digits"])


def _minutes(data: dict[str, list[str]]) -> Iterator[tuple[str, Word]]:
    for ten, begins in enumerate(data["tens"]):
        whole = data["whole_tens"][ten].split()
        ones = [(begins + way, one) for one, ways in enumerate(data["minutes"]) for way in ways.split()]
        for way, one in [*((way, 0) for way in whole), *ones]:
            minutes = str(ten * 10 + one)
            yield way, Word("minute", minutes)
            yield from ((way + after, Word("minutes_after", minutes)) for after in _AFTER)
            yield way + "いない", Word("minutes_within", minutes)
            yield way + "まえ", Word("minutes_before", minutes)


def _spans(digits: list[str]) -> Iterator[tuple[str, Word]]:
    """Hours, weeks and months from now."""
    for count, ways in enumerate(digits):
        for way in ways.split():
            yield from ((f"{way}じかん{after}", Word("minutes_after", str(count * 60))) for after in _AFTER)
            yield way + "じかんいない", Word("minutes_within", str(count * 60))
            yield from ((f"{way}しゅうかん{after}", Word("day", str(count * 7))) for after in _DAYS_AFTER)
            yield way + "しゅうかんいない", Word("within_days", str(count * 7))
            yield way + "かげつご", Word("month", str(count))


def _years(digits: list[str]) -> Iterator[tuple[str, Word]]:
    """The years of Reiwa, to its thirtieth, and of the century, to 2029, in kana."""
    for ten, begins in enumerate(("", "じゅう", "にじゅう")):
        for one, ways in enumerate(digits[:10]):
            for way in ways.split() or [""]:
                if begins + way:
                    yield f"れいわ{begins}{way}ねん", Word("year_of", str(_ERAS["令和"] + ten * 10 + one))
                    yield f"にせん{begins}{way}ねん", Word("year_of", str(2000 + ten * 10 + one))
