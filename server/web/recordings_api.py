"""The interface for devices: recordings that customers agreed to staff hearing, and taking them back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from server.errors import FieldProblem
from server.recordings import LARGEST_RECORDING, RecordingGiven
from server.store.recordings import Took
from server.web import api_answers as answers
from server.web.device_guard import TheDevice, body_schema, sent
from server.web.guard import TheOffice
from server.web.refusals import problems

router = APIRouter(tags=["conversations"])


@router.put(
    "/recordings/{conversation}",
    status_code=204,
    response_class=Response,
    openapi_extra=body_schema(RecordingGiven),
    responses=answers.ALWAYS | answers.NOT_LOGGED | answers.NO_RECORDINGS | answers.TAKEN_BACK | answers.TOO_LARGE,
)
def keep(
    conversation: UUID,
    office: TheOffice,
    device: TheDevice,
    given: Annotated[RecordingGiven, Depends(sent(RecordingGiven, largest=LARGEST_RECORDING))],
) -> Response:
    """Keep the recording of a conversation of this device's log, encrypted; sent again it changes nothing.

    Send the conversation first (`POST /conversations`).
    """
    if not (office.settings.retention.recording_days and office.settings.retention.turns_days):
        return _refused(409, "no recordings are kept here")
    match office.recordings.keep(conversation, given, device=device.id, now=office.clock()):
        case Took.KEPT:
            return Response(status_code=204)
        case Took.UNKNOWN:
            return _refused(404, "this device's conversation is not here: send it first")
        case Took.GONE:
            return _refused(410, "the recording was taken back, or its customer was erased")


@router.delete(
    "/recordings/{conversation}",
    status_code=204,
    response_class=Response,
    responses=answers.ALWAYS,
)
def withdraw(conversation: UUID, office: TheOffice, device: TheDevice) -> Response:
    """Erase a recording whose customer took the consent back; done where there is none, too."""
    office.recordings.withdraw(conversation, device=device.id, now=office.clock())
    return Response(status_code=204)


def _refused(status: int, message: str) -> Response:
    return problems(status, [FieldProblem(field="request", message=message)])
