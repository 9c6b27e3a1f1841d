"""Whether what the desk says of the month, in its figures and on its pages, is what happened."""

import csv
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Any, Final

from benchmarks.month_plan import FIRST_DAY
from benchmarks.month_playing import Played
from benchmarks.month_truth import Numbers, Truth
from server.insight.worth import Assumptions, OwnFigures, worth
from server.nightly import NAMES, NPS, SHARES
from server.periods import Period
from server.work.days import differing

TOLERANCE_S: Final = 1e-3  # of times: floats are added in another order
SECTIONS: Final = {
    "kept": "kept", "service_level": "level", "self_solved": "solved", "first_contact": "contact", "csat": "csat",
    "satisfied": "satisfied",
}  # fmt: skip
BIG: Final = r"<b>([\d,]+)[件人]</b>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A number that is not what happened."""

    where: str
    what: str
    said: object
    truth: object

    def __str__(self) -> str:
        return f"{self.where}: {self.what} is {self.said}, not {self.truth}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How many numbers were looked at, and those that are wrong."""

    numbers: int
    wrong: tuple[Difference, ...]
    period: Numbers
    worth: Mapping[str, float]


def checked(played: Played, truth: Truth) -> Checked:
    """Compare everything."""
    period = Period(FIRST_DAY, FIRST_DAY + timedelta(days=played.plan.days - 1))
    told = truth.numbers(period.span)
    asked = f"first={period.first}&last={period.last}"
    pairs = [
        *_nights(played, truth, period),
        *_files(played, told, truth, asked),
        *_measures_page(played, told, asked),
        *_voices(played, truth, period, asked),
    ]
    more, figures = _worth(played, truth)
    pairs += more
    wrong = [one for one in pairs if not same(one.said, one.truth)]
    now = played.backend.clock()
    wrong += [
        Difference(where=f"kept {day}", what=name, said="another figure", truth="what its rows come to")
        for day, name in differing(played.backend.office, period.first, period.last, now=now)
    ]
    return Checked(numbers=len(pairs), wrong=tuple(wrong), period=told, worth=figures)


def same(said: object, truth: object) -> bool:
    """Whether two figures are equal; times may differ by rounding."""
    if isinstance(said, Mapping) and isinstance(truth, Mapping):
        return said.keys() == truth.keys() and all(same(said[name], truth[name]) for name in said)
    if isinstance(said, float) or isinstance(truth, float):
        return isinstance(said, int | float) and isinstance(truth, int | float) and abs(said - truth) <= TOLERANCE_S
    return said == truth


def _nights(played: Played, truth: Truth, period: Period) -> Iterator[Difference]:
    kept = {one.day: one.figures for one in played.backend.office.nightly.days(period.first, period.last)}
    for day in _days(period):
        yield from _each(f"night of {day}", kept.get(day, {}), truth.numbers(Period(day, day).span))


def _each(where: str, said: Mapping[str, Any], told: Numbers) -> Iterator[Difference]:
    for name in NAMES:
        yield Difference(where=where, what=name, said=said.get(name), truth=told[name])


def _files(played: Played, told: Numbers, truth: Truth, asked: str) -> Iterator[Difference]:
    body = played.backend.page(f"/measures.json?{asked}").json()
    yield from _each("/measures.json", body["figures"], told)
    for one in body["days"]:
        day = date.fromisoformat(one["day"])
        yield from _each(f"/measures.json {day}", one["figures"], truth.numbers(Period(day, day).span))
    rows = csv.DictReader(StringIO(played.backend.page(f"/measures.csv?{asked}").text.lstrip("\ufeff")))
    for row in rows:
        if row["day"] == "period":
            numbers = {name: float(row[name]) for name in told[row["measure"]] if row[name] != ""}
            yield Difference(where="/measures.csv", what=row["measure"], said=numbers, truth=told[row["measure"]])


def _measures_page(played: Played, told: Numbers, asked: str) -> Iterator[Difference]:
    """The numbers as a lead reads them."""
    page = html.unescape(played.backend.page(f"/measures?{asked}").text)
    for name, section in SECTIONS.items():
        text = page.partition(f'aria-labelledby="m-{section}"')[2].partition("</section>")[0]
        found = re.search(r"(\d+)件のうち(\d+)件", text)
        said = {"part": int(found[2]), "whole": int(found[1])} if found else {"part": 0, "whole": 0}
        yield Difference(where="/measures", what=name, said=said, truth=told[name])
    found = re.search(r"\((\d+)回のうち(\d+)回\)", page)
    reach = {"part": int(found[2]), "whole": int(found[1])} if found else {"part": 0, "whole": 0}
    yield Difference(where="/measures", what="reach", said=reach, truth=told["reach"])
    found = re.search(r"お答え(\d+)件\(9と10が(\d+)件、0から6が(\d+)件\)", page)
    nps = dict(zip(("answers", "promoters", "detractors"), map(int, found.groups()), strict=True)) if found else None
    yield Difference(where="/measures", what=NPS, said=nps, truth=dict(told[NPS]) if told[NPS]["answers"] else None)


def _voices(played: Played, truth: Truth, period: Period, asked: str) -> Iterator[Difference]:
    topic_of = {(one.talk, one.turn): one.topic for one in played.backend.office.insight.matters()}
    told = truth.voices(period.span, topic_of)
    topics = played.backend.page(f"/voices.json?{asked}").json()["topics"]
    for ending in ("voice", "human", "again", "lost"):
        yield Difference(where="/voices.json", what=ending, said=sum(one[ending] for one in topics), truth=told[ending])
    page = played.backend.page(f"/voices?{asked}").text
    for section, ending in (("all", None), ("voice", "voice"), ("human", "human"), ("lost", "lost")):
        text = page.partition(f'aria-labelledby="v-{section}"')[2].partition("</section>")[0]
        found = re.search(BIG if ending is None else r'<p class="soft">(\d+)件</p>', text)
        wanted = told.total() if ending is None else told[ending]
        yield Difference(where="/voices", what=ending or "all", said=int(found[1]) if found else None, truth=wanted)


def _worth(played: Played, truth: Truth) -> tuple[list[Difference], dict[str, float]]:
    satisfied, calmed, unsolved = truth.worth()
    days = played.plan.days + 1  # today is one of them
    page = html.unescape(played.backend.page(f"/worth?days={days}").text)
    found = re.search(r"ご満足(\d+)件、落ち着かれただけ(\d+)件、未解決(\d+)件", page)
    said = tuple(map(int, found.groups())) if found else None
    year = worth(OwnFigures(days=days, satisfied=satisfied, calmed=calmed, unsolved=unsolved), Assumptions())
    lost = re.search(r'id="w-lost">.*?' + BIG, page, re.DOTALL)
    shown = int(lost[1].replace(",", "")) if lost else None
    figures = {"trouble": year.trouble, "lost": year.lost, "lost_yen": year.lost_yen}
    return [
        Difference(where="/worth", what="told", said=said, truth=(satisfied, calmed, unsolved)),
        Difference(where="/worth", what="lost", said=shown, truth=round(year.lost)),
    ], figures


def _days(period: Period) -> list[date]:
    return [period.first + timedelta(days=n) for n in range(period.days)]


def shares(told: Numbers) -> dict[str, float | None]:
    """Return the shares of a period, from 0 to 1."""
    return {name: told[name]["part"] / told[name]["whole"] if told[name]["whole"] else None for name in SHARES}
