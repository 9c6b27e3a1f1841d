"""The form of an article as it is sent."""

import re
from typing import Annotated, Any, Final

from fastapi import Depends, Form, HTTPException

from server.access import Account, Permission
from server.knowledge import content
from server.knowledge.ports import Read
from server.office import Office
from server.web.guard import needs, needs_to_change

LONGEST: Final = 60_000  # signs of a field: 200 wordings
ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
Text = Annotated[str, Form(max_length=LONGEST)]
MayLook = Annotated[Account, Depends(needs(Permission.WRITE_ARTICLES))]
MayWrite = Annotated[Account, Depends(needs_to_change(Permission.WRITE_ARTICLES))]


def _typed(  # noqa: PLR0913, PLR0917  # the fields of an article
    title: Text = "",
    category: Text = "",
    variants: Text = "",
    answer: Text = "",
    answer_reading: Text = "",
    steps: Text = "",
    tip: Text = "",
    readings: Text = "",
    safety: Text = "",
    valid_from: Text = "",
    valid_until: Text = "",
    staff_note: Text = "",
    authority: Text = "",
    authority_up_to_yen: Text = "",
    own_id: Text = "",
) -> dict[str, str]:
    return {
        "id": own_id,
        "title": title,
        "category": category,
        "variants": variants,
        "answer": answer,
        "answer_reading": answer_reading,
        "steps": steps,
        "tip": tip,
        "readings": readings,
        "safety": safety,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "staff_note": staff_note,
        "authority": authority,
        "authority_up_to_yen": authority_up_to_yen,
    }


Typed = Annotated[dict[str, str], Depends(_typed)]


def read(office: Office, typed: dict[str, str]) -> Read:
    """Return the article a form holds, or what is wrong with it.  Raises WorkshopFailed."""
    return office.editing.workshop.rules.read(content.plain_of(typed))


def fit_id(article_id: str) -> str:
    """Return the id if it can be one: nothing else is asked of the database.  Raises HTTPException."""
    if not ID.fullmatch(article_id):
        raise HTTPException(404, "no such article")
    return article_id


def counts(remarks: Any) -> dict[str, int]:
    """Return how many findings of each severity: three numbers, so that 0 is told from "not checked"."""
    found = dict.fromkeys(("error", "warning", "note"), 0)
    for remark in remarks:
        found[remark.severity] = found.get(remark.severity, 0) + 1
    return found
