"""The documentation of what the interface for devices answers besides success."""

from typing import Any, Final

from server.web.api_models import Problems, Refusal
from server.web.refusals import RETRY_SECONDS

Answers = dict[int | str, dict[str, Any]]

_RETRY: Final = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
AWAY: Final[Answers] = {
    503: {
        "model": Problems,
        "description": f"The database is away or busy.  Nothing was kept: send the same again after {RETRY_SECONDS} s.",
        "headers": _RETRY,
    }
}
WRONG: Final[Answers] = {422: {"model": Problems, "description": "Every wrong field is named, none is quoted."}}
TOO_LARGE: Final[Answers] = {413: {"model": Problems, "description": "The body is larger than any request may be."}}
NO_DEVICE: Final[Answers] = {
    401: {
        "model": Problems,
        "description": "The token is missing, unknown, or the device was revoked: enrol again.",
        "headers": {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}},
    }
}
NOT_SENT: Final[Answers] = {404: {"model": Problems, "description": "This device sent no such request."}}
NOT_YOURS: Final[Answers] = {
    403: {
        "model": Problems,
        "description": "`device` is not the device of the token, or the id is that of another device's request.",
    }
}
NOT_FREE: Final[Answers] = {
    409: {
        "model": Refusal,
        "description": "The time is full, outside the hours, too near or too far; or the case is closed.",
    }
}
NOT_CLOSED: Final[Answers] = {409: {"model": Problems, "description": "The case is not closed, or it was erased."}}
NOT_ASKED: Final[Answers] = {
    409: {"model": Problems, "description": "`recommend_until` let nobody be asked, or the case was erased."}
}
ERASED: Final[Answers] = {409: {"model": Problems, "description": "The case was erased."}}
NOT_THIS_DEVICE: Final[Answers] = {
    403: {"model": Problems, "description": "A conversation's `device` is not the device of the token."}
}
NOT_LOGGED: Final[Answers] = {
    404: {"model": Problems, "description": "This device's conversation is not here, yet or any more."}
}
NO_RECORDINGS: Final[Answers] = {
    409: {"model": Problems, "description": "This desk keeps no recordings: erase it, and do not send it again."}
}
TAKEN_BACK: Final[Answers] = {
    410: {"model": Problems, "description": "It was taken back, or its customer was erased: erase it as well."}
}
CODE_WRONG: Final[Answers] = {
    403: {"model": Problems, "description": "The code is not known, was used, or its half hour is over."},
    429: {"model": Problems, "description": "Too many wrong codes came in; wait.", "headers": _RETRY},
}
ALWAYS: Final[Answers] = NO_DEVICE | WRONG | AWAY
