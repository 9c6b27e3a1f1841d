"""Logging in and out."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from server.access import Account, Permission
from server.passwords import password_fits
from server.store.accounts import SESSION_LASTS
from server.web.guard import COOKIE, Forbidden, MaybeSession, TheOffice, needs_to_change
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
    """Begin a session, or say that name or password is wrong."""
    _from_our_page(request)
    if not password_fits(password, office.accounts.password_hash(login)):
        return page(request, "login.html", next=_inside(next), login=login, problem="wrong", status=403)
    token = office.accounts.open_session(login, now=office.clock())
    answer = RedirectResponse(_inside(next), status_code=303)
    secure = request.url.scheme == "https"
    age = int(SESSION_LASTS.total_seconds())
    answer.set_cookie(COOKIE, token, max_age=age, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/logout")
def log_out(
    request: Request, office: TheOffice, account: Annotated[Account, Depends(needs_to_change(Permission.SEE_QUEUE))]
) -> Response:
    """End the session."""
    office.accounts.close_session(request.cookies[COOKIE], by=account.login, now=office.clock())
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE)
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
