"""Taking the base of the desk's machine in anew, after the desk took it over: what would change, and the drafts."""

from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import StringConstraints

from server.access import Account, Permission
from server.knowledge.errors import WorkshopFailed
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.pages import page

MOST_AT_ONCE: Final = 500  # articles; a form has at most 1,000 fields
router = APIRouter(prefix="/articles/take-in", include_in_schema=False)
Mark = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
MaySee = Annotated[Account, Depends(needs(Permission.PUBLISH))]
MayTake = Annotated[Account, Depends(needs_to_change(Permission.PUBLISH))]


@router.get("")
def show(request: Request, office: TheOffice, _account: MaySee, taken: int = -1, left: int = 0) -> Response:
    """Show what the machine's base holds otherwise; nothing is changed by looking."""
    office.editing.begin()
    found, problem = None, ""
    try:
        found = office.editing.compared()
    except WorkshopFailed as error:
        problem = str(error)
    return page(
        request,
        "articles_take_in.html",
        found=found,
        most=MOST_AT_ONCE,
        problem=problem,
        id=uuid4(),
        taken=taken,
        left=left,
        names=office.accounts.names(),
    )


@router.post("")
def take(
    office: TheOffice,
    account: MayTake,
    id: Annotated[UUID, Form()],  # noqa: A002
    chosen: Annotated[list[Mark], Form(max_length=MOST_AT_ONCE)] = [],  # noqa: B006
) -> Response:
    """Keep the chosen ones as drafts; `chosen` are the marks the page showed: what changed since then is left."""
    try:
        taken = office.editing.take_in(frozenset(chosen), id, by=account.login)
    except WorkshopFailed:
        return RedirectResponse("/articles/take-in", status_code=303)
    left = max(0, len(set(chosen)) - taken)
    return RedirectResponse(f"/articles/take-in?taken={taken}&left={left}", status_code=303)
