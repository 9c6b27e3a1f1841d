"""Invented customers who ask to be called: names, numbers, wishes and matters as real requests have them."""

import json
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from server.spans import TOKYO

FILE = Path(__file__).parent / "data/desk_customers.toml"
MOST_NUMBERS = 30_000_000  # of 070, 080 and 090 with eight digits
STRIDE = 7_368_787  # a prime: neighbours in time have nothing in common


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody; `phone` is E.164."""

    name: str
    reading: str
    phone: str


@cache
def invented() -> dict[str, Any]:
    """Return the file's lists."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def customer(number: int, rng: random.Random) -> Customer:
    """Return one with a phone number that no other `number` has."""
    surnames, given = invented()["surnames"], invented()["given"]
    first, last = given[rng.randrange(len(given))], surnames[int(len(surnames) * rng.random() ** 2)]
    place = number * STRIDE % MOST_NUMBERS
    phone = f"+81{('70', '80', '90')[place // 10_000_000]}{1 + place % 9}{place % 10_000_000:07d}"
    return Customer(f"{last[0]} {first[0]}", f"{last[1]} {first[1]}", phone)


def rare_customer() -> Customer:
    """Return the one who called once in all the years."""
    name, reading = invented()["rare"]
    return Customer(name, reading, "+819099999999")


def bodies(count: int, *, start: int, device: str, now: datetime) -> Iterator[bytes]:
    """Yield requests as devices send them, each of another customer; the numbers begin at `start`."""
    rng = random.Random(start)
    for number in range(start, start + count):
        yield body(customer(number, rng), rng, device=device, now=now)


def body(who: Customer, rng: random.Random, *, device: str, now: datetime) -> bytes:
    """Return a request as a device sends it, with one to three half days in which a call suits."""
    days = sorted(rng.sample(range(1, 13), rng.choice((1, 1, 2, 3))))
    request = {
        "id": str(uuid_of(rng)),
        "customer_name": who.name,
        "customer_reading": who.reading,
        "phone": who.phone,
        "topic": rng.choice(invented()["topics"]),
        "conversation": [{"speaker": speaker, "text": text} for speaker, text in invented()["conversation"]],
        "urgency": rng.choices(("normal", "complaint", "safety"), (90, 9, 1))[0],
        "windows": [half_day(now, day, afternoon=rng.random() < 0.5) for day in days],
        "consent": {"at": now.isoformat(), "wording": invented()["wording"]},
        "device": device,
    }
    return json.dumps(request, ensure_ascii=False).encode()


def half_day(now: datetime, days: int, *, afternoon: bool) -> dict[str, str]:
    """Return the morning or the afternoon some days from now."""
    midnight = (now.astimezone(TOKYO) + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    begins, ends = (13, 18) if afternoon else (9, 12)
    return {"begins": midnight.replace(hour=begins).isoformat(), "ends": midnight.replace(hour=ends).isoformat()}


def uuid_of(rng: random.Random) -> UUID:
    """Return a random id."""
    return UUID(int=rng.getrandbits(128), version=4)
