"""The pages on which admins look after staff accounts."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from server.access import Account, Permission, Role
from server.errors import AccountExists, AccountRefused, AccountUnknown
from server.logins import LONGEST_NAME, PATTERN, login_of
from server.office import Office
from server.passwords import new_password
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.pages import page

router = APIRouter(prefix="/accounts", include_in_schema=False)
MayLook = Annotated[Account, Depends(needs(Permission.MANAGE_ACCOUNTS))]
MayManage = Annotated[Account, Depends(needs_to_change(Permission.MANAGE_ACCOUNTS))]
Text = Annotated[str, Form(max_length=256)]
Wanted = Annotated[Role, Form()]
Skills = Annotated[list[str], Form(max_length=100)]


@router.get("")
def everybody(request: Request, office: TheOffice, _account: MayLook) -> Response:
    """Show all accounts, and the form for another one."""
    return _list(request, office, None)


@router.post("")
def add(
    request: Request,
    office: TheOffice,
    admin: MayManage,
    login: Text = "",
    name: Text = "",
    role: Wanted = Role.AGENT,
    skills: Skills = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Add an account; its first password is shown, this once."""
    password = new_password()
    known = _known_skills(office, skills)
    wanted = Account(login=login_of(login) or "", name=name, role=role, skills=known, must_change_password=True)
    try:
        office.accounts.add(wanted, password, by=admin.login, now=office.clock())
    except AccountRefused as refused:
        return _list(request, office, refused.reason, login=login, name=name, role=role, skills=known)
    except AccountExists:
        return _list(request, office, "exists", login=login, name=name, role=role, skills=known)
    return _password(request, office, wanted.login, password, new=True)


@router.get("/{login}")
def one(request: Request, office: TheOffice, _account: MayLook, login: str) -> Response:
    """Show one account and what can be done about it."""
    return _one(request, office, login, None)


@router.post("/{login}")
def change(
    request: Request,
    office: TheOffice,
    admin: MayManage,
    login: str,
    role: Wanted,
    name: Text = "",
    skills: Skills = [],  # noqa: B006
) -> Response:
    """Change name, role and skills."""
    known = _known_skills(office, skills)
    now = office.clock()
    return _done(
        request,
        office,
        login,
        lambda: office.staffing.change(login, name=name, role=role, skills=known, by=admin.login, now=now),
    )


@router.post("/{login}/password")
def reset_password(request: Request, office: TheOffice, admin: MayManage, login: str) -> Response:
    """Give the account a new password, shown this once; who waited after failed logins waits no more."""
    password = office.staffing.reset_password(_kept(login), by=admin.login, now=office.clock())
    office.throttle.forgive(login)
    return _password(request, office, login, password, new=False)


@router.post("/{login}/disable")
def disable(request: Request, office: TheOffice, admin: MayManage, login: str) -> Response:
    """Let nobody log in with it."""
    now = office.clock()
    return _done(request, office, login, lambda: office.staffing.disable(login, by=admin.login, now=now))


@router.post("/{login}/enable")
def enable(request: Request, office: TheOffice, admin: MayManage, login: str) -> Response:
    """Let somebody log in with it again."""
    now = office.clock()
    return _done(request, office, login, lambda: office.staffing.enable(login, by=admin.login, now=now))


def _done(request: Request, office: Office, login: str, work: Callable[[], object]) -> Response:
    """Do it and go back to the account, or say why not.  Raises AccountUnknown."""
    _kept(login)
    try:
        work()
    except AccountRefused as refused:
        return _one(request, office, login, refused.reason)
    return RedirectResponse(f"/accounts/{login}", status_code=303)


def _kept(login: str) -> str:
    """Return the login if it can be one: nothing else is asked of the database.  Raises AccountUnknown."""
    if login_of(login) != login:
        raise AccountUnknown(login)
    return login


def _list(request: Request, office: Office, problem: str | None, **given: object) -> Response:
    """Show the accounts; `given`: what the form holds that was refused."""
    form = {"login": "", "name": "", "role": Role.AGENT, "skills": ()} | given
    return page(
        request,
        "accounts.html",
        status=409 if problem == "exists" else 422 if problem else 200,
        accounts=sorted(office.accounts.everybody(), key=lambda account: account.disabled_at is not None),
        problem=problem,
        form=form,
        **_choices(office),
    )


def _one(request: Request, office: Office, login: str, problem: str | None) -> Response:
    account = office.accounts.get(_kept(login))
    status = 409 if problem else 200
    return page(request, "account.html", status=status, account=account, problem=problem, **_choices(office))


def _password(request: Request, office: Office, login: str, password: str, *, new: bool) -> Response:
    account = office.accounts.get(login)
    return page(request, "account_password.html", account=account, password=password, new=new)


def _choices(office: Office) -> dict[str, object]:
    return {
        "roles": list(Role),
        "all_skills": list(office.settings.desk.plan.capacity),
        "pattern": PATTERN,
        "longest_name": LONGEST_NAME,
    }


def _known_skills(office: Office, given: list[str]) -> tuple[str, ...]:
    """Return those the plan has; none means all."""
    return tuple(skill for skill in office.settings.desk.plan.capacity if skill in given)
