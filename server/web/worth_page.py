"""What it is worth that customers tell: the customer-loss model with the organisation's figures, and what if."""

from dataclasses import fields
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from server.access import Account, Permission
from server.insight.worth import BOUNDS, KINDS, Assumptions, Wish, own_figures, worth
from server.office import Office
from server.periods import Period
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.measures_page import figures_in
from server.web.pages import is_part, page

PERIODS: Final = (30, 90, 365)  # days; a year is reckoned from them
WISHES: Final = {"wish_satisfied": (-50, 100, 1), "wish_told": (-50, 100, 1)}  # lowest, highest, step
Points = Annotated[float, Query(ge=-100, le=100, allow_inf_nan=False)]
MaySee = Annotated[Account, Depends(needs(Permission.SEE_MEASURES))]
router = APIRouter(include_in_schema=False)


@router.get("/worth")
def show(
    request: Request,
    office: TheOffice,
    account: MaySee,
    days: Annotated[int, Query(ge=1, le=366)] = PERIODS[1],
    wish_satisfied: Points = 0.0,
    wish_told: Points = 0.0,
) -> Response:
    """Show the model; sliders that were moved come as queries and change nothing until they are saved."""
    assumed = office.assumptions.current()
    values, wrong = _moved(assumed.values, request.query_params)
    wish = Wish(satisfied=wish_satisfied, told=wish_told)
    return page(
        request,
        "worth_part.html" if is_part(request) else "worth.html",
        days=days,
        periods=PERIODS,
        assumed=assumed,
        values=values,
        wrong=wrong,
        wish=wish,
        bounds=BOUNDS,
        wishes=WISHES,
        kinds=KINDS,
        part=is_part(request),
        may_save=account.may(Permission.EXPORT),
        names=office.accounts.names(),
        **_computed(office, days, values, wish),
    )


@router.post("/worth")
async def save(
    request: Request,
    office: TheOffice,
    account: Annotated[Account, Depends(needs_to_change(Permission.EXPORT))],
    days: Annotated[int, Form(ge=1, le=366)] = PERIODS[1],
) -> Response:
    """Put the assumptions of the form in force."""
    values, _ = _moved(office.assumptions.current().values, await request.form())
    office.assumptions.assume(values, by=account.login, now=office.clock())
    return RedirectResponse(f"/worth?days={days}", status_code=303)


def _computed(office: Office, days: int, values: Assumptions, wish: Wish) -> dict[str, Any]:
    found, _ = figures_in(office, Period.until(office.clock(), days))
    own = own_figures(found, days=days)
    now, then = worth(own, values), worth(own, values, wish)
    one_more = worth(own, values, Wish(told=1.0)) if own.told else now
    more_told = one_more.told - now.told
    return {
        "own": own,
        "year": now,
        "what_if": then if (wish.satisfied or wish.told) else None,
        "saved_yen": now.lost_yen - then.lost_yen,
        "one_more_yen": (now.lost_yen - one_more.lost_yen) / more_told if more_told else None,
    }


def _moved(values: Assumptions, given: Any) -> tuple[Assumptions, list[str]]:
    """Return the assumptions with what a form gives in their place; the names of what made no sense."""
    found, wrong = {}, []
    for one in fields(values):
        found[one.name], fits = _number(given.get(one.name), one.name, getattr(values, one.name))
        if not fits:
            wrong.append(one.name)
    return Assumptions(**found), wrong


def _number(text: object, name: str, otherwise: float) -> tuple[float, bool]:
    if text is None:
        return otherwise, True
    low, high, _ = BOUNDS[name]
    try:
        number = float(str(text))
    except ValueError:
        return otherwise, False
    return (number, True) if low <= number <= high else (otherwise, False)
