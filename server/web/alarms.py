"""The banner of alarms, shown on every page, and the register of those there were."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from server.access import Account, Permission
from server.alarming import AlarmKind, most_pressing
from server.labels import label
from server.office import Office
from server.spans import TOKYO
from server.store.alarms import MOST_SHOWN, Rung
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.pages import is_part, moment_text, page

MOST_IN_BANNER: Final = 5
WARNINGS: Final = (AlarmKind.PROMISE_DUE, AlarmKind.NOT_PROMISED, AlarmKind.DEVICE_SILENT)
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BannerLine:
    """One line of the banner; `key` is what is acknowledged, empty when nothing can be."""

    kind: str
    key: str
    tone: str
    text: str
    href: str


@router.get("/alarms")
def show(
    request: Request, account: Annotated[Account, Depends(needs(Permission.SEE_QUEUE))], office: TheOffice
) -> Response:
    """Show the banner alone to a page that asks for it, and to people the register."""
    if is_part(request):
        return page(request, "alarms_part.html")
    names = office.accounts.names()
    rows = [(line_of(rung, office), rung) for rung in office.alarms.latest()]
    return page(request, "alarms.html", rows=rows, names=names)


@router.post("/alarms/seen")
def see(
    request: Request,
    account: Annotated[Account, Depends(needs_to_change(Permission.WORK))],
    office: TheOffice,
    key: Annotated[str, Form(max_length=160)],
) -> Response:
    """Take an alarm off the banner; it stays in the register."""
    office.alarms.see(key, by=account.login, now=office.clock())
    return page(request, "alarms_part.html")


def banner_of(office: Office) -> Callable[[], tuple[BannerLine, ...]]:
    """Return what makes the banner: at most a few lines, the most pressing first, nothing personal."""

    def banner() -> tuple[BannerLine, ...]:
        hours, now = office.desk.plan.hours, office.clock()
        rung = office.alarms.running(hours, now=now)
        by_key = {one.alarm.key: one for one in rung}
        lines = [line_of(by_key[alarm.key], office) for alarm in most_pressing(one.alarm for one in rung)]
        shown, hidden = tuple(lines[:MOST_IN_BANNER]), len(lines) - MOST_IN_BANNER
        return (*shown, _more(hidden, uncounted=len(rung) == MOST_SHOWN)) if hidden > 0 else shown

    return banner


def line_of(rung: Rung, office: Office) -> BannerLine:
    """Return how an alarm is shown."""
    alarm = rung.alarm
    same_day = alarm.about.astimezone(TOKYO).date() == office.clock().astimezone(TOKYO).date()
    text = label("alarm_text", alarm.kind).format(
        number=alarm.number,
        moment=f"{alarm.about.astimezone(TOKYO):%H:%M}" if same_day else moment_text(alarm.about),
        device=rung.device_name or alarm.subject,
        route=label("route", alarm.subject),
    )
    tone = "warn" if alarm.kind in WARNINGS else "bad"
    return BannerLine(kind=alarm.kind.value, key=alarm.key, tone=tone, text=text, href=_href(rung))


def _href(rung: Rung) -> str:
    alarm = rung.alarm
    if alarm.case_id is not None:
        return f"/cases/{alarm.case_id}"
    return "/devices" if alarm.device_id else ""


def _more(count: int, *, uncounted: bool) -> BannerLine:
    """Say how many are not shown; `uncounted`: at least so many."""
    text = label("alarm_text", "more_than" if uncounted else "more").format(count=count)
    return BannerLine(kind="more", key="", tone="warn", text=text, href="/alarms")
