"""Where purchases and repairs are registered: by the organisation's system with a token, by staff on a case's page."""

import hmac
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, HTTPException, Response
from fastapi.responses import RedirectResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from server.access import Account, Permission
from server.errors import FieldProblem, RequestInvalid
from server.follow_ups import Occasion, Registered, is_worth_it
from server.spans import TOKYO
from server.store.follow_ups import planned
from server.web import api_answers as answers
from server.web.api_models import Problems
from server.web.device_guard import body_schema, sent
from server.web.guard import TheOffice, needs_to_change
from server.wire import LONGEST_NAME

SYSTEM: Final = "organisation"  # the journal's name for who has the token
router = APIRouter(tags=["follow-ups"])
pages = APIRouter(include_in_schema=False)
_BEARER: Final = HTTPBearer(
    auto_error=False, scheme_name="organisation token", description="`follow_ups.token` of desk.toml"
)
MayWork = Annotated[Account, Depends(needs_to_change(Permission.WORK))]


class Planned(BaseModel):
    """Whether anything will be told: not where no case of the customer is kept, for then nothing is kept of it."""

    planned: bool


def the_system(office: TheOffice, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
    """Let whoever has the token in.  Raises HTTPException; without a token in the settings nobody is."""
    token = office.settings.follow_ups.token
    if not token or given is None or not hmac.compare_digest(given.credentials.encode(), token.encode()):
        raise HTTPException(401, "the token is missing or wrong", headers={"WWW-Authenticate": "Bearer"})


_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problems, "description": "The token is missing or wrong, or none is set."}
}


@router.post(
    "/follow-ups",
    dependencies=[Depends(the_system)],
    openapi_extra=body_schema(Registered),
    responses=_ANSWERS | answers.WRONG | answers.AWAY | answers.TOO_LARGE,
)
def register(office: TheOffice, told: Annotated[Registered, Depends(sent(Registered))]) -> Planned:
    """Register a purchase or a repair; two weeks later the customer's device tells the three most important things.

    The id is the caller's: sent again it is the same.  Only customers of whom a case is kept are followed up, on devices
    that remember them.
    """
    now = office.clock()
    if not is_worth_it(told.at, now):
        raise RequestInvalid([FieldProblem(field="at", message="must lie within the last weeks")])
    plan = planned(told.id, told.occasion, told.topic, told.at)
    return Planned(planned=office.follow_ups.plan_for(told.phone, plan, by=SYSTEM, now=now))


@pages.post("/cases/{case_id}/follow-up")
def plan(
    case_id: UUID,
    office: TheOffice,
    account: MayWork,
    follow_up_id: Annotated[UUID, Form()],
    occasion: Annotated[Occasion, Form()],
    on: Annotated[str, Form(max_length=LONGEST_NAME)],
) -> Response:
    """Register a purchase or a repair of a case's customer."""
    now = office.clock()
    try:
        happened_at = datetime.fromisoformat(on).replace(hour=12, tzinfo=TOKYO)
    except ValueError as error:
        raise RequestInvalid([FieldProblem(field="on", message="must be a date")]) from error
    if not is_worth_it(happened_at, now):
        raise RequestInvalid([FieldProblem(field="on", message="must lie within the last weeks")])
    topic = office.desk.queue.case(case_id).topic
    office.follow_ups.plan(planned(follow_up_id, occasion, topic, happened_at), case_id, by=account.login, now=now)
    return RedirectResponse(f"/cases/{case_id}", status_code=303)
