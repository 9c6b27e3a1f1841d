"""The interface for devices: what they are to tell of their own accord, and how often they did."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from server.notices import MOST_TOLD, Kind, listed
from server.web import api_answers as answers
from server.web.api_models import EXAMPLE_ID, LocalMoment, example
from server.web.device_guard import TheDevice, body_schema, sent
from server.web.guard import TheOffice
from server.wire import WireModel

router = APIRouter(tags=["notices"])
MOST_REPORTED: Final = 500


class NoticeAnswer(BaseModel):
    """Something to be told to customers."""

    model_config = example(
        id=EXAMPLE_ID, text="台風のため、お届けが遅れております。", readings={"台風": "たいふう"}, kind="delay",
        at_once=False, danger=False, begins="2026-11-25T09:00:00+09:00", ends="2026-11-27T09:00:00+09:00", customer="",
    )  # fmt: skip
    id: UUID
    text: str
    readings: dict[str, str] = Field(description="word to kana, where the words would be misread")
    kind: Kind
    at_once: bool = Field(description="show a light, and do not wait for an answer to be given first")
    danger: bool = Field(description="with kind `recall`: before all, and not counted to the one a day")
    begins: LocalMoment
    ends: LocalMoment
    customer: str = Field(
        description="hexadecimal HMAC-SHA256 of the customer's E.164 number, keyed with the SHA-256 of the device's "
        'token: told only where this customer is remembered on the device; "": to whoever speaks'
    )
    topic: str = Field("", description="of kind `story` only: the topic of a call about it")


class Notices(BaseModel):
    """All notices in force for this device; what it had and is not among them is withdrawn or over."""

    notices: list[NoticeAnswer]


class Told(WireModel):
    """How often a device told a notice, all in all."""

    id: UUID
    told: Annotated[int, Field(strict=True, ge=0, le=MOST_TOLD)]


class Report(WireModel):
    """What a device has of notices."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"notices": [{"id": EXAMPLE_ID, "told": 2}]}]})
    notices: list[Told] = Field(max_length=MOST_REPORTED)


_TAG: Final[dict[str, Any]] = {
    "ETag": {"description": "of this list; send it as If-None-Match", "schema": {"type": "string"}}
}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": Notices, "description": "The notices in force.", "headers": _TAG},
    304: {"description": "Nothing changed since If-None-Match.", "headers": _TAG},
}


@router.get("/notices", response_class=Response, responses=_ANSWERS | answers.ALWAYS)
def notices(office: TheOffice, device: TheDevice, if_none_match: Annotated[str, Header()] = "") -> Response:
    """Return what this device is to tell now.  Ask once a minute; unchanged it costs an answer without a body."""
    now = office.clock()
    found = (*office.notices.of_device(device.id, now=now), *office.follow_ups.of_device(device.id, now=now))
    found += office.stories.of_device(device.id, now=now)
    body, tag = listed(found)
    headers = {"ETag": tag, "Cache-Control": "no-store"}
    if tag in (one.strip() for one in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@router.put(
    "/notices/told",
    status_code=204,
    response_class=Response,
    openapi_extra=body_schema(Report),
    responses=answers.ALWAYS | answers.TOO_LARGE,
)
def told(office: TheOffice, device: TheDevice, report: Annotated[Report, Depends(sent(Report))]) -> Response:
    """Keep which notices this device has and how often it told each; counts only, the latest stand."""
    counts = {one.id: one.told for one in report.notices}
    now = office.clock()
    office.notices.report(device.id, counts, now=now)
    office.follow_ups.report(device.id, counts, now=now)
    return Response(status_code=204)
