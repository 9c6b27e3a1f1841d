"""What the knowledge base lacks, said as proposals: the values that pages and the editor of articles share.

Interface for the editor (`server/knowledge/`), kept stable:

- `server.store.proposals.ProposalStore` (in the office: `office.proposals`)
  - `.listed(state=State.OPEN, kind=None, limit=200) -> tuple[Kept, ...]`: the ones that help most customers first;
    `Kept` = `proposal: Proposal`, `state: State`, `made_at`, `decided_by: str | None`, `decided_at: datetime | None`.
  - `.get(proposal_id) -> Kept | None`
  - `.decide(proposal_id, State.ACCEPTED | State.DECLINED | State.OPEN, by=login, now=now) -> bool`: False when there is no
    such proposal; the journal says `proposal_accepted`, `proposal_declined` or `proposal_reopened`.
  - `.keep(proposals, now=now)`: what the nightly round found; decided ones stay decided unless `comes_back`.
- A proposal's words are read anew each time from the conversations and calls it points to, so an erased customer's words
  are gone from it at once.  Whoever accepts one copies what is wanted into a draft; people read it before it is published.
- `proposal.variants` are wordings as they were heard (masked), the most frequent first; kana where the device heard kana.
- `proposal.answer_draft` is "" unless agents' notes say how it was solved; it is raw material, never to be published as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Final
from uuid import UUID

MUCH_MORE: Final = 2  # times the customers it had when it was declined,
AND_MORE: Final = 5  # and so many more: then it comes back


class Kind(StrEnum):
    """What is proposed."""

    VARIANT = "variant"  # words that article `article_id` does not have
    ARTICLE = "article"  # a new article; `article_id` is None
    UNSOLVED = "unsolved"  # article `article_id` answers and does not solve


class State(StrEnum):
    """What became of it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Words of a customer, and where they were said."""

    text: str  # masked
    count: int  # conversations with this wording, however it was spelled
    talk: UUID
    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of what an agent wrote about a case, and where."""

    text: str  # without personal data: sentences with any are not taken
    case: UUID
    source: UUID  # of the call or the note
    place: int  # number of the sentence in it, from 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why it is proposed: numbers of conversations."""

    asked: int  # in which it came up
    not_understood: int = 0  # without any answer
    asked_back: int = 0  # answered only after the device had asked back
    refused: int = 0  # the answer was refused, or the same was asked again within a day
    to_human: int = 0  # that led to a request for a call
    lost: int = 0  # left without an answer or a request
    solved_by_people: int = 0  # whose request ended solved
    first_at: datetime
    last_at: datetime
    topic: str | None = None  # id of the topic of /voices it was seen in


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One change of the knowledge base that would have helped."""

    id: str  # the same from night to night, see `proposal_id`
    kind: Kind
    article_id: str | None
    title: str  # of the article, or of the new one: a wording of a customer
    wordings: tuple[Wording, ...]
    sentences: tuple[Sentence, ...] = ()  # of how agents solved it, the most central first
    evidence: Evidence
    helped: int  # customers it would have helped: conversations; what proposals are ranked by

    @property
    def variants(self) -> tuple[str, ...]:
        """The wordings alone."""
        return tuple(wording.text for wording in self.wordings)

    @property
    def answer_draft(self) -> str:
        """The sentences as one text, "" without any.  A draft: agents wrote for colleagues, not for customers."""
        return "".join(sentence.text.rstrip("。") + "。" for sentence in self.sentences)


def proposal_id(kind: Kind, *parts: str) -> str:
    """Return the id: of the kind and of what it is about (article, topic), so that a decision about it lasts."""
    return "p-" + blake2b("\0".join([kind.value, *parts]).encode(), digest_size=8).hexdigest()


def comes_back(*, declined_with: int, helped: int) -> bool:
    """Whether a declined proposal is shown again: only when much more came."""
    return helped >= max(declined_with * MUCH_MORE, declined_with + AND_MORE)


def ranked(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Return those first that help most customers; the rest of the order is arbitrary, but always the same."""
    return tuple(sorted(proposals, key=lambda one: (-one.helped, one.kind.value, one.id)))
