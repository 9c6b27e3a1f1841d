"""What the pages of one article show, and what they do with proposals."""

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from fastapi import Request
from fastapi.responses import Response

from server.access import Account
from server.insight.proposals import State as ProposalState
from server.knowledge import content
from server.knowledge.asking import KeptQuestion
from server.knowledge.content import Base, told
from server.knowledge.diff import changes
from server.knowledge.ports import Remark
from server.knowledge.versions import State, Version
from server.office import Office
from server.remark_words import remedy, says
from server.store.proposals import Kept
from server.web.pages import page

PROPOSAL: Final = re.compile(r"[a-z0-9-]{1,64}")


def editor(
    request: Request,
    office: Office,
    account: Account,
    typed: dict[str, str],
    *,
    head: Version | None,
    status: int = 200,
    **more: Any,
) -> Response:
    """Show the form: `typed` over the version `head`.

    More: `problems` of what was typed; `theirs`, saved by somebody else meanwhile; `taken`, another article with the id;
    `proposal`; `refused`, why a deed was not done.
    """
    theirs: Version | None = more.get("theirs")
    known = titles(office)
    shown = {
        "typed": typed,
        "head": head,
        "state": shown_state(head, office.editing.in_force()) if head else "",
        "versions": office.editing.articles.versions(head.article_id) if head else (),
        "theirs": theirs,
        "taken": more.get("taken"),
        "differences": changes(theirs.content, content.plain_of(typed)) if theirs else (),
        "proposal": more.get("proposal"),
        "problems": by_field(more.get("problems", ())),
        "refused": more.get("refused", ""),
        "version_id": uuid4(),
        "alone": office.editing.is_alone(account.login),
        "questions": office.editing.questions.of_article(head.article_id) if head else (),
        "names": office.accounts.names(),
        "equipped": office.editing.is_equipped,
        "says": lambda remark: says(remark, known),
        "remedy": lambda remark: remedy(remark, known),
    }
    return page(request, "article.html", status=status, **shown)


def shown_state(head: Version, in_force: Base) -> str:
    """Return how far an article is; approved is told from what devices have."""
    if head.state is not State.APPROVED:
        return str(head.state)
    before = in_force.get(head.article_id)
    if head.removed:
        return "removed" if before is None else "approved"
    return "released" if before is not None and told(before) == told(head.content) else "approved"


def by_field(remarks: Sequence[Remark]) -> dict[str, list[Remark]]:
    """Return them by the field they stand beside."""
    found: dict[str, list[Remark]] = {name: [] for name in content.FIELDS}
    for remark in remarks:
        found.setdefault(remark.field, []).append(remark)
    return found


def titles(office: Office) -> dict[str, str]:
    """Return the titles of all articles by id."""
    return content.titles(office.editing.articles.approved().contents)


def proposal_of(office: Office, proposal_id: str) -> Kept | None:
    """Return an open proposal, or None."""
    kept = office.proposals.get(proposal_id) if PROPOSAL.fullmatch(proposal_id) else None
    return kept if kept and kept.state is ProposalState.OPEN else None


def settle_proposal(office: Office, kept: Kept, article_id: str, wordings: Sequence[str], *, by: str) -> None:
    """Keep its wordings as questions of the gate, and close it."""
    questions = [KeptQuestion(text=text, article_id=article_id) for text in wordings]
    now = office.clock()
    office.editing.questions.keep(questions, source=kept.proposal.id, by=by, now=now)
    office.proposals.decide(kept.proposal.id, ProposalState.ACCEPTED, by=by, now=now)
