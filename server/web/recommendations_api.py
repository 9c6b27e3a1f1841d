"""The interface for devices: what a customer answered to whether they would recommend us."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from server.errors import FieldProblem
from server.recommending import RecommendationGiven
from server.store.journal import device_actor
from server.web import api_answers as answers
from server.web.api import sent_by
from server.web.device_guard import TheDevice, body_schema, sent
from server.web.guard import TheOffice
from server.web.refusals import problems

router = APIRouter(tags=["callbacks"])


@router.put(
    "/callbacks/{callback_id}/recommendation",
    status_code=204,
    response_class=Response,
    openapi_extra=body_schema(RecommendationGiven),
    responses=answers.ALWAYS | answers.NOT_SENT | answers.NOT_ASKED | answers.TOO_LARGE,
)
def recommend(
    callback_id: UUID,
    office: TheOffice,
    device: TheDevice,
    given: Annotated[RecommendationGiven, Depends(sent(RecommendationGiven))],
) -> Response:
    """Keep what was answered, or that nothing was, where `recommend_until` let the device ask."""
    found = sent_by(office, device, callback_id)
    if office.recommendations.keep(found, given, by=device_actor(device.id), now=office.clock()):
        return Response(status_code=204)
    return problems(409, [FieldProblem(field="request", message="nobody was to be asked, or the case was erased")])
