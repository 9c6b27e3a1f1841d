"""What people and programs get instead of a page when something is refused or fails."""

import logging
from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from server.enrolment import CodeRefused, CodesThrottled
from server.errors import (
    AccountUnknown,
    CaseClosed,
    CaseUnknown,
    DeskError,
    FieldProblem,
    RequestInvalid,
    SkillUnknown,
    SlotClosed,
    StoreUnavailable,
    ValueRefused,
)
from server.knowledge.errors import ArticleMissing, WorkshopFailed
from server.web.device_guard import NoDevice
from server.web.guard import Forbidden, MustChangePassword, NotLoggedIn
from server.web.pages import is_part, page

RETRY_SECONDS: Final = 5
THROTTLED_SECONDS: Final = 600
FOR_PROGRAMS: Final = (
    *("/callbacks", "/slots", "/hours", "/conversations", "/recordings", "/knowledge", "/health"),
    *("/devices/enrol", "/devices/heartbeat", "/openapi.json"),
)
WHY: Final = {
    "role": "the role does not allow it",
    "csrf": "the form is not ours",
    "held": "somebody else has the case",
}
MEANING: Final[dict[type[DeskError], tuple[int, str, int]]] = {  # status, page, seconds after which to try again
    CaseUnknown: (404, "unknown", 0),
    AccountUnknown: (404, "unknown", 0),
    ArticleMissing: (404, "unknown", 0),
    WorkshopFailed: (409, "unequipped", 0),
    CaseClosed: (409, "closed", 0),
    SlotClosed: (409, "slot", 0),
    SkillUnknown: (409, "slot", 0),
    CodeRefused: (403, "role", 0),
    CodesThrottled: (429, "malformed", THROTTLED_SECONDS),
    ValueRefused: (422, "malformed", 0),
    StoreUnavailable: (503, "away", RETRY_SECONDS),
}
_log = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    """Have all errors answered here."""
    app.add_exception_handler(NoDevice, _no_device)
    app.add_exception_handler(NotLoggedIn, _login)
    app.add_exception_handler(MustChangePassword, _change_password)
    app.add_exception_handler(Forbidden, _forbidden)
    app.add_exception_handler(RequestInvalid, _invalid)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(DeskError, _desk_error)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _internal)


def wants_json(request: Request) -> bool:
    """Whether a program is asking: everything that does not prefer HTML, and all that is there for programs."""
    if request.url.path.startswith(FOR_PROGRAMS):
        return True
    return "text/html" not in request.headers.get("Accept", "") and not is_part(request)


def problems(status: int, found: Sequence[FieldProblem], **headers: str) -> JSONResponse:
    """Answer a program: one form for every error, `{"problems": [{"field", "message"}]}`."""
    body = {"problems": [{"field": problem.field, "message": problem.message} for problem in found]}
    return JSONResponse(body, status_code=status, headers=headers)


def refused(request: Request, status: int, reason: str, message: str, **headers: str) -> Response:
    """Answer whoever asks; `reason` is a key of `refused.html`, `message` is for programs."""
    if wants_json(request):
        return problems(status, [FieldProblem(field="request", message=message)], **headers)
    answer = page(request, "refused.html", status=status, reason=reason)
    answer.headers.update(headers)
    return answer


def _no_device(_request: Request, _error: Exception) -> Response:
    found = FieldProblem(field="request", message="the token is missing, unknown or revoked")
    return problems(401, [found], **{"WWW-Authenticate": "Bearer"})


def _login(request: Request, _error: Exception) -> Response:
    if is_part(request):
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    if wants_json(request):
        return refused(request, 401, "login", "nobody is logged in")
    back = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/login?next={back}", status_code=303)


def _change_password(request: Request, _error: Exception) -> Response:
    if is_part(request):
        return Response(status_code=403, headers={"HX-Redirect": "/me"})
    if wants_json(request):
        return refused(request, 403, "role", "the password must be changed first")
    return RedirectResponse("/me", status_code=303)


def _forbidden(request: Request, error: Exception) -> Response:
    reason = error.reason if isinstance(error, Forbidden) else "role"
    return refused(request, 409 if reason == "held" else 403, reason, WHY.get(reason, "not allowed"))


def _invalid(request: Request, error: Exception) -> Response:
    if not wants_json(request):
        return refused(request, 422, "malformed", "")
    return problems(422, error.problems if isinstance(error, RequestInvalid) else ())


def _malformed(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    if not wants_json(request):
        return refused(request, 422, "malformed", "")
    return problems(
        422, [FieldProblem(field=".".join(map(str, e["loc"][1:])) or "request", message=e["msg"]) for e in found]
    )


def _desk_error(request: Request, error: Exception) -> Response:
    for kind, (status, reason, wait_s) in MEANING.items():
        if isinstance(error, kind):
            headers = {"Retry-After": str(wait_s)} if wait_s else {}
            return refused(request, status, reason, str(error), **headers)
    _log.error("request failed: %s", type(error).__name__)
    return refused(request, 500, "failed", "internal error")


def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    reason = {404: "unknown", 405: "malformed", 413: "malformed"}.get(status, "failed")
    detail = str(error.detail) if isinstance(error, HTTPException) else "internal error"
    return refused(request, status, reason, detail, **headers)


def _internal(request: Request, error: Exception) -> Response:
    _log.error("request failed: %s at %s", type(error).__name__, request.scope.get("route", ""))
    return refused(request, 500, "failed", "internal error")
