"""Taking cases out as a file for a spreadsheet.  Every file is registered, so that an erasure can name it."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response, StreamingResponse

from server.access import Account, Permission
from server.labels import group_labels, label
from server.masking import mask_name, shown_phone
from server.office import Office
from server.periods import Period
from server.store.exports import ExportedCase, Which
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.pages import local, page

PROPOSED: Final = timedelta(days=30)
BYTE_ORDER_MARK: Final = "\ufeff"  # without it Excel takes the file for Shift_JIS
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
Day = Annotated[str, Form(max_length=10)]
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a row needs to be readable: who is who, and what topics are called."""

    names: Mapping[str, str]
    titles: Mapping[str, str]
    tiers: Mapping[str, str]  # what the tiers of customers are called


@router.get("/export")
def show(
    request: Request, office: TheOffice, _account: Annotated[Account, Depends(needs(Permission.EXPORT))]
) -> Response:
    """Show the form and the files handed out before."""
    return page(request, "export.html", **_form(office), wrong=False)


@router.post("/export/cases.csv")
def hand_out(
    request: Request,
    office: TheOffice,
    account: Annotated[Account, Depends(needs_to_change(Permission.EXPORT))],
    first: Day,
    last: Day,
    which: Annotated[Which, Form()] = Which.ALL,
) -> Response:
    """Register the file, then send it as it is read."""
    try:
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        return page(request, "export.html", status=422, **_form(office), wrong=True)
    export = office.exports.register(period.span, which, by=account.login, now=office.clock())
    tiers = {key: tier.label for key, tier in office.settings.all_tiers.items()}
    words = Words(names=office.accounts.names(), titles=office.articles.titles(), tiers=tiers)
    full = account.may(Permission.SEE_PERSONAL)
    rows = (row(case, words, full=full) for case in office.exports.cases(export.id))
    disposition = f'attachment; filename="koemado-cases-{export.id}.csv"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return StreamingResponse(lines(rows), media_type="text/csv; charset=utf-8", headers=headers)


def lines(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the file line by line, as RFC 4180 has it, with its heading."""
    yield BYTE_ORDER_MARK + _line(group_labels("export_column").values())
    for cells in rows:
        yield _line(cells)


def row(case: ExportedCase, words: Words, *, full: bool) -> tuple[str, ...]:
    """Return the cells of a case, in the order of the labels `export_column`."""
    return (
        str(case.id),
        _moment(case.received_at),
        words.titles.get(case.topic) or label("topic", case.topic),
        label("urgency", case.urgency),
        _name(case.name, full=full),
        _name(case.reading, full=full),
        shown_phone(case.phone, full=full) + _extension(case.extension, full=full),
        _moment(case.promise.begins if case.promise else None),
        words.names.get(case.agent, case.agent) if case.agent else "",
        str(case.attempts),
        label("outcome", case.last_outcome) if case.last_outcome else "",
        label("resolution", case.resolution) if case.resolution else "",
        _moment(case.closed_at),
        label("close_reason", case.close_reason) if case.close_reason else "",
        label("rating", case.rating) if case.rating else "",
        words.tiers.get(case.profile.tier, case.profile.tier),
        label("channel", case.profile.channel) if case.profile.channel else "",
        label("address_form", case.profile.address) if case.profile.address_at else "",
        _moment(case.profile.may_ask_after),
    )


def _extension(extension: str | None, *, full: bool) -> str:
    return " " + label("phone", "extension").format(extension=extension) if extension and full else ""


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _form(office: Office) -> dict[str, Any]:
    today = local(office.clock()).date()
    return {
        "first": today - PROPOSED,
        "last": today,
        "choices": group_labels("export_which"),
        "exports": office.exports.latest(),
        "names": office.accounts.names(),
    }


def _name(name: str | None, *, full: bool) -> str:
    return name if name and full else mask_name(name) if name else ""


def _moment(moment: datetime | None) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M}" if moment else ""


def _line(cells: Iterable[str]) -> str:
    written = StringIO()
    csv.writer(written).writerow(map(guarded, cells))
    return written.getvalue()
