"""The list of articles, and new ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from server.knowledge import content
from server.knowledge.asking import key_of
from server.knowledge.content import Base
from server.knowledge.ports import Remark
from server.knowledge.versions import EDITED, PROPOSED, Conflict, Draft, Version
from server.web.article_form import MayLook, MayWrite, Text, Typed, counts, read
from server.web.article_view import editor, proposal_of, settle_proposal, shown_state
from server.web.guard import TheOffice
from server.web.pages import is_part, page

ROWS: Final = 100  # on a page
EXAMINES_S: Final = 1.0
USED_WITHIN: Final = timedelta(days=30)
STATES: Final = ("draft", "in_review", "sent_back", "approved", "released", "removed")
RESERVED_IDS: Final = ("new", "draft", "examine", "take-in")  # addresses of pages
_RESERVED: Final = (Remark(field="id", code="id", severity="error"),)
router = APIRouter(prefix="/articles", include_in_schema=False)
Term = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An article in the list."""

    head: Version
    state: str
    uses: int


@router.get("")
def show(
    request: Request,
    office: TheOffice,
    _account: MayLook,
    q: Term = "",
    state: Term = "",
    begin: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """List the articles, those somebody has to do something about first."""
    office.editing.begin()
    in_force, uses = office.editing.in_force(), office.editing.articles.uses(office.clock() - USED_WITHIN)
    rows = [_row(head, in_force, uses) for head in office.editing.articles.heads()]
    found = [row for row in rows if _fits(row.head, q) and state in ("", row.state)]
    found.sort(key=lambda row: (STATES.index(row.state) >= STATES.index("released"), row.head.article_id))
    return page(
        request,
        "articles_part.html" if is_part(request) else "articles.html",
        rows=found[begin : begin + ROWS],
        found=len(found),
        everything=len(rows),
        states={one: sum(row.state == one for row in rows) for one in STATES},
        begin=begin,
        step=ROWS,
        given={"q": q, "state": state},
        equipped=office.editing.is_equipped,
        unexamined=sum(not row.head.remarks for row in rows),
        names=office.accounts.names(),
    )


@router.post("/examine")
def examine(request: Request, office: TheOffice, _account: MayWrite) -> Response:
    """Check some of the articles that never were, for a second; the page asks again until none is left."""
    waiting = [one for one in office.editing.articles.heads() if not one.remarks]
    base, ends = office.editing.articles.approved(), monotonic() + EXAMINES_S
    done = 0
    for head in waiting:
        remarks = office.editing.workshop.rules.remarks(head.content, base)
        office.editing.articles.note_remarks(head.article_id, head.number, counts(remarks))
        done += 1
        if monotonic() > ends:
            break
    return page(request, "articles_examined.html", left=len(waiting) - done, done=done)


@router.get("/new")
def new(request: Request, office: TheOffice, account: MayLook, proposal: Term = "") -> Response:
    """Show the form of a new article; a proposal fills it in."""
    kept = proposal_of(office, proposal)
    typed = dict.fromkeys(content.FIELDS, "")
    if kept:
        texts = {"title": kept.proposal.title, "variants": "\n".join(kept.proposal.variants)}
        typed |= texts | {"answer": kept.proposal.answer_draft}
    return editor(request, office, account, typed, head=None, proposal=kept)


@router.post("/new")
def make(
    request: Request,
    office: TheOffice,
    account: MayWrite,
    typed: Typed,
    version: Annotated[UUID, Form()],
    why: Text = "",
    proposal: Text = "",
) -> Response:
    """Keep a new article as a draft."""
    kept, found = proposal_of(office, proposal), read(office, typed)
    problems = (*found.problems, *(_RESERVED if typed["id"].strip() in RESERVED_IDS else ()))
    if found.content is None or problems:
        return editor(request, office, account, typed, head=None, proposal=kept, problems=problems, status=422)
    remarks = office.editing.workshop.rules.remarks(found.content, office.editing.articles.approved())
    draft = Draft(
        id=version,
        article_id=found.content["id"],
        content=found.content,
        based_on=0,
        why=why.strip(),
        origin=PROPOSED if kept else EDITED,
        remarks=counts(remarks),
    )
    saved = office.editing.articles.save(draft, by=account.login, now=office.clock())
    if isinstance(saved, Conflict):
        return editor(request, office, account, typed, head=None, proposal=kept, taken=saved.theirs, status=409)
    if kept:
        settle_proposal(office, kept, saved.article_id, kept.proposal.variants, by=account.login)
    return RedirectResponse(f"/articles/{saved.article_id}", status_code=303)


def _row(head: Version, in_force: Base, uses: dict[str, int]) -> Row:
    return Row(head=head, state=shown_state(head, in_force), uses=uses.get(head.article_id, 0))


def _fits(head: Version, q: str) -> bool:
    wanted = [key_of(word) for word in q.split()]
    texts: Sequence[Any] = [head.article_id, head.title, head.content.get("category", "")]
    whole = key_of(" ".join([*map(str, texts), str(head.content.get("answer", "")), *head.content.get("variants", ())]))
    return all(word in whole for word in wanted)
