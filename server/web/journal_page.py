"""The journal, as leads and admins read it: who saw or changed what."""

from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from server.access import Account, Permission
from server.labels import group_labels, label
from server.store.journal import Entry, device_actor
from server.web.guard import TheOffice, needs
from server.web.pages import moment_text, page

LINES: Final = 100  # on a page
LAST_LINE: Final = 2**63 - 1
DEVICE: Final = device_actor("")
MOMENTS: Final = ("begins",)
PEOPLE: Final = ("taken_from",)
KINDS: Final = {  # the groups of labels that a detail's value may be of
    "role": ("role",),
    "outcome": ("outcome",),
    "reason": ("close_reason", "erasure_reason"),
    "kind": ("alarm", "export_kind"),
    "route": ("route",),
    "rating": ("rating",),
}
router = APIRouter(prefix="/journal", include_in_schema=False)
Term = Annotated[str, Query(max_length=80)]


@router.get("")
def show(
    request: Request,
    office: TheOffice,
    _account: Annotated[Account, Depends(needs(Permission.SEE_JOURNAL))],
    actor: Term = "",
    action: Term = "",
    case: Term = "",
    before: Annotated[int | None, Query(ge=1, le=LAST_LINE)] = None,
) -> Response:
    """Show the latest lines, or those before one."""
    case_id = _case_of(case)
    readable = case_id is not None or not case.strip()
    found = (
        office.journal.latest(before=before, actor=_term(actor), action=_term(action), case_id=case_id, limit=LINES + 1)
        if readable
        else ()
    )
    given = {"actor": actor, "action": action, "case": case}
    names = office.accounts.names()
    return page(
        request,
        "journal.html",
        entries=found[:LINES],
        readable=readable,
        given=given,
        before=before,
        older="/journal?" + urlencode({**given, "before": found[LINES - 1].id}) if len(found) > LINES else None,
        newest="/journal?" + urlencode(given),
        actions=group_labels("action"),
        names=names,
        actor_name=lambda name: actor_name(name, names),
        details=lambda entry: _details(entry, names),
    )


def actor_name(actor: str, names: dict[str, str]) -> str:
    """Return how people call who did something."""
    if actor.startswith(DEVICE):
        return label("actor", "device").format(id=actor.removeprefix(DEVICE))
    return names.get(actor) or label("actor", actor)


def _details(entry: Entry, names: dict[str, str]) -> list[tuple[str, str]]:
    """Return what the line says beyond its action, in words; what has no words is for programs and left out."""
    words = group_labels("detail")
    kept = [(name, value) for name, value in entry.detail.items() if name in words and not isinstance(value, bool)]
    return [(words[name], _value(name, value, names)) for name, value in kept if isinstance(value, str | int) and value]


def _value(name: str, value: str | int, names: dict[str, str]) -> str:
    text = str(value)
    if name in MOMENTS:
        return _moment(text)
    if name in PEOPLE:
        return names.get(text, text)
    return next((words[text] for group in KINDS.get(name, ()) if text in (words := group_labels(group))), text)


def _moment(text: str) -> str:
    try:
        return moment_text(datetime.fromisoformat(text))
    except ValueError:
        return text


def _term(typed: str) -> str | None:
    """Return what to look for; None when nothing was typed.  No database takes a NUL."""
    return typed.replace("\0", "").strip() or None


def _case_of(typed: str) -> UUID | None:
    try:
        return UUID(typed.strip())
    except ValueError:
        return None
