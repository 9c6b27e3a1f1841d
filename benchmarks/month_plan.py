"""Who asks what, when and in which words: the month before anybody has said a word, the same for the same seed."""

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from benchmarks.desk_customers import Customer, customer
from benchmarks.misheard import misheard
from benchmarks.spoken import rows
from intents.readings import reading_of
from kb.articles import Article
from server.opening_hours import public_holiday
from server.spans import TOKYO

FILE: Final = Path(__file__).parent / "data" / "month.toml"
QUESTIONS: Final = Path(__file__).parent / "data" / "dev_questions.tsv"
FIRST_DAY: Final = date(2026, 11, 1)  # two public holidays lie in it


class Kind(StrEnum):
    """What becomes of a matter at a device."""

    SOLVED = "solved"
    NEW_WORDS = "new_words"
    POOR = "poor"
    GAP = "gap"
    DANGER = "danger"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    OUTBREAK = "outbreak"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What somebody may want; `name` is its article's id where there is (or was) one."""

    name: str
    kind: Kind
    asks: tuple[str, ...]
    solved: str  # what an agent writes down about how it was solved
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A customer begins to speak.  `second`: what they ask about once the first is solved."""

    at: datetime
    who: Customer
    device: str
    matter: Matter
    second: Matter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The month; `articles` is the base the devices have."""

    matters: tuple[Matter, ...]
    articles: tuple[Article, ...]
    visits: tuple[Visit, ...]
    days: int

    @property
    def ends(self) -> datetime:
        """Midnight after the last day."""
        return datetime.combine(FIRST_DAY + timedelta(days=self.days), time(), TOKYO)


@cache
def given() -> dict[str, Any]:
    """Return the data file."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def planned(articles: Sequence[Article], *, customers: int, days: int, seed: int) -> Plan:
    """Draw the month."""
    rng = random.Random(f"plan {seed}")
    matters = _matters(articles, rng)
    base = tuple(_as_in_base(one, matters) for one in articles if not _is_out(one, matters))
    visits = sorted(_visits(matters, customers, days, rng), key=lambda one: one.at)
    return Plan(matters=matters, articles=base, visits=tuple(visits), days=days)


def worded(matter: Matter, rng: random.Random) -> str:
    """Return how a device hears it: as typed, as kana, or misheard."""
    text, said = rng.choice(matter.asks), given()["said"]
    how = rng.choices(("written", "kana", "misheard"), (said["written"], said["kana"], said["misheard"]))[0]
    if how == "written":
        return text
    return reading_of(text) if how == "kana" else misheard(reading_of(text), rng, rate=said["misheard_rate"])


def _matters(articles: Sequence[Article], rng: random.Random) -> tuple[Matter, ...]:
    spec, texts = given()["matters"], given()["texts"]
    questions: dict[str, list[str]] = {}
    for row in rows(QUESTIONS):
        questions.setdefault(row["id"], []).append(row["question"])
    plain = [one for one in articles if not one.safety and len(one.variants) > spec["kept_wordings"] * 2]
    rng.shuffle(plain)
    dangers = rng.sample([one for one in articles if one.safety], spec["danger"]["count"])
    found = []
    for kind in (Kind.SOLVED, Kind.NEW_WORDS, Kind.POOR, Kind.GAP, Kind.DANGER):
        drawn = dangers if kind is Kind.DANGER else [plain.pop() for _ in range(spec[kind]["count"])]
        for n, one in enumerate(drawn):
            weight = spec[kind]["weight"] * (n + 1) ** -spec["popularity"]
            found.append(_matter(one, kind, questions.get(one.id, []), weight))
    for kind, asks, solved in (
        (Kind.COMPLAINT, texts["complaints"], texts["complaint"]),
        (Kind.SUGGESTION, texts["suggestions"], texts["complaint"]),
    ):
        found.append(Matter(name=kind.value, kind=kind, asks=tuple(asks), solved=solved, weight=spec[kind]["weight"]))
    return (*found, *(_outbreak(one) for one in given()["outbreaks"]))


def _matter(article: Article, kind: Kind, questions: Sequence[str], weight: float) -> Matter:
    kept = given()["matters"]["kept_wordings"]
    asks = (*article.variants[kept:], *questions) if kind is Kind.NEW_WORDS else (*article.variants, *questions)
    solved = given()["texts"]["poor"] if kind is Kind.POOR else article.answer
    return Matter(name=article.id, kind=kind, asks=asks, solved=solved, weight=weight)


def _outbreak(table: Mapping[str, Any]) -> Matter:
    return Matter(name=table["name"], kind=Kind.OUTBREAK, asks=tuple(table["asks"]), solved=table["solved"], weight=0.0)


def _is_out(article: Article, matters: Sequence[Matter]) -> bool:
    return any(one.kind is Kind.GAP and one.name == article.id for one in matters)


def _as_in_base(article: Article, matters: Sequence[Matter]) -> Article:
    if not any(one.kind is Kind.NEW_WORDS and one.name == article.id for one in matters):
        return article
    return replace(article, variants=article.variants[: given()["matters"]["kept_wordings"]])


def _visits(matters: Sequence[Matter], customers: int, days: int, rng: random.Random) -> Iterator[Visit]:
    spec = given()["customers"]
    moments = _moments(customers, days, rng)
    outbreaks = _outbreaks(matters, days, rng)
    for number, at in enumerate(moments):
        who = customer(number, rng)
        device = f"home-{number}" if rng.random() < spec["home"] else f"shop-{rng.randrange(spec['shops'])}"
        matter = _drawn(matters, outbreaks.get(at.date()), rng)
        second = _drawn(matters, None, rng) if rng.random() < spec["second_matter"] else None
        yield Visit(at=at, who=who, device=device, matter=matter, second=second if second != matter else None)
        if rng.random() < spec["repeats"]:
            again = at + timedelta(minutes=rng.randrange(20, 600))
            yield Visit(at=again, who=who, device=device, matter=matter)
        elif rng.random() < spec["returns"]:
            later = at + timedelta(days=rng.randrange(2, 12), minutes=rng.randrange(-60, 60))
            yield Visit(at=later, who=who, device=device, matter=_drawn(matters, None, rng))


def _moments(customers: int, days: int, rng: random.Random) -> list[datetime]:
    """Return when the first visits begin, by weekday, holiday and hour."""
    table = given()
    dates = [FIRST_DAY + timedelta(days=n) for n in range(days)]
    busy = [table["holiday"] if public_holiday(day) else table["weekdays"][day.weekday()] for day in dates]
    hours = range(table["first_hour"], table["first_hour"] + len(table["hourly"]))
    found = []
    for day in rng.choices(dates, busy, k=customers):
        hour = rng.choices(hours, table["hourly"])[0]
        found.append(datetime.combine(day, time(hour), TOKYO) + timedelta(seconds=rng.randrange(3600)))
    return sorted(found)


def _outbreaks(matters: Sequence[Matter], days: int, rng: random.Random) -> dict[date, Matter]:
    found: dict[date, Matter] = {}
    lasting = given()["matters"]["outbreak_days"]
    for number, one in enumerate(one for one in matters if one.kind is Kind.OUTBREAK):
        first = rng.randrange(max(1, days - lasting[number]))
        found |= {FIRST_DAY + timedelta(days=first + n): one for n in range(lasting[number])}
    return found


def _drawn(matters: Sequence[Matter], outbreak: Matter | None, rng: random.Random) -> Matter:
    if outbreak is not None and rng.random() < given()["matters"]["outbreak_share"]:
        return outbreak
    return rng.choices(matters, [one.weight for one in matters])[0]
