"""The page on which devices are made known and revoked."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import TypeAdapter, ValidationError

from server.access import Account, Device, Permission
from server.bundles import meant_for
from server.customer_story import DESK
from server.device_problems import DeviceProblem, problems_of
from server.enrolment import CODE_LASTS, DeviceState, state_of
from server.labels import label
from server.office import Office
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.pages import page
from server.wire import Key, Name

router = APIRouter(prefix="/devices", include_in_schema=False)
MayManage = Annotated[Account, Depends(needs(Permission.MANAGE_DEVICES))]
MayChange = Annotated[Account, Depends(needs_to_change(Permission.MANAGE_DEVICES))]
_DURATIONS: Final = (("days", 86_400), ("hours", 3_600), ("minutes", 60))
_KEY: TypeAdapter[str] = TypeAdapter(Key)
_NAME: TypeAdapter[str] = TypeAdapter(Name)


@router.get("")
def show(request: Request, office: TheOffice, _account: MayManage, revoked: str = "") -> Response:
    """Show all devices; `revoked` names the one that was revoked just now."""
    return _list(request, office, revoked=revoked)


@router.post("/codes")
def make_code(
    request: Request,
    office: TheOffice,
    account: MayChange,
    device_id: Annotated[str, Form()] = "",
    device_name: Annotated[str, Form()] = "",
) -> Response:
    """Show a new code, this once."""
    device_id, device_name = device_id.strip(), device_name.strip()
    wrong = [
        field for field, kind, text in (("id", _KEY, device_id), ("name", _NAME, device_name)) if not _fits(kind, text)
    ]
    if device_id == DESK:  # stands for the desk itself where customers call it
        wrong.append("reserved")
    if wrong:
        return _list(request, office, status=422, wrong=wrong, device_id=device_id, device_name=device_name)
    now = office.clock()
    code = office.devices.make_code(device_id, device_name, by=account.login, now=now)
    return page(
        request,
        "devices_code.html",
        code=code,
        until=now + CODE_LASTS,
        device_name=device_name,
        known=office.devices.get(device_id) is not None,
        address=office.settings.public_url,
    )


@router.get("/{device_id}/revoke")
def ask_to_revoke(request: Request, device_id: str, office: TheOffice, _account: MayManage) -> Response:
    """Ask once more: the device stops asking for calls."""
    return page(request, "devices_revoke.html", device=_known(office, device_id))


@router.post("/{device_id}/revoke")
def revoke(device_id: str, office: TheOffice, account: MayChange) -> Response:
    """Make the device's token worthless."""
    device = _known(office, device_id)
    office.devices.revoke(device.id, by=account.login, now=office.clock())
    return RedirectResponse(f"/devices?revoked={device.id}", status_code=303)


def _list(
    request: Request,
    office: Office,
    *,
    status: int = 200,
    wrong: list[str] | None = None,
    revoked: str = "",
    device_id: str = "",
    device_name: str = "",
) -> Response:
    now = office.clock()
    silent_after = timedelta(hours=office.settings.alarms.device_silent_hours)
    devices = [
        (
            device,
            state_of(device, now, silent_after=silent_after),
            problems_of(device, now, silent_after=silent_after),
        )
        for device in office.devices.everything()
    ]
    devices.sort(key=lambda shown: (*_place(shown[1], shown[2]), shown[0].id))
    releases = office.bundles.releases(limit=None)
    meant = {device.id: meant_for(releases, device.id) for device, *_ in devices}
    return page(
        request,
        "devices.html",
        status=status,
        meant={device_id: release.version for device_id, release in meant.items() if release},
        chosen={device_id for device_id, release in meant.items() if release and release.audience is not None},
        error_text=_error_text,
        up_text=_up_text,
        devices=devices,
        wrong=wrong or [],
        revoked=next((device for device, *_ in devices if device.id == revoked and device.revoked_at), None),
        throttled=office.devices.throttled(now=now),
        silent_hours=office.settings.alarms.device_silent_hours,
        device_id=device_id,
        device_name=device_name,
    )


def _error_text(code: str) -> str:
    """Return what went wrong in words, with the code for whoever is asked for help."""
    known = label("device_error", code)
    return code if known == code else f"{known} ({code})"


def _up_text(seconds: int) -> str:
    """Return a whole number of days, hours or minutes."""
    for unit, size in _DURATIONS:
        if seconds >= size:
            return f"{seconds // size}{label('duration', unit)}"
    return f"0{label('duration', 'minutes')}"


def _place(state: DeviceState, problems: tuple[DeviceProblem, ...]) -> tuple[bool, bool, bool]:
    """Silent ones first, then those with problems, revoked ones last."""
    return state is DeviceState.REVOKED, state is not DeviceState.SILENT, not problems


def _known(office: Office, device_id: str) -> Device:
    device = office.devices.get(device_id) if _fits(_KEY, device_id) else None
    if device is None:
        raise HTTPException(404, "no such device")
    return device


def _fits(kind: TypeAdapter[str], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True
