"""The desk's settings read again while it answers: what can be taken up is, what needs a restart is named."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from server.desk import CallbackDesk
from server.errors import DeskError
from server.office import Office
from server.settings import Settings, load_settings
from server.work.worker import Stop, start_worker

log = logging.getLogger(__name__)

WHOLE: Final = {"desk": "callback", "tiers": "tiers"}  # tables that are named as one, by the file's names
AT_START_ONLY: Final = ("host", "port", "database_url", "trusted_proxies", "tls")  # of [listening]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What came of it: names of settings, "table.key", never values."""

    office: Office
    changed: tuple[str, ...] = ()  # in force now
    needs_restart: tuple[str, ...] = ()  # different in the file, but not in force


class Work:
    """The background work of an office; called, it ends."""

    def __init__(self, office: Office, start: Callable[[Office], Stop] = start_worker) -> None:
        self._stop = start(office)

    def __call__(self) -> None:
        """End it, within two seconds."""
        self._stop()


def reloaded(office: Office, file_before: Settings) -> tuple[Reloaded, Settings]:
    """Read the folder's file; return the office with it, its work begun anew, and the file's settings.

    `file_before` is what the file said last: what the command line or an address found at the start say stays.
    Raises SettingsInvalid; then everything goes on as before.
    """
    file = load_settings(office.folder)
    restart = tuple(one for one in _different(file_before, file) if _needs_restart(one))
    changed = tuple(one for one in _different(file_before, file) if not _needs_restart(one))
    if not changed:
        return Reloaded(office=office, needs_restart=restart), file_before
    settings = _taken_up(office.settings, file, file_before)
    desk = CallbackDesk(office.desk.queue, settings.desk, office.clock, passes_sms=bool(settings.webhook.url))
    renewed = replace(office, settings=settings, desk=desk)
    _begin_work_anew(renewed)
    return Reloaded(office=renewed, changed=changed, needs_restart=restart), _still(file, file_before)


def _begin_work_anew(office: Office) -> None:
    """The new one first: if it cannot begin, the former goes on.  Both at once do each thing once."""
    former = [end for end in office.closing if isinstance(end, Work)]
    if not former:  # nobody works here: a desk that only answers
        return
    office.closing.append(Work(office))
    for end in former:
        office.closing.remove(end)
        end()


def _taken_up(now: Settings, file: Settings, before: Settings) -> Settings:
    kept = {name: getattr(now.listening, name) for name in AT_START_ONLY}
    if file.listening.public_url == before.listening.public_url:
        kept["public_url"] = now.listening.public_url  # found out at the start where the file has none
    return file.model_copy(update={"listening": file.listening.model_copy(update=kept), "talk": now.talk})


def _still(file: Settings, before: Settings) -> Settings:
    """The file's settings but for those that are not in force: the next look names them again."""
    kept = {name: getattr(before.listening, name) for name in AT_START_ONLY}
    return file.model_copy(update={"listening": file.listening.model_copy(update=kept), "talk": before.talk})


def _needs_restart(name: str) -> bool:
    table, _, key = name.partition(".")
    return table == "talk" or (table == "listening" and key in AT_START_ONLY)


def _different(before: Settings, after: Settings) -> tuple[str, ...]:
    found = []
    for table in Settings.model_fields:
        old, new = getattr(before, table), getattr(after, table)
        if table in WHOLE:
            found += [WHOLE[table]] if old != new else []
        else:
            keys = type(old).model_fields
            found += [f"{table}.{key}" for key in keys if getattr(old, key) != getattr(new, key)]
    return tuple(found)


class Service(Protocol):
    """What watches over the desk from outside."""

    def turned(self) -> None:
        """Take note that requests can be answered."""
        ...

    def wants_reload(self) -> bool:
        """Whether the settings are to be read again; each wish is told once."""
        ...

    def reloaded(self) -> None:
        """Take note that they were, whatever came of it."""
        ...


class DeskReload:
    """Reads the settings of a running desk again.  `use` has an office answer requests from then on."""

    def __init__(self, office: Office, use: Callable[[Office], None]) -> None:
        self._office = office
        self._use = use
        self._file = load_settings(office.folder)

    def __call__(self) -> None:
        """Do it, in any thread; whatever is wrong with the file, the desk goes on."""
        try:
            found, self._file = reloaded(self._office, self._file)
        except (DeskError, OSError) as error:
            log.warning("the settings stay as they were: %s", error)
            return
        self._office = found.office
        self._use(found.office)
        log.warning("settings read again, different now: %s", ", ".join(found.changed) or "nothing")
        if found.needs_restart:
            log.warning("only a restart takes these up: %s", ", ".join(found.needs_restart))
