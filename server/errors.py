"""What can go wrong at the callback desk: one tree; a class says whether sending the same thing again can help."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from server.spans import Span


class DeskError(Exception):
    """Base of all errors of `server`."""

    exit_code = 7
    retryable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One thing wrong with a request; the text never repeats what the customer said."""

    field: str  # "phone", "windows.0.ends"; "request" when the whole is wrong
    message: str


class RequestInvalid(DeskError):
    """A callback request does not fit the wire model; sending it again cannot help."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("callback request refused: " + "; ".join(f"{p.field}: {p.message}" for p in problems))


class SettingsInvalid(DeskError):
    """A setting of the desk is missing or wrong; `key` is its place in the table."""

    exit_code = 2

    def __init__(self, key: str, reason: str) -> None:
        self.key = key
        super().__init__(f"setting {key}: {reason}")


class SkillUnknown(DeskError):
    """The plan has no capacity for that skill."""

    def __init__(self, skill: str) -> None:
        super().__init__(f"no capacity is set for the skill {skill!r}: add it to the table `capacity`")


class SlotClosed(DeskError):
    """The slot is no slot of the plan (outside hours, holiday, closure) or too near; offer others."""


class KeyInvalid(DeskError):
    """The key for personal data is missing, too short, or not the one the data was written with."""


class CaseUnknown(DeskError):
    """No case has that id (it may have been erased)."""

    def __init__(self, case_id: UUID) -> None:
        super().__init__(f"no case {case_id}")


class CaseClosed(DeskError):
    """The case is closed; nothing can be promised or claimed for it."""

    def __init__(self, case_id: UUID) -> None:
        super().__init__(f"case {case_id} is closed")


class AccountExists(DeskError):
    """There is an account of that login already."""

    def __init__(self, login: str) -> None:
        super().__init__(f"there is an account {login!r} already")


class AccountUnknown(DeskError):
    """There is no account of that login."""

    def __init__(self, login: str) -> None:
        super().__init__(f"there is no account {login!r}")


class AccountRefused(DeskError):
    """An account cannot be so, or not be changed so; `reason` is a key of the template `accounts_problem.html`.

    "login", "name": written wrongly; "last_admin": nobody could manage the desk any more; "oneself": admins take
    neither their own role nor their own account away.
    """

    exit_code = 2

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"refused: {reason}")


class PasswordWeak(DeskError):
    """The password is too short, too long or too simple."""

    exit_code = 2

    def __init__(self, shortest: int) -> None:
        self.shortest = shortest
        super().__init__(f"a password has at least {shortest} characters, and not few different ones")


class FolderUnusable(DeskError):
    """The desk's folder cannot be made, read or written, or holds no desk, or one where an empty folder is needed."""


class AddressUnusable(DeskError):
    """The desk cannot answer at that address: the port is taken, or the address is not of this machine."""


class StoreError(DeskError):
    """The database refused; nothing of the operation was kept."""


class StoreUnavailable(StoreError):
    """The database is away, busy or full; the same operation may succeed later."""

    retryable = True


class ValueRefused(StoreError):
    """The database cannot keep such a value (a NUL character, a number too large); sending it again cannot help."""


class StoreOutdated(StoreError):
    """The database has no or other tables than this program; `migrate` it."""


class DeskUnavailable(DeskError):
    """The desk did not answer, or nothing a desk would answer; the same may work later."""

    retryable = True


class AnswerUnusable(DeskUnavailable):
    """The desk answered: it refuses this very question, or says of it what no desk would; the same seldom helps."""


class StrangerAnswers(DeskUnavailable):
    """Something answers at the desk's address that is no callback desk: a web page, another service, a hotel's portal."""

    def __init__(self) -> None:
        super().__init__("something else answers at the desk's address: check the address, and any proxy on the way")


class DeviceRefused(DeskUnavailable):
    """The desk itself says that it does not know this device: its token is wrong, or it was revoked."""


class EnrolmentRefused(DeskError):
    """The code is wrong, used, or too old: staff make a new one."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the desk refused the code (HTTP {status}): ask staff for a new one")


class SlotTaken(DeskError):
    """The time is not free (any more); `offers` are."""

    def __init__(self, offers: Sequence[Span]) -> None:
        self.offers = tuple(offers)
        super().__init__("that time is not free")


class RatingRefused(DeskError):
    """The desk takes no rating for the request: the case is not closed (again), or it is not known."""

    def __init__(self, request_id: UUID, status: int) -> None:
        super().__init__(f"the rating of {request_id} was refused with HTTP {status}")


class RecordingRefused(DeskError):
    """The desk takes no such recording, now or later: it is to be erased."""

    def __init__(self, conversation: UUID, status: int) -> None:
        super().__init__(f"the recording of {conversation} was refused with HTTP {status}")


class LogRefused(DeskError):
    """The desk takes no such conversations; sending them again cannot help."""

    def __init__(self, status: int) -> None:
        super().__init__(f"conversations were refused with HTTP {status}")


class OutboxUnavailable(DeskError):
    """The outbox cannot be read or written (disk full, no rights, damage): nothing may be promised to the customer."""

    retryable = True

    def __init__(self, path: str, error: Exception) -> None:
        super().__init__(f"the outbox {path} cannot be used: {error}")
