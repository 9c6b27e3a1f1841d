"""Setting a demo up: its settings, people, devices and week."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Final

from server.access import Account
from server.demo.accounts import Guest
from server.demo.customers import Customers
from server.demo.talks import Talks
from server.demo.texts import Place, Texts, settings_text, texts
from server.demo.week import DAYS, WalkingClock, Week
from server.desk import CallbackDesk
from server.errors import FolderUnusable
from server.office import Office
from server.opening_hours import Block
from server.passwords import new_password
from server.settings import SETTINGS_FILE
from server.spans import TOKYO, Span
from server.store.devices import DeviceStore
from server.store.journal import SYSTEM
from server.store.notes import NoteStore
from server.store.queue import SqlCallbackQueue
from server.store.unsynced import unsynced

SEED: Final = 20
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The first is what a desk is like; the others are for newcomers who look at lunch time or at night.
HOURS: Final = (((9, 12), (13, 20)), ((9, 20),), ((0, 24),))
AROUND: Final = timedelta(hours=1)  # the desk is open so long before and after the moment of looking


def prepare(folder: Path, now: datetime) -> None:
    """Write the demo's settings into an empty folder.  Raises FolderUnusable for another one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FolderUnusable(f"folder {folder} is not empty: a demo is made in an empty one only")
        (folder / SETTINGS_FILE).write_text(settings_text(_hours_around(now)), encoding="utf-8")
    except OSError as error:
        raise FolderUnusable(f"folder {folder} cannot be used: {error.strerror or error}") from error


def fill(office: Office, *, seed: int = SEED) -> tuple[Guest, ...]:
    """Fill an office opened on such a folder up to now; return who may log in.  Takes some seconds."""
    now, words = office.clock(), texts()
    clock = WalkingClock(now - timedelta(days=DAYS + 1))
    queue = SqlCallbackQueue(office.engine, office.vault)
    customers = Customers(words, office.articles, Random(seed))  # noqa: S311  # a play, no secret
    week = Week(
        CallbackDesk(queue, office.settings.desk, clock),
        NoteStore(office.engine, office.vault),
        clock,
        customers,
        words,
        seed,
    )
    with unsynced(office.engine):
        guests = _add_staff(office, words, clock.now)
        _enrol(DeviceStore(office.engine, office.vault), words.places, clock.now, now)
        week.play(now)
        _log_talks(office, Talks(words, office.articles, customers, Random(seed + 1)), customers, now)  # noqa: S311
    return guests


def _log_talks(office: Office, talks: Talks, customers: Customers, now: datetime) -> None:
    """Hand in what the devices logged, as they do: each its own.  What was said is grouped by the background work."""
    today = datetime.combine(now.astimezone(TOKYO).date(), time(), TOKYO)
    days = (today - timedelta(days=n) for n in range(DAYS, -1, -1))
    logged = [*talks.of_requests(customers.made), *(talk for day in days for talk in talks.of_a_day(day, now))]
    for talk in sorted(logged, key=lambda one: one.ended_at):
        office.talks.keep([talk], device=talk.device, now=talk.ended_at)


def _add_staff(office: Office, words: Texts, at: datetime) -> tuple[Guest, ...]:
    guests = tuple(Guest(login=s.login, name=s.name, role=s.role, password=new_password()) for s in words.staff)
    for guest in guests:
        account = Account(login=guest.login, name=guest.name, role=guest.role)
        office.accounts.add(account, guest.password, by=SYSTEM, now=at)
    return guests


def _enrol(devices: DeviceStore, places: tuple[Place, ...], at: datetime, now: datetime) -> None:
    for place in places:
        code = devices.make_code(place.id, place.name, by=SYSTEM, now=at)
        device, _token = devices.enrol(code, now=at)
        devices.heartbeat(device, place.version, now=now - timedelta(hours=place.silent_hours))


def _hours_around(now: datetime) -> str:
    """Return the opening hours as lines of TOML: on the days around now long enough to have something due."""
    around = Span(now - AROUND, now + AROUND)
    days = {moment.astimezone(TOKYO).date() for moment in (around.begins, around.ends)}
    needed = next(hours for hours in HOURS if _covers(hours, days, around))
    special = {day.weekday() for day in days}
    lines = [(name, needed if number in special else HOURS[0]) for number, name in enumerate(WEEKDAYS)]
    return "\n".join(f"{name} = [{', '.join(map(_block_text, hours))}]" for name, hours in lines)


def _covers(hours: tuple[tuple[int, int], ...], days: set[date], around: Span) -> bool:
    blocks = [Block(first * 60, last * 60).on(day) for day in sorted(days) for first, last in hours]
    return (len(days) > 1 and hours is HOURS[-1]) or any(block.contains(around) for block in blocks)


def _block_text(block: tuple[int, int]) -> str:
    return f'"{block[0]:02}:00-{block[1]:02}:00"'
