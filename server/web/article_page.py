"""One article: writing it, having it reviewed, its versions."""

from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from server.access import Account
from server.knowledge.asking import KeptQuestion
from server.knowledge.content import form_of
from server.knowledge.diff import changes
from server.knowledge.versions import EDITED, PROPOSED, RESTORED, Conflict, Draft, Refusal, Version
from server.office import Office
from server.store.kept_questions import LONGEST, STAFF
from server.web.article_form import MayLook, MayWrite, Typed, counts, fit_id, read
from server.web.article_view import editor, proposal_of, settle_proposal
from server.web.guard import TheOffice
from server.web.pages import page

LAST: Final = 1_000_000  # version numbers
router = APIRouter(prefix="/articles", include_in_schema=False)
Number = Annotated[int, Form(ge=1, le=LAST)]
Note = Annotated[str, Form(max_length=2000)]
Term = Annotated[str, Query(max_length=80)]


@router.get("/{article_id}")
def show(
    request: Request, office: TheOffice, account: MayLook, article_id: str, refused: Term = "", proposal: Term = ""
) -> Response:
    """Show an article as it was saved last."""
    head = known(office, article_id)
    reason = refused if refused in list(Refusal) else ""
    kept = proposal_of(office, proposal)
    return editor(request, office, account, form_of(head.content), head=head, refused=reason, proposal=kept)


@router.post("/{article_id}")
def save(  # noqa: PLR0913, PLR0917  # what the form sends
    request: Request,
    office: TheOffice,
    account: MayWrite,
    article_id: str,
    typed: Typed,
    version: Annotated[UUID, Form()],
    based_on: Number,
    why: Note = "",
    proposal: Note = "",
) -> Response:
    """Keep a new version as a draft; who was overtaken is shown both."""
    head, kept = known(office, article_id), proposal_of(office, proposal)
    typed["id"] = article_id
    found = read(office, typed)
    if found.content is None:
        return editor(request, office, account, typed, head=head, problems=found.problems, proposal=kept, status=422)
    remarks = office.editing.workshop.rules.remarks(found.content, office.editing.articles.approved())
    draft = Draft(
        id=version,
        article_id=article_id,
        content=found.content,
        based_on=based_on,
        why=why.strip(),
        origin=PROPOSED if kept else EDITED,
        remarks=counts(remarks),
    )
    saved = office.editing.articles.save(draft, by=account.login, now=office.clock())
    if isinstance(saved, Conflict):
        theirs = saved.theirs
        return editor(request, office, account, typed, head=theirs, theirs=theirs, proposal=kept, status=409)
    if kept:
        settle_proposal(office, kept, article_id, kept.proposal.variants, by=account.login)
    return back(article_id)


@router.post("/{article_id}/review")
def ask_for_review(office: TheOffice, account: MayWrite, article_id: str, number: Number) -> Response:
    """Have somebody else look at it."""
    fit_id(article_id)
    found = office.editing.articles.ask_for_review(article_id, number, by=account.login, now=office.clock())
    return back(article_id, found)


@router.post("/{article_id}/approve")
def approve(office: TheOffice, account: MayWrite, article_id: str, number: Number, note: Note = "") -> Response:
    """Approve what somebody else wrote; one's own only where nobody else is here, with a reason."""
    fit_id(article_id)
    alone = office.editing.is_alone(account.login)
    now = office.clock()
    found = office.editing.articles.approve(article_id, number, by=account.login, now=now, alone=alone, note=note)
    return back(article_id, found)


@router.post("/{article_id}/send-back")
def send_back(office: TheOffice, account: MayWrite, article_id: str, number: Number, note: Note = "") -> Response:
    """Ask the author for changes, or take one's own back."""
    fit_id(article_id)
    found = office.editing.articles.send_back(article_id, number, by=account.login, now=office.clock(), note=note)
    return back(article_id, found)


@router.post("/{article_id}/restore")
def restore(
    request: Request,
    office: TheOffice,
    account: MayWrite,
    article_id: str,
    number: Number,
    based_on: Number,
    version: Annotated[UUID, Form()],
) -> Response:
    """Go back to an earlier version: as a new one, to be reviewed like any."""
    earlier = office.editing.articles.version(fit_id(article_id), number)
    draft = Draft(
        id=version,
        article_id=article_id,
        content=earlier.content,
        based_on=based_on,
        why=str(number),
        origin=RESTORED,
        remarks=earlier.remarks,
    )
    return _saved(request, office, account, draft)


@router.post("/{article_id}/remove")
def remove(
    request: Request,
    office: TheOffice,
    account: MayWrite,
    article_id: str,
    based_on: Number,
    version: Annotated[UUID, Form()],
    why: Note = "",
) -> Response:
    """Propose that devices tell it no more; it is reviewed like any change."""
    head = known(office, article_id)
    draft = Draft(
        id=version,
        article_id=article_id,
        content=head.content,
        based_on=based_on,
        why=why.strip(),
        removed=True,
    )
    return _saved(request, office, account, draft)


@router.get("/{article_id}/diff")
def diff(
    request: Request,
    office: TheOffice,
    _account: MayLook,
    article_id: str,
    before: Annotated[int, Query(ge=0, le=LAST)] = 0,
    after: Annotated[int, Query(ge=1, le=LAST)] = 1,
) -> Response:
    """Show what differs between two versions; 0: nothing was there."""
    head = known(office, article_id)
    store = office.editing.articles
    old = store.version(article_id, before) if before else None
    new = store.version(article_id, after)
    return page(
        request,
        "article_diff.html",
        head=head,
        old=old,
        new=new,
        found=changes(old.content if old else None, new.content),
        versions=store.versions(article_id),
        version_id=uuid4(),
        names=office.accounts.names(),
    )


@router.post("/{article_id}/questions")
def keep_question(
    office: TheOffice, account: MayWrite, article_id: str, question: Annotated[str, Form(max_length=LONGEST)] = ""
) -> Response:
    """Have a question asked before each release."""
    known(office, article_id)
    if question.strip():
        kept = KeptQuestion(text=question.strip(), article_id=article_id)
        office.editing.questions.keep([kept], source=STAFF, by=account.login, now=office.clock())
    return back(article_id)


@router.post("/{article_id}/questions/{question_id}/drop")
def drop_question(office: TheOffice, account: MayWrite, article_id: str, question_id: UUID) -> Response:
    """Have it asked no more."""
    known(office, article_id)
    office.editing.questions.drop(question_id, by=account.login, now=office.clock())
    return back(article_id)


def known(office: Office, article_id: str) -> Version:
    """Return an article as it was saved last.  Raises HTTPException."""
    head = office.editing.articles.head(fit_id(article_id))
    if head is None:
        raise HTTPException(404, "no such article")
    return head


def back(article_id: str, refused: Refusal | None = None) -> Response:
    """Lead back to the article, saying what was refused."""
    query = f"?refused={refused}" if refused else ""
    return RedirectResponse(f"/articles/{article_id}{query}", status_code=303)


def _saved(request: Request, office: Office, account: Account, draft: Draft) -> Response:
    saved = office.editing.articles.save(draft, by=account.login, now=office.clock())
    if isinstance(saved, Conflict):
        typed = form_of(draft.content)
        return editor(request, office, account, typed, head=saved.theirs, theirs=saved.theirs, status=409)
    return back(draft.article_id)
