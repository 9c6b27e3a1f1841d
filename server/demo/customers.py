"""Invented customers and what they send."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID

from server.articles import ArticleDirectory
from server.demo.texts import Matter, Texts, Wish
from server.spans import TOKYO
from server.wire import CallbackRequest, Channel, Consent, Speaker, TextTurn, Urgency, Window

UUID_BITS: Final = 128
RETURNING: Final = 0.1  # share of those who had another matter this week
OTHER_CHANNEL: Final = 0.08
LEAST_WINDOW: Final = timedelta(minutes=110)  # lead time and a choice of slots
AT_ONCE: Final = timedelta(days=1)  # how long those in danger wait by the phone
DAYS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer; `family` is the written and read name that others of the household share."""

    family: tuple[str, str]
    name: str
    reading: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A request that a conversation came to, and its matter's topic."""

    request: CallbackRequest
    topic: str
    at: datetime


class Customers:
    """Makes them up, the same for the same seed."""

    def __init__(self, texts: Texts, articles: ArticleDirectory, random: Random) -> None:
        self._texts = texts
        self._articles = articles
        self._random = random
        self._pairs = self._shuffled_pairs()
        self._known: list[Person] = []
        self.made: list[Made] = []  # requests, in their order

    def somebody(self) -> Person:
        """Return a customer, now and then one who was here before."""
        if self._known and self._random.random() < RETURNING:
            return self._random.choice(self._known)
        family, given = next(self._pairs)
        person = self._person(family, given, self._phone())
        self._known.append(person)
        return person

    def relative_of(self, person: Person) -> Person:
        """Return another one of the same household and number."""
        givens = [given for given in self._texts.givens if not person.name.endswith(given[0])]
        return self._person(person.family, self._random.choice(givens), person.phone)

    def request(
        self,
        person: Person,
        matter: Matter,
        *,
        at: datetime,
        windows: Sequence[Window] = (),
        second: bool = False,
    ) -> CallbackRequest:
        """Return what the device sends at that moment; `second`: somebody asks again about the same matter."""
        wish = self._random.choice(self._texts.wishes)
        channel = self._channel()
        request = CallbackRequest(
            id=self.new_id(),
            customer_name=person.name,
            customer_reading=person.reading,
            phone=person.phone,
            topic=matter.topic,
            article_id=matter.topic if self._articles.card(matter.topic) else None,
            conversation=tuple(self._again(matter) if second else self._turns(matter, wish)),
            urgency=matter.urgency,
            windows=tuple(windows) or _windows(matter, wish, at),
            channel=channel,
            channel_address=f"customer{self._random.randrange(1000)}@example.jp" if channel is Channel.EMAIL else None,
            consent=Consent(at=at, wording=self._texts.phrases["device"]["consent"]),
            device=self._random.choice(self._texts.places[:3]).id,
        )
        if not second:
            self.made.append(Made(request=request, topic=matter.topic, at=at))
        return request

    def new_id(self) -> UUID:
        """Return an id that the seed decides."""
        return UUID(int=self._random.getrandbits(UUID_BITS), version=4)

    def _shuffled_pairs(self) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
        pairs = [(family, given) for family in self._texts.families for given in self._texts.givens]
        self._random.shuffle(pairs)
        return iter(pairs)

    def _person(self, family: tuple[str, str], given: tuple[str, str], phone: str) -> Person:
        return Person(family=family, name=f"{family[0]} {given[0]}", reading=f"{family[1]} {given[1]}", phone=phone)

    def _phone(self) -> str:
        """Return a number nobody has: see `data/people.toml`."""
        code, digits = self._random.choice(self._texts.areas)
        exchange = f"1{self._random.randrange(3, 9)}{'5' * (digits - 2)}"
        return f"{code}-{exchange}-{self._random.randrange(10_000):04}"

    def _channel(self) -> Channel:
        other = self._random.random() < OTHER_CHANNEL
        return self._random.choice((Channel.EMAIL, Channel.SMS)) if other else Channel.PHONE

    def _turns(self, matter: Matter, wish: Wish) -> Iterator[TextTurn]:
        """Yield the conversation: question, answer, why it did not help, and what was agreed."""
        device = self._texts.phrases["device"]
        card = self._articles.card(matter.topic)
        urgent = matter.urgency is Urgency.SAFETY
        yield self._customer(matter.asks)
        yield _device(card.answer if card else device["unknown"])
        yield self._customer(matter.unsolved)
        yield _device(device["offer_safety" if urgent else "offer"])
        yield self._customer(self._texts.phrases["danger"]["texts"] if urgent else [wish.text])
        yield from self._agreed()

    def _again(self, matter: Matter) -> Iterator[TextTurn]:
        """Yield what somebody says who asks again about the same matter."""
        device, seconds = self._texts.phrases["device"], self._texts.phrases["seconds"]
        urgent = matter.urgency is Urgency.SAFETY
        yield self._customer(seconds["safety_asks" if urgent else "asks"])
        yield _device(device["noted_safety" if urgent else "noted"])
        yield self._customer(seconds["safety_goes_on" if urgent else "goes_on"])
        yield from self._agreed()

    def _agreed(self) -> Iterator[TextTurn]:
        device = self._texts.phrases["device"]
        yield _device(device["consent"])
        yield self._customer(self._texts.phrases["yes"]["asks"])
        yield _device(device["agreed"])

    def _customer(self, choice: Sequence[str]) -> TextTurn:
        return TextTurn(speaker=Speaker.CUSTOMER, text=self._random.choice(choice))


def _device(text: str) -> TextTurn:
    return TextTurn(speaker=Speaker.DEVICE, text=text)


def _windows(matter: Matter, wish: Wish, at: datetime) -> tuple[Window, ...]:
    """Return the wished time of the next days, as far as it is not over; in danger it is now."""
    if matter.urgency is Urgency.SAFETY:
        return (Window(begins=at, ends=at + AT_ONCE),)
    today = at.astimezone(TOKYO).date()
    days = [today + timedelta(days=n) for n in range(wish.after_days, wish.after_days + DAYS)]
    spans = [(_on(day, wish.first_hour), _on(day, wish.last_hour)) for day in days]
    return tuple(Window(begins=max(b, at), ends=e) for b, e in spans if e - max(b, at) >= LEAST_WINDOW)


def _on(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), TOKYO)
