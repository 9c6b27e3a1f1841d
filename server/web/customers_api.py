"""What is known of customers, told by the organisation's system with a token, and by the devices they speak to."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from server.customers import CustomerAnswer, CustomerSaid, CustomerTold
from server.errors import FieldProblem, RequestInvalid
from server.store.journal import device_actor
from server.web import api_answers as answers
from server.web.api import sent_by
from server.web.api_models import Problems
from server.web.device_guard import TheDevice, body_schema, sent
from server.web.follow_ups_api import SYSTEM, the_system
from server.web.guard import TheOffice

router = APIRouter(tags=["customers"])
devices = APIRouter(tags=["callbacks"])
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Problems, "description": "The token is missing or wrong, or none is set."}
}


@router.put(
    "/customers",
    dependencies=[Depends(the_system)],
    openapi_extra=body_schema(CustomerTold),
    responses=_ANSWERS | answers.WRONG | answers.AWAY | answers.TOO_LARGE,
)
def tell(office: TheOffice, told: Annotated[CustomerTold, Depends(sent(CustomerTold))]) -> CustomerAnswer:
    """Say a customer's tier, how they are called and how they like to be answered; the same again changes nothing.

    Only of customers of whom a case is kept.  A promise that stands is not moved by it: staff may, with the customer.
    """
    if told.tier and told.tier not in office.settings.tiers:
        raise RequestInvalid([FieldProblem(field="tier", message="stands not in the desk's settings")])
    kept = office.customers.change_for(told.phone, told.change, by=SYSTEM, now=office.clock())
    return CustomerAnswer(kept=kept)


@devices.put(
    "/callbacks/{callback_id}/customer",
    status_code=204,
    response_class=Response,
    openapi_extra=body_schema(CustomerSaid),
    responses=answers.ALWAYS | answers.NOT_SENT | answers.TOO_LARGE,
)
def say(
    callback_id: UUID,
    office: TheOffice,
    device: TheDevice,
    said: Annotated[CustomerSaid, Depends(sent(CustomerSaid))],
) -> Response:
    """Keep how the customer of a request likes to be called, and whether they may be asked later how things are.

    The same again changes nothing.  Of a request that was erased nothing is kept.
    """
    found = sent_by(office, device, callback_id)
    if found.case_id is not None:
        office.customers.change(found.case_id, said.change, by=device_actor(device.id), now=office.clock())
    return Response(status_code=204)
