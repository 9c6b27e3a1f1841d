"""The measures as files: what the page shows, day by day and as a whole, for spreadsheets and programs."""

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from server.access import Account, Permission
from server.measure_texts import measure_texts
from server.nightly import NAMES, Written, read, written
from server.office import Office
from server.periods import Period
from server.promoters import ANSWERS, Distribution, group_of
from server.web.export_page import BYTE_ORDER_MARK
from server.web.guard import TheOffice, needs
from server.web.measure_trends import target_of
from server.web.measures_page import Asked, figures_in

COLUMNS: Final = (
    "day", "measure", "title", "value", "target", "part", "whole", "count", "median_s", "p90_s",
    "promoters", "detractors", "answers",
)  # fmt: skip
WHOLE: Final = "period"  # in place of a day: all of them together
MaySee = Annotated[Account, Depends(needs(Permission.SEE_MEASURES))]
router = APIRouter(include_in_schema=False)


@router.get("/measures.json")
def as_json(office: TheOffice, _account: MaySee, asked: Annotated[Asked, Depends()]) -> Response:
    """Return the figures of a period and of each of its days that is over."""
    period = asked.period(office.clock())
    if period is None:
        return JSONResponse({"problem": "the period makes no sense"}, status_code=422)
    days = office.nightly.days(period.first, period.last)
    body = {
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "computed_at": office.clock().isoformat(),
        "targets": {name: target_of(name, office.settings.targets) for name in NAMES},
        "figures": _whole(office, period),
        "days": [{"day": day.day.isoformat(), "figures": day.figures} for day in days],
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/measures.csv")
def as_csv(office: TheOffice, _account: MaySee, asked: Annotated[Asked, Depends()]) -> Response:
    """Return the same figures, a row for each day and measure; the rows of the whole period come first."""
    period = asked.period(office.clock())
    if period is None:
        return Response("the period makes no sense\n", status_code=422, media_type="text/plain")
    return _file(f"measures-{period.first}-{period.last}", _csv(office, period))


@router.get("/measures/nps.json")
def answers_as_json(office: TheOffice, _account: MaySee, asked: Annotated[Asked, Depends()]) -> Response:
    """Return how many customers gave each answer, 0 to 10, to whether they would recommend us."""
    period = asked.period(office.clock())
    if period is None:
        return JSONResponse({"problem": "the period makes no sense"}, status_code=422)
    found = figures_in(office, period)[0]
    body = {
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "computed_at": office.clock().isoformat(),
        "answers": found.recommended.total,
        "score": found.nps.score,
        "groups": found.recommended.groups,
        "by_answer": list(_answers(found.recommended)),
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/measures/nps.csv")
def answers_as_csv(office: TheOffice, _account: MaySee, asked: Annotated[Asked, Depends()]) -> Response:
    """Return the same, a row for each answer."""
    period = asked.period(office.clock())
    if period is None:
        return Response("the period makes no sense\n", status_code=422, media_type="text/plain")
    out = StringIO()
    writer = csv.DictWriter(out, ("answer", "group", "count", "share"))
    writer.writeheader()
    writer.writerows(_answers(figures_in(office, period)[0].recommended))
    return _file(f"nps-{period.first}-{period.last}", BYTE_ORDER_MARK + out.getvalue())


def _answers(found: Distribution) -> Iterator[dict[str, Any]]:
    for answer in ANSWERS:
        count = found.counts[answer]
        yield {"answer": answer, "group": group_of(answer).value, "count": count, "share": found.share(count)}


def _file(name: str, text: str) -> Response:
    shown = f'attachment; filename="koemado-{name}.csv"'
    headers = {"Content-Disposition": shown, "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _csv(office: Office, period: Period) -> str:
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(_rows(office, WHOLE, _whole(office, period)))
    for day in office.nightly.days(period.first, period.last):
        writer.writerows(_rows(office, day.day, day.figures))
    return BYTE_ORDER_MARK + out.getvalue()


def _rows(office: Office, day: date | str, figures: Written) -> Iterator[dict[str, Any]]:
    for name in NAMES:
        value, target = read(name, figures), target_of(name, office.settings.targets)
        yield {
            "day": str(day),
            "measure": name,
            "title": measure_texts()[name].title,
            "value": "" if value is None else value,
            "target": "" if target is None else target,
            **figures.get(name, {}),
        }


def _whole(office: Office, period: Period) -> Written:
    return written(figures_in(office, period)[0])
