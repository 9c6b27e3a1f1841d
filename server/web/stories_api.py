"""The interface for devices: what a customer said to how things are some days after a case was solved."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from server.errors import FieldProblem
from server.store.journal import device_actor
from server.stories import StoryGiven
from server.web import api_answers as answers
from server.web.api import sent_by
from server.web.device_guard import TheDevice, body_schema, sent
from server.web.guard import TheOffice
from server.web.refusals import problems

router = APIRouter(tags=["notices"])


@router.put(
    "/stories/{story_id}",
    status_code=204,
    response_class=Response,
    openapi_extra=body_schema(StoryGiven),
    responses=answers.ALWAYS | answers.NOT_SENT | answers.ERASED | answers.TOO_LARGE,
)
def answer(
    story_id: UUID,
    office: TheOffice,
    device: TheDevice,
    given: Annotated[StoryGiven, Depends(sent(StoryGiven))],
) -> Response:
    """Keep that a notice of kind `story` was asked (`none`), and what was said to it; nobody asks it again.

    The id is that of the notice, which is the request's.  The same again changes nothing.
    """
    found = sent_by(office, device, story_id)
    now = office.clock()
    if office.stories.keep(found, given, device=device.id, by=device_actor(device.id), now=now):
        return Response(status_code=204)
    return problems(409, [FieldProblem(field="request", message="the case was erased")])
