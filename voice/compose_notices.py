"""The composition root's room for what is told unasked: notices, follow-ups, tips."""

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from server.clock import system_clock
from server.notices import customer_digest
from voice.assistant import tokyo_time
from voice.desk_enrolment import FILE as ENROLMENT_FILE
from voice.desk_enrolment import EnrolmentFile
from voice.errors import SettingsError
from voice.known_customers import FILE as CUSTOMERS_FILE
from voice.known_customers import KnownCustomers
from voice.notice_talk import NoticeTalk
from voice.quiet_hours import quiet_hours
from voice.settings import Settings

if TYPE_CHECKING:
    from voice.desk_link import DeskLink
    from voice.notice_book import NoticeBook

JAPAN = "+81"


def notice_book(settings: Settings) -> "NoticeBook":
    """What this device is to tell of its own accord, as the desk said last."""
    from voice.notice_book import FILE, NoticeBook  # httpx takes its time, and most commands need no desk

    return NoticeBook(settings.data_dir / FILE, system_clock, customers=partial(_remembered, settings))


def notice_talk(settings: Settings, link: "DeskLink | None") -> NoticeTalk:
    """What tells notices and tips in conversations; without a desk tips alone."""
    book = link.notices if link and link.notices else notice_book(settings)
    quiet = quiet_hours(settings.quiet_hours).holds
    return NoticeTalk(book, tokyo_time, is_quiet=quiet, asks_stories=link is not None)


def _remembered(settings: Settings) -> frozenset[str]:
    """What the desk calls those whom this device remembers; nobody where it may not."""
    if not settings.remember_customers:
        return frozenset()
    try:
        enrolment = EnrolmentFile(settings.data_dir / ENROLMENT_FILE).read()
    except SettingsError:  # the link tells of it
        return frozenset()
    if enrolment is None:
        return frozenset()
    key = sha256(enrolment.token.encode()).digest()
    known = KnownCustomers(settings.data_dir / CUSTOMERS_FILE, system_clock).known()
    return frozenset(customer_digest(key, JAPAN + one.phone.digits[1:]) for one in known)
