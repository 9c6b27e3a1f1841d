"""The page on which leads write what devices tell of their own accord, and see which devices did."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from server.access import Account, Permission
from server.knowledge.content import Plain, plain_of
from server.knowledge.errors import WorkshopFailed
from server.labels import label
from server.notices import LONGEST_TEXT, PAGE, WRITTEN, Kind, Notice, ToTell, problem_of
from server.office import Office
from server.spans import TOKYO
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.pages import page

LASTS: Final = timedelta(days=3)  # unless the author says otherwise
LONGEST_FIELD: Final = 20_000
Text = Annotated[str, Form(max_length=LONGEST_FIELD)]
MaySee = Annotated[Account, Depends(needs(Permission.SEND_NOTICES))]
MaySend = Annotated[Account, Depends(needs_to_change(Permission.SEND_NOTICES))]


class BrowsersRoute(APIRoute):
    """A page at an address where devices, which carry a token and want no HTML, get something else."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Leave what devices ask to the next route."""
        headers = dict(scope.get("headers", ()))
        wants_page = b"text/html" in headers.get(b"accept", b"") and b"authorization" not in headers
        return super().matches(scope) if wants_page else (Match.NONE, {})


router = APIRouter(prefix="/notices", include_in_schema=False)
browsers = APIRouter(prefix="/notices", include_in_schema=False, route_class=BrowsersRoute)


def _typed(  # noqa: PLR0913, PLR0917  # the fields of the form
    notice_id: Text = "",
    text: Text = "",
    readings: Text = "",
    kind: Text = Kind.OTHER.value,
    at_once: Text = "",
    danger: Text = "",
    audience: Text = "all",
    devices: Annotated[list[str] | None, Form()] = None,
    begins: Text = "",
    ends: Text = "",
) -> dict[str, Any]:
    return {
        "notice_id": notice_id, "text": text.strip(), "readings": readings, "kind": kind, "at_once": bool(at_once),
        "danger": bool(danger), "audience": audience, "devices": tuple(devices or ()), "begins": begins, "ends": ends,
    }  # fmt: skip


Typed = Annotated[dict[str, Any], Depends(_typed)]


@browsers.get("")
def show(request: Request, office: TheOffice, _account: MaySee, made: str = "", withdrawn: str = "") -> Response:
    """Show all notices and the form; `made` and `withdrawn` say what was done just now."""
    return _shown(request, office, _empty(office.clock()), done="made" if made else "withdrawn" if withdrawn else "")


@router.post("")
def make(request: Request, office: TheOffice, account: MaySend, typed: Typed) -> Response:
    """Send a notice to devices; sent twice it is one."""
    told, wrong = _read(typed, office)
    if told is None or wrong:
        return _shown(request, office, typed, wrong=wrong, status=422)
    chosen = typed["devices"] if typed["audience"] == "some" else None
    office.notices.add(told, chosen, by=account.login, now=office.clock())
    return RedirectResponse("/notices?made=1", status_code=303)


@router.post("/sound")
def sound(office: TheOffice, _account: MaySend, typed: Typed) -> Response:
    """Return what customers will hear, as a WAV file; 422 without a text, 409 when it cannot be said."""
    if not typed["text"]:
        return Response(status_code=422)
    try:
        data = office.editing.workshop.voice.sound(_as_article(typed), "answer", 0)
    except WorkshopFailed:
        return Response(status_code=409)
    return Response(data, media_type="audio/wav")


@router.post("/reading")
def reading(request: Request, office: TheOffice, _account: MaySend, typed: Typed) -> Response:
    """Return how the text will be read aloud, in kana."""
    kana = ""
    if typed["text"]:
        try:
            said = office.editing.workshop.voice.said(_as_article(typed))
            kana = next((one.kana for one in said if one.part == "answer"), "")
        except WorkshopFailed:
            kana = ""
    return page(request, "notices_reading.html", kana=kana)


@router.post("/{notice_id}/withdraw")
def withdraw(notice_id: UUID, office: TheOffice, account: MaySend) -> Response:
    """Take a notice off the devices."""
    if office.notices.get(notice_id) is None:
        raise HTTPException(404, "no such notice")
    office.notices.withdraw(notice_id, by=account.login, now=office.clock())
    return RedirectResponse("/notices?withdrawn=1", status_code=303)


def _shown(
    request: Request,
    office: Office,
    typed: dict[str, Any],
    *,
    wrong: str | None = None,
    done: str = "",
    status: int = 200,
) -> Response:
    places = _places(office)
    names = {device.id: device.name for device in office.devices.everything()} | places
    now = office.clock()
    return page(
        request,
        "notices.html",
        status=status,
        notices=sorted(
            office.notices.recent(now=now), key=lambda one: (not one.is_in_force(now), -one.made_at.timestamp())
        ),
        tellings=office.notices.tellings(),
        state=lambda notice: _state(notice, now),
        meant=lambda notice: [one for one in places if notice.is_for(one)],
        places=places,
        names=names,
        people=office.accounts.names(),
        kinds=WRITTEN,
        typed=typed,
        wrong=wrong,
        done=done,
        longest=LONGEST_TEXT,
    )


def _places(office: Office) -> dict[str, str]:
    """Where notices can be told, and what staff call that: every device, and the page of browsers."""
    known = {device.id: device.name for device in office.devices.everything() if device.revoked_at is None}
    return known | {PAGE: label("place", PAGE)}


def _state(notice: Notice, now: datetime) -> str:
    """A key of the labels' group `notice_state`."""
    if notice.withdrawn_at is not None:
        return "withdrawn"
    if now < notice.told.begins:
        return "coming"
    return "in_force" if notice.told.is_in_force(now) else "over"


def _empty(now: datetime) -> dict[str, Any]:
    """The form as it is shown first."""
    begins = now.astimezone(TOKYO).replace(second=0, microsecond=0)
    shown = {"begins": begins, "ends": begins + LASTS}
    moments = {name: f"{moment:%Y-%m-%dT%H:%M}" for name, moment in shown.items()}
    return {
        "notice_id": str(uuid4()), "text": "", "readings": "", "kind": Kind.OUTAGE.value, "at_once": False,
        "danger": False, "audience": "all", "devices": (), **moments,
    }  # fmt: skip


def _read(typed: dict[str, Any], office: Office) -> tuple[ToTell | None, str | None]:
    """Return the notice of a form, and which field is wrong, if any."""
    if typed["audience"] == "some" and (not typed["devices"] or not set(typed["devices"]) <= set(_places(office))):
        return None, "devices"
    try:
        begins, ends = (datetime.fromisoformat(typed[name]).replace(tzinfo=TOKYO) for name in ("begins", "ends"))
        kind, notice_id = Kind(typed["kind"]), UUID(typed["notice_id"])
    except (ValueError, OverflowError):
        return None, "ends"
    told = ToTell(
        id=notice_id,
        text=typed["text"],
        readings=_readings(typed),
        kind=kind,
        at_once=typed["at_once"],
        danger=typed["danger"] and kind is Kind.RECALL,
        begins=begins,
        ends=ends,
    )
    try:
        return told, problem_of(told, office.clock())
    except OverflowError:
        return None, "ends"


def _readings(typed: dict[str, Any]) -> dict[str, str]:
    return dict(plain_of({"readings": typed["readings"]}).get("readings", {}))


def _as_article(typed: dict[str, Any]) -> Plain:
    """The text as who says articles takes it."""
    text = typed["text"][:LONGEST_TEXT]
    return {
        "id": "notice",
        "title": "notice",
        "category": "notice",
        "variants": ["notice"],
        "answer": text,
        "readings": _readings(typed),
    }
