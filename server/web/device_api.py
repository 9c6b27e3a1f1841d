"""The interface for devices: becoming known and staying in sight."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from server.web import api_answers as answers
from server.web.api_models import Enrolled, EnrolWish, Heartbeat, device_answer
from server.web.device_guard import TheDevice, body_schema, sent
from server.web.guard import TheOffice

router = APIRouter(tags=["devices"])


@router.post(
    "/devices/enrol",
    status_code=201,
    openapi_extra=body_schema(EnrolWish),
    responses=answers.CODE_WRONG | answers.WRONG | answers.TOO_LARGE | answers.AWAY,
)
def enrol(office: TheOffice, wish: Annotated[EnrolWish, Depends(sent(EnrolWish))]) -> Enrolled:
    """Exchange the code staff made for a token.  A code works once; a device enrolled again gets a new token."""
    device, token = office.devices.enrol(wish.code, now=office.clock())
    return Enrolled(device=device_answer(device), token=token, bundle_key=office.bundles.key)


@router.post(
    "/devices/heartbeat",
    status_code=204,
    openapi_extra=body_schema(Heartbeat),
    responses=answers.ALWAYS | answers.TOO_LARGE,
)
def heartbeat(office: TheOffice, device: TheDevice, beat: Annotated[Heartbeat, Depends(sent(Heartbeat))]) -> Response:
    """Say that the device lives, at least once an hour: staff are alarmed when it was silent for a day."""
    office.devices.heartbeat(
        device,
        beat.version,
        now=office.clock(),
        knowledge=beat.knowledge,
        refused=beat.knowledge_refused,
        condition=beat.condition,
    )
    return Response(status_code=204)
