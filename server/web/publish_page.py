"""Bringing articles to devices: what changes, the gate, chosen devices first, then all, and back."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from server.access import Account, Device, Permission
from server.bundles import BundleUnknown, Release, meant_for
from server.knowledge.errors import PublicationRefused, WorkshopFailed
from server.knowledge.runs import Run, RunState
from server.office import Office
from server.web.article_form import MayLook
from server.web.guard import TheOffice, needs_to_change
from server.web.pages import page
from server.work.gate_running import GateRunner

router = APIRouter(prefix="/publish", include_in_schema=False)
MayPublish = Annotated[Account, Depends(needs_to_change(Permission.PUBLISH))]
Version = Annotated[str, Form(max_length=64)]
RELEASES = 10  # shown


def _runner(request: Request) -> GateRunner:
    runner: GateRunner = request.app.state.gate
    return runner


Runner = Annotated[GateRunner, Depends(_runner)]


@router.get("")
def show(request: Request, office: TheOffice, _account: MayLook, refused: str = "") -> Response:
    """Show what a release would change, and how it stands with the gate and the devices."""
    office.editing.begin()
    return _shown(request, office, refused=refused)


@router.get("/gate")
def gate(request: Request, office: TheOffice, _account: MayLook) -> Response:
    """Return the part of the page about the gate: it asks again while a run is going on."""
    return page(request, "gate_part.html", **_gate(office))


@router.post("/gate")
def begin(office: TheOffice, account: MayPublish, runner: Runner, id: Annotated[UUID, Form()]) -> Response:  # noqa: A002
    """Begin a run of the gate, beside the pages."""
    try:
        runner.start(id, by=account.login)
    except WorkshopFailed:
        return _back("unequipped")
    return _back()


@router.post("")
def publish(
    office: TheOffice,
    account: MayPublish,
    content: Version,
    to: Annotated[str, Form(pattern="chosen|all")],
    devices: Annotated[list[str], Form(max_length=1000)] = [],  # noqa: B006
    because: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Put out what is approved, to chosen devices or to all."""
    known = {one.id for one in _devices(office)}
    audience = [one for one in devices if one in known] if to == "chosen" else None
    try:
        office.editing.publish(audience, content=content, because=because, by=account.login)
    except PublicationRefused as refused:
        return _back(refused.reason)
    except WorkshopFailed:
        return _back("unequipped")
    return _back()


@router.post("/widen")
def widen(office: TheOffice, account: MayPublish, version: Version) -> Response:
    """Give all devices what chosen ones have."""
    return _done(lambda: office.editing.widen(version, by=account.login))


@router.post("/take-back")
def take_back(office: TheOffice, account: MayPublish, version: Version) -> Response:
    """Send those that try a release back to what the others have."""
    return _done(lambda: office.editing.take_back(version, by=account.login))


@router.post("/back")
def back(office: TheOffice, account: MayPublish, version: Version) -> Response:
    """Send all devices back to an earlier release."""
    return _done(lambda: office.editing.back(version, by=account.login))


def _done(work: Any) -> Response:
    try:
        work()
    except PublicationRefused as refused:
        return _back(refused.reason)
    except BundleUnknown:
        return _back("no_previous")
    return _back()


def _shown(request: Request, office: Office, *, refused: str) -> Response:
    releases = office.bundles.releases(limit=None)
    trial = office.editing.on_trial()
    taken = office.bundles.taken()
    serials = {one.serial: one for one in releases}
    return page(
        request,
        "publish.html",
        refused=refused,
        devices=[(one, meant_for(releases, one.id), serials.get(taken.get(one.id, 0))) for one in _devices(office)],
        current=office.bundles.current(),
        previous=office.editing.previous(),
        trial=trial,
        trying=office.editing.trying(trial) if trial else (),
        releases=_listed(releases),
        equipped=office.editing.is_equipped,
        waiting=[one for one in office.editing.articles.heads() if str(one.state) != "approved"],
        names=office.accounts.names(),
        **_gate(office),
    )


def _gate(office: Office) -> dict[str, Any]:
    """What the gate's part shows."""
    plan, problem = None, ""
    try:
        plan = office.editing.plan()
    except WorkshopFailed as error:
        problem = str(error)
    latest, now = office.editing.gates.latest(), office.clock()
    return {
        "plan": plan,
        "problem": problem,
        "run": plan.run if plan else None,
        "latest": latest,
        "running": bool(latest and latest.is_running(now)),
        "interrupted": bool(latest and _is_lost(latest, now)),
        "gate_id": uuid4(),
        "gate_devices": _devices(office),
        "article_titles": {one["id"]: one["title"] for one in plan.candidate.contents} if plan else {},
    }


def _is_lost(run: Run, now: Any) -> bool:
    return run.state is RunState.INTERRUPTED or (run.state is RunState.RUNNING and not run.is_running(now))


def _devices(office: Office) -> list[Device]:
    return [one for one in office.devices.everything() if one.revoked_at is None]


def _listed(releases: tuple[Release, ...]) -> tuple[Release, ...]:
    return tuple(one for one in releases if one.audience is None or one.audience)[:RELEASES]


def _back(refused: str = "") -> Response:
    return RedirectResponse(f"/publish?refused={refused}" if refused else "/publish", status_code=303)
