"""What insight proposes for the knowledge base, with its evidence: taken into a draft, or declined."""

from typing import Annotated, Final
from uuid import NAMESPACE_URL, uuid5

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from server.insight.proposals import Kind, State
from server.knowledge.asking import key_of
from server.knowledge.versions import PROPOSED, Conflict, Draft, Version
from server.office import Office
from server.store.proposals import Kept
from server.web.article_form import MayLook, MayWrite, counts
from server.web.article_view import proposal_of, settle_proposal, titles
from server.web.guard import TheOffice
from server.web.pages import page

SHOWN: Final = 50
router = APIRouter(prefix="/proposals", include_in_schema=False)
Wordings = Annotated[list[str], Form(max_length=200)]


@router.get("")
def show(request: Request, office: TheOffice, _account: MayLook) -> Response:
    """List the open ones, those that would help most customers first."""
    office.editing.begin()
    found = office.proposals.listed(limit=SHOWN)
    return page(request, "proposals.html", proposals=found, titles=titles(office))


@router.post("/{proposal_id}/accept")
def accept(office: TheOffice, account: MayWrite, proposal_id: str, wordings: Wordings = []) -> Response:  # noqa: B006
    """Put the chosen wordings into a draft of the article; what needs other words is written on its own page."""
    kept = _open(office, proposal_id)
    chosen = [text for text in kept.proposal.variants if text in wordings]
    article_id = kept.proposal.article_id
    head = office.editing.articles.head(article_id) if article_id else None
    if head is None:
        return RedirectResponse(f"/articles/new?proposal={proposal_id}", status_code=303)
    if kept.proposal.kind is Kind.UNSOLVED:  # its answer wants other words, not other questions
        return RedirectResponse(f"/articles/{head.article_id}?proposal={proposal_id}", status_code=303)
    saved = office.editing.articles.save(_draft(office, head, kept, chosen), by=account.login, now=office.clock())
    if isinstance(saved, Conflict):  # somebody saves this very moment: the page shows what is there now
        return RedirectResponse("/proposals", status_code=303)
    settle_proposal(office, kept, head.article_id, chosen, by=account.login)
    return RedirectResponse(f"/articles/{head.article_id}", status_code=303)


@router.post("/{proposal_id}/decline")
def decline(
    office: TheOffice, account: MayWrite, proposal_id: str, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Say no, and why."""
    kept = _open(office, proposal_id)
    now = office.clock()
    office.proposals.decide(kept.proposal.id, State.DECLINED, by=account.login, now=now)
    detail = {"because": reason.strip(), "proposal": kept.proposal.id}
    office.journal.write(at=now, actor=account.login, action="proposal_reason", detail=detail)
    return RedirectResponse("/proposals", status_code=303)


def _draft(office: Office, head: Version, kept: Kept, chosen: list[str]) -> Draft:
    """The same form sent twice is one draft: its id follows from the proposal and what it was put upon."""
    known = {key_of(text) for text in head.content.get("variants", ())}
    added = [text for text in chosen if key_of(text) not in known]
    content = dict(head.content) | {"variants": [*head.content.get("variants", ()), *added]}
    remarks = office.editing.workshop.rules.remarks(content, office.editing.articles.approved())
    return Draft(
        id=uuid5(NAMESPACE_URL, f"{kept.proposal.id} {head.article_id} {head.number}"),
        article_id=head.article_id,
        content=content,
        based_on=head.number,
        why=kept.proposal.id,
        origin=PROPOSED,
        remarks=counts(remarks),
    )


def _open(office: Office, proposal_id: str) -> Kept:
    kept = proposal_of(office, proposal_id)
    if kept is None:
        raise HTTPException(404, "no such proposal")
    return kept
