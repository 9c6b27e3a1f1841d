"""Who is asking, and may they: sessions of staff, permissions, forged forms."""

import hmac
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Form, Header, Request

from server.access import Account, Permission
from server.office import Office
from server.store.accounts import Session

COOKIE: Final = "koemado_session"
SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS"}


class NotLoggedIn(Exception):
    """Nobody is logged in: pages lead to the login, parts of pages say so."""


class MustChangePassword(Exception):
    """The password was given by somebody else: first of all it is changed, on /me."""


class Forbidden(Exception):
    """The role does not allow it, or the form is not ours; `reason` is a key of the page `refused.html`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def office_of(request: Request) -> Office:
    """Return the parts of the desk."""
    office: Office = request.app.state.office
    return office


async def _office(request: Request) -> Office:
    """The same as a dependency: waits for nothing, so that it needs no other thread."""
    return office_of(request)


TheOffice = Annotated[Office, Depends(_office)]


def session_of(request: Request, office: TheOffice) -> Session | None:
    """Return who is logged in, or None."""
    token = request.cookies.get(COOKIE)
    found = office.accounts.session(token, now=office.clock()) if token else None
    request.state.session = found  # pages show who is here
    return found


MaybeSession = Annotated[Session | None, Depends(session_of)]


def _checked(
    request: Request,
    session: MaybeSession,
    csrf: Annotated[str, Form()] = "",
    x_csrf_token: Annotated[str, Header()] = "",
) -> Account:
    """Return who is logged in; whatever changes something carries the session's token.  Raises NotLoggedIn, Forbidden."""
    if session is None:
        raise NotLoggedIn
    if not hmac.compare_digest((csrf or x_csrf_token).encode(), session.csrf.encode()):
        raise Forbidden("csrf")
    return session.account


def _read(session: MaybeSession) -> Account:
    if session is None:
        raise NotLoggedIn
    return session.account


# What those may do, too, who must change their password first.
AnybodyHere = Annotated[Account, Depends(_read)]
AnybodyChanging = Annotated[Account, Depends(_checked)]


def needs(permission: Permission) -> Callable[..., Account]:
    """Return the dependency of a page (GET): the account, when it may.

    Raises NotLoggedIn, MustChangePassword, Forbidden.
    """

    def allowed(account: Annotated[Account, Depends(_read)]) -> Account:
        return _permitted(account, permission)

    return allowed


def needs_to_change(permission: Permission) -> Callable[..., Account]:
    """Return the dependency of what changes something (POST): the same, and the form must be ours."""

    def allowed(account: Annotated[Account, Depends(_checked)]) -> Account:
        return _permitted(account, permission)

    return allowed


def _permitted(account: Account, permission: Permission) -> Account:
    if account.must_change_password:
        raise MustChangePassword
    if not account.may(permission):
        raise Forbidden("role")
    return account
