"""What everybody looks after themselves: name, password, sessions, the address of the own calendar.

Who must change the password first may do so here and nowhere else.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server.access import Account
from server.errors import AccountRefused, PasswordWeak
from server.logins import LONGEST_NAME
from server.office import Office
from server.passwords import LONGEST, SHORTEST, password_fits
from server.store.throttle import Try
from server.web.guard import COOKIE, AnybodyChanging, AnybodyHere, MustChangePassword, TheOffice
from server.web.login import asking_address
from server.web.pages import page

FEED: Final = "/feeds/{secret}.ics"  # see `web.feeds`
router = APIRouter(prefix="/me", include_in_schema=False)
Secret = Annotated[str, Form(max_length=1_000)]


@router.get("")
def show(request: Request, office: TheOffice, account: AnybodyHere, done: str = "") -> Response:
    """Show it; `done` says what was changed just now."""
    return _page(request, office, account, done=done)


@router.post("/name")
def rename(
    request: Request, office: TheOffice, account: AnybodyChanging, name: Annotated[str, Form(max_length=256)] = ""
) -> Response:
    """Change the name customers are told."""
    _first_the_password(account)
    try:
        office.accounts.rename(account.login, name, now=office.clock())
    except AccountRefused:
        return _page(request, office, account, problem="name", status=422)
    return RedirectResponse("/me?done=name", status_code=303)


@router.post("/password")
def change_password(
    request: Request,
    office: TheOffice,
    account: AnybodyChanging,
    old: Secret = "",
    new: Secret = "",
    again: Secret = "",
) -> Response:
    """Change the password; who is at an unlocked screen of somebody else does not know the old one."""
    if problem := _problem_of(request, office, account, old, new, again):
        return _page(request, office, account, problem=problem, status=429 if problem == "throttled" else 422)
    try:
        office.accounts.change_password(account.login, new, token=request.cookies[COOKIE], now=office.clock())
    except PasswordWeak:
        return _page(request, office, account, problem="weak", status=422)
    return RedirectResponse("/me?done=password", status_code=303)


@router.post("/sessions")
def end_other_sessions(request: Request, office: TheOffice, account: AnybodyChanging) -> Response:
    """Log oneself out everywhere else."""
    office.accounts.close_others(request.cookies[COOKIE], by=account.login, now=office.clock())
    return RedirectResponse("/me?done=sessions", status_code=303)


@router.post("/feed")
def make_feed(request: Request, office: TheOffice, account: AnybodyChanging) -> Response:
    """Make the calendar's address, or another one in its place; it is shown this once."""
    _first_the_password(account)
    secret = office.accounts.new_feed_secret(account.login, now=office.clock())
    return _page(request, office, account, feed=office.settings.public_url + FEED.format(secret=secret))


@router.post("/feed/revoke")
def revoke_feed(office: TheOffice, account: AnybodyChanging) -> Response:
    """End the calendar's address."""
    office.accounts.revoke_feed(account.login, now=office.clock())
    return RedirectResponse("/me?done=feed", status_code=303)


def _problem_of(request: Request, office: Office, account: Account, old: str, new: str, again: str) -> str | None:
    """Return what is wrong with what was typed, or None.  Old passwords are guessed no faster here than at the login."""
    if new != again:
        return "again"
    now = office.clock()
    attempt = office.throttle.attempt(account.login, asking_address(request, office), now=now)
    if not isinstance(attempt, Try):
        return "throttled"
    if not password_fits(old, office.accounts.password_hash(account.login)):
        office.throttle.failed(attempt, known=True, now=now)
        return "old"
    office.throttle.succeeded(attempt)
    return "same" if new == old else None


def _first_the_password(account: Account) -> None:
    if account.must_change_password:
        raise MustChangePassword


def _page(request: Request, office: Office, account: Account, *, status: int = 200, **context: Any) -> Response:
    given = {"done": "", "problem": None, "feed": None} | context
    token = request.cookies[COOKIE]
    return page(
        request,
        "me.html",
        status=status,
        sessions=office.accounts.sessions_of(account.login, token, now=office.clock()),
        has_feed=office.accounts.has_feed(account.login),
        shortest=SHORTEST,
        longest=LONGEST,
        longest_name=LONGEST_NAME,
        **given,
    )
