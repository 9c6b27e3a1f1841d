"""The topics as files, for spreadsheets and programs."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from server.access import Account, Permission
from server.insight.material import Ending
from server.insight.voices import steps_of
from server.periods import Period
from server.web.export_page import BYTE_ORDER_MARK, guarded
from server.web.guard import TheOffice, needs
from server.web.measures_page import Asked
from server.web.voices_page import Filter, Named, found, named

COLUMNS: Final = (
    "topic", "name", "article", "conversations", "before", "voice", "human", "again", "lost",
    "share_voice", "share_lost", "complaints", "dangers", "typical",
)  # fmt: skip
MayExport = Annotated[Account, Depends(needs(Permission.EXPORT))]
router = APIRouter(include_in_schema=False)


@router.get("/voices.json")
def as_json(
    office: TheOffice,
    _account: MayExport,
    asked: Annotated[Asked, Depends()],
    narrowed: Annotated[Filter, Depends()],
) -> Response:
    """Return the topics of a period with their trends."""
    period = asked.period(office.clock())
    if period is None:
        return JSONResponse({"problem": "the period makes no sense"}, status_code=422)
    topics = named(office, found(office, period, narrowed))
    body = {
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "computed_at": office.clock().isoformat(),
        "steps": [day.isoformat() for day in steps_of(period)],
        "topics": [_row(one) | {"typical": list(one.typical), "trend": list(one.voice.trend)} for one in topics],
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/voices.csv")
def as_csv(
    office: TheOffice,
    _account: MayExport,
    asked: Annotated[Asked, Depends()],
    narrowed: Annotated[Filter, Depends()],
) -> Response:
    """Return the same without the trends, a row for each topic."""
    period = asked.period(office.clock())
    if period is None:
        return Response("the period makes no sense\n", status_code=422, media_type="text/plain")
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(named(office, found(office, period, narrowed))))
    return Response(BYTE_ORDER_MARK + out.getvalue(), media_type="text/csv; charset=utf-8", headers=_headers(period))


def _headers(period: Period) -> dict[str, str]:
    name = f'attachment; filename="koemado-voices-{period.first}-{period.last}.csv"'
    return {"Content-Disposition": name, "Cache-Control": "no-store"}


def _row(one: Named) -> dict[str, Any]:
    voice = one.voice
    return {
        "topic": voice.topic,
        "name": one.name,
        "article": one.article,
        "conversations": voice.count,
        "before": voice.before,
        **{ending.value: voice.endings.get(ending.value, 0) for ending in Ending},
        "share_voice": voice.share(Ending.VOICE.value),
        "share_lost": voice.share(Ending.LOST.value),
        "complaints": voice.complaints,
        "dangers": voice.dangers,
        "typical": " / ".join(one.typical),
    }


def _cells(topics: list[Named]) -> Iterator[list[str]]:
    for one in topics:
        row = _row(one)
        yield [guarded("" if row[name] is None else str(row[name])) for name in COLUMNS]
