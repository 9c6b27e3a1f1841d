"""What customers ask about: topics with trend, typical words and how they ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from server.access import Account, Permission
from server.insight.explaining import explained
from server.insight.features import Spelled, key_of
from server.insight.listening import reading_heard
from server.insight.material import Ending
from server.insight.voices import Voice, in_total, steps_of, voices_of, with_before
from server.labels import group_labels
from server.office import Office
from server.periods import Period
from server.store.insight import Matter
from server.web.guard import TheOffice, needs, needs_to_change
from server.web.measures_page import PERIODS, Asked
from server.web.pages import is_part, page
from server.web.refusals import refused
from server.work.insight import is_wanted, is_wanted_afresh, progress, unreadable, want, want_afresh

SHOWN: Final = 100  # topics on a page
MOST_WORDINGS: Final = 200  # of a topic on its page
MayHear = Annotated[Account, Depends(needs(Permission.HEAR_CUSTOMERS))]
MayRefresh = Annotated[Account, Depends(needs_to_change(Permission.HEAR_CUSTOMERS))]
MayGroup = Annotated[Account, Depends(needs_to_change(Permission.PUBLISH))]  # topics that others know may go
router = APIRouter(prefix="/voices", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the topics are narrowed to."""

    device: Annotated[str, Query(max_length=64)] = ""
    ending: Annotated[str, Query(max_length=16)] = ""

    @property
    def wanted_ending(self) -> str | None:
        """A known ending, or None for all."""
        return self.ending if self.ending in set(Ending) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A topic as it is shown."""

    voice: Voice
    name: str
    article: str | None  # its title
    typical: tuple[str, ...]


@router.get("")
def show(
    request: Request,
    office: TheOffice,
    _account: MayHear,
    asked: Annotated[Asked, Depends()],
    narrowed: Annotated[Filter, Depends()],
) -> Response:
    """Show the topics of a period, the largest first."""
    now = office.clock()
    given = asked.period(now)
    period = given or Period.until(now, asked.days)
    voices = found(office, period, narrowed)
    context = period_context(office, asked, period) | {
        "wrong": given is None,
        "narrowed": narrowed,
        "named": named(office, voices[:SHOWN]),
        "total": in_total(voices) if voices else None,
        "topics": len(voices),
        "query": address(period, narrowed),
        "unreadable": unreadable(office),
        **_round(office),
    }
    return page(request, "voices.html", status=200 if given else 422, **context)


@router.get("/topics/{topic_id}")
def topic(
    request: Request,
    office: TheOffice,
    _account: MayHear,
    topic_id: str,
    asked: Annotated[Asked, Depends()],
    narrowed: Annotated[Filter, Depends()],
) -> Response:
    """Show one topic: its wordings, and why they belong together."""
    period = asked.period(office.clock()) or Period.until(office.clock(), asked.days)
    matters = office.insight.matters(with_before(period).span, topic=topic_id, device=narrowed.device or None)
    voices = voices_of(matters, period, ending=narrowed.wanted_ending)
    if not voices:
        return refused(request, 404, "unknown", "there is no such topic")
    latest = [one for one in matters if period.span.begins <= one.at < period.span.ends]
    latest = [one for one in latest if narrowed.wanted_ending in (None, one.ending)]
    (shown,) = named(office, voices)
    context = period_context(office, asked, period) | wordings_of(office, latest) | {"one": shown, "narrowed": narrowed}
    return page(request, "voices_topic.html", query=address(period, narrowed), **context)


@router.post("/refresh")
def refresh(office: TheOffice, _account: MayRefresh) -> Response:
    """Have the topics computed now; background work does it within minutes."""
    want(office, now=office.clock())
    return RedirectResponse("/voices", status_code=303)


@router.post("/afresh")
def afresh(office: TheOffice, account: MayGroup) -> Response:
    """Have everything grouped anew; asked for twice, it is done once.  The journal says who did."""
    if want_afresh(office, now=office.clock()):
        office.journal.write(at=office.clock(), actor=account.login, action="topics_afresh")
    return RedirectResponse("/voices", status_code=303)


@router.get("/round")
def round_(request: Request, office: TheOffice, _account: MayHear) -> Response:
    """Show how far the round is: the part asks again while one is going on, and then has the page shown anew."""
    found = _round(office)
    if not found["wanted"] and is_part(request):
        return Response(status_code=200, headers={"HX-Refresh": "true"})
    return page(request, "voices_round.html", **found)


def _round(office: Office) -> dict[str, Any]:
    return {"wanted": is_wanted(office), "afresh": is_wanted_afresh(office), "percent": progress(office)}


def found(office: Office, period: Period, narrowed: Filter) -> tuple[Voice, ...]:
    """Return the topics of a period."""
    matters = office.insight.matters(with_before(period).span, device=narrowed.device or None)
    return voices_of(matters, period, ending=narrowed.wanted_ending)


def named(office: Office, voices: tuple[Voice, ...]) -> list[Named]:
    """Return topics with their names: of the article, or else the most typical wording."""
    typical = office.insight.typical([one.topic for one in voices])
    articles, titles = office.insight.articles(), office.articles.titles()
    out = []
    for one in voices:
        article = titles.get(articles.get(one.topic) or "")
        name = article or next(iter(typical[one.topic]), one.topic)
        out.append(Named(voice=one, name=name, article=article, typical=tuple(typical[one.topic])))
    return out


def period_context(office: Office, asked: Asked, period: Period) -> dict[str, Any]:
    """Return what the forms of all these pages need."""
    return {
        "period": period,
        "periods": PERIODS,
        "chosen": asked.chosen,
        "steps": steps_of(period),
        "compared": with_before(period) != period,
        "devices": _devices(office),
        "endings": group_labels("ending"),
    }


def address(period: Period, narrowed: Filter) -> str:
    """Return the period and the filter as a query."""
    given = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    kept = {"device": narrowed.device, "ending": narrowed.wanted_ending}
    return urlencode(given | {name: value for name, value in kept.items() if value})


def wordings_of(office: Office, matters: list[Matter]) -> dict[str, Any]:
    """Return all wordings of a topic with how often and why, the most frequent first."""
    words = office.insight.words({(one.talk, one.turn) for one in matters})
    by_key: dict[str, list[tuple[Matter, str]]] = {}
    for one in matters:
        if text := words.get((one.talk, one.turn)):
            by_key.setdefault(key_of(text.heard, reading_heard(text.heard)), []).append((one, text.heard))
    things = {key: _spelled(key, [text for _, text in members]) for key, members in by_key.items()}
    order = sorted(by_key, key=lambda key: (-len(by_key[key]), key))[:MOST_WORDINGS]
    why = explained([things[key] for key in order])
    rows = [
        {
            "texts": things[key].texts[:3],
            "count": len({one.talk for one, _ in by_key[key]}),
            "talk": by_key[key][-1][0].talk,
            "endings": _counted([one for one, _ in by_key[key]]),
            "why": why.of(things[key]),
        }
        for key in order
    ]
    return {"rows": rows, "why": why, "all_wordings": len(by_key)}


def _spelled(key: str, texts: list[str]) -> Spelled:
    return Spelled(key=key, texts=tuple(sorted(set(texts), key=lambda text: (-texts.count(text), text))))


def _counted(matters: list[Matter]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for one in matters:
        found[one.ending] = found.get(one.ending, 0) + 1
    return found


def _devices(office: Office) -> list[tuple[str, str]]:
    names = {device.id: device.name for device in office.devices.everything()}
    return [(id_, names.get(id_, id_)) for id_ in office.insight.devices()]
