"""The customers this device may remember: a file of its own, readable by its owner alone, gone when they are forgotten."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from intents.address import Address
from intents.callback_form import Known, Setting
from intents.name_slot import NameHeard
from intents.phone_slot import PhoneDraft
from voice.files import write_atomically

FILE: Final = "known-customers.json"
OWNER_ONLY: Final = 0o600
MOST: Final = 5  # of a household or a shop; more names nobody listens to

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A customer who agreed, and when."""

    customer: Known
    since: datetime  # aware


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    reading: str = Field(min_length=1, max_length=100)
    written: str = Field("", max_length=100)
    family: str = Field("", max_length=100)
    given: str = Field("", max_length=100)
    phone: str = Field(pattern="^0[0-9]{8,11}$")
    since: AwareDatetime
    address: Address | None = None
    may_ask: bool | None = None
    request: UUID | None = None


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    version: Literal[1] = 1
    customers: list[_Row] = Field(max_length=MOST)


class KnownCustomers:
    """A file with at most `MOST` customers, who agreed last first.  For any number of threads.

    Nothing here raises for what a disk does.  A file that is damaged holds personal data nobody could use or see: it is
    erased, with one warning.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock
        self._lock = Lock()
        self._warned = False

    def all(self) -> tuple[Remembered, ...]:
        """Return them; nobody where the file cannot be read."""
        with self._lock:
            return self._read()

    def known(self) -> tuple[Known, ...]:
        """Return them without when they agreed."""
        return tuple(one.customer for one in self.all())

    def has_file(self) -> bool:
        """Whether there is something to be erased, readable or not."""
        return self._path.exists()

    def remember(self, customer: Known, instead: Known | None = None) -> bool:
        """Keep a customer, in place of `instead` where their data has changed; False when it could not be kept.

        Of more than `MOST` the one who agreed first makes room.
        """
        with self._lock:
            others = [one for one in self._read() if not _is_one_of(one.customer, (customer, instead))]
            return self._write([Remembered(customer=customer, since=self._clock()), *others][:MOST])

    def change(self, customer: Known, **changes: Any) -> bool:
        """Keep something else of a customer who is remembered; False when they are not, or it could not be kept."""
        with self._lock:
            found = self._read()
            is_theirs = [_is_one_of(one.customer, (customer,)) for one in found]
            if not any(is_theirs):
                return False
            changed = [
                replace(one, customer=replace(one.customer, **changes)) if is_meant else one
                for one, is_meant in zip(found, is_theirs, strict=True)
            ]
            return self._write(changed)

    def forget(self) -> bool:
        """Erase everybody; False when somebody is still there."""
        with self._lock:
            return self._erase()

    def forget_one(self, place: int) -> bool:
        """Erase the customer at this place of `all`; False when there is none, or the file could not be written."""
        with self._lock:
            found = self._read()
            if not 0 <= place < len(found):
                return False
            rest = [*found[:place], *found[place + 1 :]]
            return self._write(rest) if rest else self._erase()

    def _read(self) -> tuple[Remembered, ...]:
        try:
            table = _Table.model_validate_json(self._path.read_bytes())
            return tuple(_remembered(row) for row in table.customers)
        except FileNotFoundError:
            return ()
        except ValidationError:  # its text would quote names and numbers
            log.warning("%s is damaged: nobody is known any more, and it is erased", self._path)
            self._erase()
        except OSError as error:
            self._warn(error)
        return ()

    def _write(self, customers: Sequence[Remembered]) -> bool:
        table = _Table(customers=[_row(one) for one in customers])
        try:
            write_atomically(self._path, table.model_dump_json(exclude_none=True).encode(), mode=OWNER_ONLY)
        except OSError as error:
            self._warn(error)
            return False
        self._erase_unfinished()
        return True

    def _erase(self) -> bool:
        try:
            self._path.unlink(missing_ok=True)
            self._erase_unfinished()
            _settle(self._path.parent)
        except OSError as error:
            self._warn(error)
        return not self._path.exists()

    def _erase_unfinished(self) -> None:
        """Take away what a power cut left of a write."""
        for path in self._unfinished():
            with suppress(OSError):
                path.unlink()

    def _unfinished(self) -> Iterator[Path]:
        return self._path.parent.glob(f".{self._path.name}-*")

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            log.warning("known customers cannot be read or written: %s", error)
        self._warned = True


class CustomerMemory:
    """The known customers as conversations meet them.  Unless it `remembers`, nobody is asked about; forgetting works."""

    def __init__(self, customers: KnownCustomers, *, remembers: bool) -> None:
        self._customers = customers
        self._remembers = remembers

    def in_setting(self, setting: Setting) -> Setting:
        """Return the setting with whom this device knows."""
        known = self._customers.known()
        kept = bool(known) or self._customers.has_file()
        return replace(setting, known=known if self._remembers else (), remembers=self._remembers, kept=kept)

    def remember(self, customer: Known, instead: Known | None) -> bool:
        """See `CallDesk.remember`."""
        return self._remembers and self._customers.remember(customer, instead)

    def known(self) -> tuple[Known, ...]:
        """Return whom this device knows, whether or not it may remember more."""
        return self._customers.known()

    def change(self, customer: Known, **changes: Any) -> bool:
        """See `KnownCustomers.change`."""
        return self._customers.change(customer, **changes)

    def forget(self) -> bool:
        """See `CallDesk.forget`."""
        return self._customers.forget()


def _is_one_of(customer: Known, others: Sequence[Known | None]) -> bool:
    return any(other and _key(customer) == _key(other) for other in others)


def _key(customer: Known) -> tuple[str, str]:
    return customer.name.reading, customer.phone.digits


def _row(one: Remembered) -> _Row:
    name = one.customer.name
    return _Row(
        reading=name.reading,
        written=name.written,
        family=name.family,
        given=name.given,
        phone=one.customer.phone.digits,
        since=one.since,
        address=one.customer.address,
        may_ask=one.customer.may_ask,
        request=one.customer.request,
    )


def _remembered(row: _Row) -> Remembered:
    name = NameHeard(reading=row.reading, written=row.written, family=row.family, given=row.given)
    known = Known(
        name=name, phone=PhoneDraft(digits=row.phone), address=row.address, may_ask=row.may_ask, request=row.request
    )
    return Remembered(customer=known, since=row.since)


def _settle(folder: Path) -> None:
    """Have the folder written down, so that a power cut brings nothing back; where folders cannot be, nothing."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
