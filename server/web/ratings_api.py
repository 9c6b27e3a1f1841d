"""The interface for devices: what a customer answered to "are you satisfied?"."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from server.errors import FieldProblem
from server.ratings import RatingGiven
from server.store.journal import device_actor
from server.web import api_answers as answers
from server.web.api import sent_by
from server.web.device_guard import TheDevice, body_schema, sent
from server.web.guard import TheOffice
from server.web.refusals import problems

router = APIRouter(tags=["callbacks"])


@router.put(
    "/callbacks/{callback_id}/rating",
    status_code=204,
    response_class=Response,
    openapi_extra=body_schema(RatingGiven),
    responses=answers.ALWAYS | answers.NOT_SENT | answers.NOT_CLOSED | answers.TOO_LARGE,
)
def rate(
    callback_id: UUID,
    office: TheOffice,
    device: TheDevice,
    given: Annotated[RatingGiven, Depends(sent(RatingGiven))],
) -> Response:
    """Keep how satisfied the customer is, in place of an earlier answer about this request."""
    found = sent_by(office, device, callback_id)
    if office.ratings.rate(found, given, by=device_actor(device.id), now=office.clock()):
        return Response(status_code=204)
    return problems(409, [FieldProblem(field="request", message="the case is not closed, or was erased")])
