"""Logging in and out."""

from datetime import datetime
from math import ceil
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server.logins import login_of
from server.office import Office
from server.passwords import password_fits
from server.store.accounts import SESSION_LASTS
from server.throttling import client_address
from server.web.guard import COOKIE, AnybodyChanging, Forbidden, MaybeSession, TheOffice
from server.web.pages import page

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=256)]


@router.get("/")
def start() -> Response:
    """Lead to the queue."""
    return RedirectResponse("/queue", status_code=303)


@router.get("/login")
def show(request: Request, session: MaybeSession, next: str = "/queue") -> Response:  # noqa: A002  # the field's name
    """Show the form; who is logged in already goes on."""
    if session is not None:
        return RedirectResponse(_inside(next), status_code=303)
    return page(request, "login.html", next=_inside(next), login="", problem=None)


@router.post("/login")
def log_in(
    request: Request,
    office: TheOffice,
    login: Text,
    password: Text,
    next: Text = "/queue",  # noqa: A002
) -> Response:
    """Begin a session, or say that name or password is wrong, or how long to wait."""
    _from_our_page(request)
    now, known = office.clock(), login_of(login)
    attempt = office.throttle.attempt(known or login, asking_address(request, office), now=now)
    if isinstance(attempt, datetime):
        return _wait(request, login, _inside(next), ceil((attempt - now).total_seconds()))
    kept = office.accounts.password_hash(known) if known else None
    if known is None or not password_fits(password, kept):
        office.throttle.failed(attempt, known=kept is not None, now=now)
        return page(request, "login.html", next=_inside(next), login=login, problem="wrong", status=403)
    office.throttle.succeeded(attempt)
    token = office.accounts.open_session(known, now=now)
    answer = RedirectResponse(_inside(next), status_code=303)
    secure = request.url.scheme == "https"
    age = int(SESSION_LASTS.total_seconds())
    answer.set_cookie(COOKIE, token, max_age=age, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/logout")
def log_out(request: Request, office: TheOffice, account: AnybodyChanging) -> Response:
    """End the session."""
    office.accounts.close_session(request.cookies[COOKIE], by=account.login, now=office.clock())
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def asking_address(request: Request, office: Office) -> str:
    """Return the address a request comes from; proxies are believed when the settings say so."""
    peer = request.client.host if request.client else ""
    forwarded = ",".join(request.headers.getlist("X-Forwarded-For"))
    return client_address(peer, forwarded, office.settings.listening.trusted_proxies)


def _wait(request: Request, login: str, onward: str, seconds: int) -> Response:
    """Say how long; no password was looked at."""
    shown = {"minutes": seconds // 60, "seconds": seconds % 60}
    answer = page(request, "login.html", next=onward, login=login, problem="throttled", wait=shown, status=429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _from_our_page(request: Request) -> None:
    """Refuse a login another site's page sends; browsers say where a form comes from.  Raises Forbidden."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in (None, "same-origin", "none") or (origin and urlsplit(origin).netloc != request.url.netloc):
        raise Forbidden("csrf")


def _inside(path: str) -> str:
    """Return a path of our own: nobody is led elsewhere after the login."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path
    return path if plain else "/queue"
