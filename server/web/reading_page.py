"""Ten real conversations a week to read, and a conversation as a dialogue."""

import re
from collections import defaultdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from server.errors import KeyInvalid
from server.insight.material import Ending
from server.insight.reading_list import Readable, Why, beside, chosen, days_of, last_week, week_of
from server.knowledge.content import Plain
from server.knowledge.errors import WorkshopFailed
from server.office import Office
from server.spans import Span
from server.store.insight import Matter
from server.web.guard import TheOffice
from server.web.pages import page
from server.web.refusals import refused
from server.web.voices_page import MayHear, MayRefresh
from server.wire import MOST_TURNS

router = APIRouter(prefix="/voices", include_in_schema=False)
Number = Annotated[int, Path(ge=0, lt=MOST_TURNS)]


@router.get("/reading")
def reading(
    request: Request, office: TheOffice, account: MayHear, week: Annotated[str, Query(max_length=8)] = ""
) -> Response:
    """Show the ten conversations of a week, of the last one that is over unless another is asked for."""
    now = office.clock()
    newest = last_week(now)
    shown = week if _is_week(week) and week <= newest else newest
    rows = _rows(office, days_of(shown).span, shown)
    read_by = office.insight.read_by([one.talk for one, *_ in rows])
    return page(
        request,
        "voices_reading.html",
        week=shown,
        days=days_of(shown),
        earlier=beside(shown, -1),
        later=beside(shown, 1) if shown < newest else "",
        rows=rows,
        read_by=read_by,
        names=office.accounts.names(),
        mine=[id_ for id_, logins in read_by.items() if account.login in logins],
    )


@router.get("/talks/{talk_id}/sound/{turn}")
def sound(request: Request, office: TheOffice, account: MayHear, talk_id: UUID, turn: Number) -> Response:
    """Return what the customer said in a turn, as a WAV file that nobody keeps; that one listened is written down."""
    try:
        data = office.recordings.listen(talk_id, turn, by=account.login, now=office.clock())
    except KeyInvalid:
        data = None
    if data is None:
        return refused(request, 404, "unknown", "there is no such recording")
    return Response(data, media_type="audio/wav", headers={"Cache-Control": "no-store"})


@router.post("/talks/{talk_id}/read-aloud/{turn}")
def read_aloud(
    office: TheOffice,
    _account: MayRefresh,
    talk_id: UUID,
    turn: Number,
    who: Annotated[str, Form(pattern="customer|device")] = "customer",
) -> Response:
    """Return the masked words of a turn in the desk's own synthesis; 404 where there are none, 409 when it cannot speak."""
    kept = office.talks.one(talk_id)
    turns = kept.conversation.turns if kept else ()
    words = (turns[turn].heard if who == "customer" else turns[turn].said) if turn < len(turns) else ""
    if not words or words.startswith("["):
        return Response(status_code=404)
    try:
        data = office.editing.workshop.voice.sound(_as_article(words), "answer", 0)
    except WorkshopFailed:
        return Response(status_code=409)
    return Response(data, media_type="audio/wav", headers={"Cache-Control": "no-store"})


@router.get("/talks/{talk_id}")
def talk(request: Request, office: TheOffice, account: MayHear, talk_id: UUID) -> Response:
    """Show a conversation as it went."""
    kept = office.talks.one(talk_id)
    if kept is None:
        return refused(request, 404, "unknown", "there is no such conversation")
    handled = None
    if kept.conversation.callback is not None:
        handled = office.insight.handled([kept.conversation.callback]).get(kept.conversation.callback)
    read_by = office.insight.read_by([talk_id]).get(talk_id, [])
    return page(
        request,
        "voices_talk.html",
        talk=kept.conversation,
        is_readable=kept.is_readable,
        handled=handled,
        read_by=read_by,
        names=office.accounts.names(),
        is_read=account.login in read_by,
        recording=office.recordings.of(talk_id),
        equipped=office.editing.is_equipped,
    )


@router.post("/talks/{talk_id}/read")
def tick(
    request: Request,
    office: TheOffice,
    account: MayRefresh,
    talk_id: UUID,
    week: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Write down that one has read it."""
    if not office.insight.tick(talk_id, by=account.login, now=office.clock()):
        return refused(request, 404, "unknown", "there is no such conversation")
    back = f"/voices/reading?week={week}" if _is_week(week) else f"/voices/talks/{talk_id}"
    return RedirectResponse(back, status_code=303)


def _is_week(week: str) -> bool:
    """Whether it is one of this century's, as `week_of` writes it."""
    try:
        return week_of(days_of(week).first) == week
    except (ValueError, OverflowError):
        return False


def _rows(office: Office, span: Span, week: str) -> list[tuple[Readable, Why, str]]:
    """Return the chosen conversations, why, and the first words of each."""
    matters = office.insight.matters(span)
    turns = office.insight.lengths({one.talk for one in matters})
    by_talk: dict[UUID, list[Matter]] = defaultdict(list)
    for one in matters:
        by_talk[one.talk].append(one)
    recorded = office.recordings.those_with(by_talk)
    talks = [
        Readable(
            talk=id_,
            turns=turns[id_],
            danger=any(one.danger for one in members),
            complaint=any(one.complaint for one in members),
            lost=any(one.ending == Ending.LOST for one in members),
            solved=all(one.ending == Ending.VOICE for one in members),
            recorded=id_ in recorded,
        )
        for id_, members in by_talk.items()
        if id_ in turns
    ]
    picked = chosen(talks, week)
    first = {one.talk: min(m.turn for m in by_talk[one.talk]) for one, _ in picked}
    words = office.insight.words(set(first.items()))
    said = {id_: words[id_, turn].heard for id_, turn in first.items() if (id_, turn) in words}
    return [(one, why, said[one.talk]) for one, why in picked if one.talk in said]


def _as_article(words: str) -> Plain:
    """Words as who says articles takes them; what was masked is told as that."""
    spoken = re.sub("＊+", "、伏せた番号、", words).replace("〔", "、").replace("〕", "、")
    return {"id": "talk", "title": "talk", "category": "talk", "variants": ["talk"], "answer": spoken}
