"""An article while it is written: checked, heard, and tried.  Nothing is kept."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from server.knowledge.errors import WorkshopFailed
from server.knowledge.ports import Said
from server.remark_words import remedy, says
from server.web.article_form import MayWrite, Typed, counts, read
from server.web.article_view import by_field, titles
from server.web.guard import TheOffice
from server.web.pages import page

router = APIRouter(prefix="/articles/draft", include_in_schema=False)
LONGEST = 300  # signs of a question


@router.post("/check")
def check(request: Request, office: TheOffice, _account: MayWrite, typed: Typed) -> Response:
    """Return what is to be said beside each field, and how the article will be read aloud."""
    found = read(office, typed)
    workshop, known = office.editing.workshop, titles(office)
    remarks = found.problems
    said: tuple[Said, ...] = ()
    if found.content is not None:
        base = office.editing.articles.approved()
        remarks = workshop.rules.remarks(found.content, base)
        said = workshop.voice.said(found.content)
    return page(
        request,
        "article_remarks.html",
        remarks=by_field(remarks),
        counts=counts(remarks),
        valid=found.content is not None,
        said=said,
        says=lambda remark: says(remark, known),
        remedy=lambda remark: remedy(remark, known),
    )


@router.post("/sound")
def sound(
    office: TheOffice,
    _account: MayWrite,
    typed: Typed,
    part: Annotated[str, Form(pattern="whole|answer|steps|tip|title|variants")] = "whole",
    number: Annotated[int, Form(ge=0, le=200)] = 0,
) -> Response:
    """Return what customers will hear, as a WAV file; 422 without a valid article, 409 when it cannot be said."""
    found = read(office, typed)
    if found.content is None:
        return Response(status_code=422)
    try:
        data = office.editing.workshop.voice.sound(found.content, part, number)
    except WorkshopFailed:
        return Response(status_code=409)
    return Response(data, media_type="audio/wav")


@router.post("/try")
def attempt(
    request: Request,
    office: TheOffice,
    _account: MayWrite,
    typed: Typed,
    question: Annotated[str, Form(max_length=LONGEST)] = "",
    aloud: Annotated[bool, Form()] = False,
) -> Response:
    """Show what would be heard and which article would follow, with the draft and without it."""
    found, base = read(office, typed), office.editing.articles.approved()
    if found.content is None or not question.strip():
        return page(request, "article_tried.html", tried=None, failed="invalid" if question.strip() else "empty")
    try:
        tried = office.editing.workshop.tryout.tried(question.strip(), found.content, base, aloud=aloud)
    except WorkshopFailed as error:
        return page(request, "article_tried.html", tried=None, failed=str(error))
    known = titles(office) | {found.content["id"]: found.content["title"]}
    return page(
        request,
        "article_tried.html",
        tried=tried,
        question=question.strip(),
        own=found.content["id"],
        titles=known,
        aloud=aloud,
        failed="",
    )


@router.post("/neighbours")
def neighbours(request: Request, office: TheOffice, _account: MayWrite, typed: Typed) -> Response:
    """Show which wordings of other articles the draft makes worse."""
    found = read(office, typed)
    if found.content is None:
        return page(request, "article_shifts.html", shifts=(), failed="invalid")
    try:
        shifts = office.editing.workshop.tryout.shifts(found.content, office.editing.articles.approved())
    except WorkshopFailed as error:
        return page(request, "article_shifts.html", shifts=(), failed=str(error))
    return page(request, "article_shifts.html", shifts=shifts, failed="")
