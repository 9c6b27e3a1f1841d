"""The most central sentences of what agents wrote: a draft, from what most of them say.  Pure.

A sentence is central when it is like the others (mean cosine of words by log(1 + sentences / sentences with it), the degree
centrality of Erkan and Radev 2004); what says the same again is passed by (Carbonell and Goldstein 1998).  Sentences in which
personal data was masked, and what only colleagues understand (very short, or a question), are not taken.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from intents.masking import masked
from server.insight.features import Row, Spelled, rows_of
from server.insight.proposals import Sentence
from server.number_masking import mask_numbers

MOST: Final = 3
SHORTEST, LONGEST = 8, 120  # characters of a sentence worth taking
SAME_AGAIN: Final = 0.6  # cosine
_END: Final = re.compile(r"(?<=[。!?！？\n])|\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What an agent wrote about how a case was solved."""

    case: UUID
    source: UUID  # of the call or the note
    text: str
    names: tuple[str, ...] = ()  # writings of the customer's name, to be masked


def sentences_of(solution: Solution) -> list[Sentence]:
    """Return the sentences that hold no personal data and may go into a draft."""
    found = []
    for place, part in enumerate(_END.split(solution.text)):
        text = part.strip()
        if SHORTEST <= len(text) <= LONGEST and text[-1] not in "?？" and not _is_personal(text, solution.names):
            found.append(Sentence(text=text, case=solution.case, source=solution.source, place=place))
    return found


def sentence_at(solution: Solution, place: int) -> Sentence | None:
    """Return a sentence by its number, None when it is not there (any more) or may not be taken."""
    return next((one for one in sentences_of(solution) if one.place == place), None)


def central(solutions: Iterable[Solution], *, most: int = MOST) -> tuple[Sentence, ...]:
    """Return the most central sentences of several cases, most central first; the same whatever order they come in."""
    found = sorted(
        (sentence for one in solutions for sentence in sentences_of(one)),
        key=lambda s: (s.text, str(s.case), str(s.source), s.place),
    )
    rows = rows_of([Spelled(key=s.text, texts=(s.text,)) for s in found]) if found else []
    degree = [_degree(row, rows) for row in rows]
    taken: list[int] = []
    for number in sorted(range(len(found)), key=lambda n: (-degree[n], n)):
        if len(taken) < most and all(_cosine(rows[number], rows[other]) < SAME_AGAIN for other in taken):
            taken.append(number)
    return tuple(found[number] for number in taken)


def _is_personal(text: str, names: Sequence[str]) -> bool:
    hidden = masked(text, names, digits=4)
    return "〔" in hidden or mask_numbers(text) != text


def _degree(row: Row, rows: Sequence[Row]) -> float:
    return round(sum(_cosine(row, other) for other in rows), 9)


def _cosine(one: Row, other: Row) -> float:
    values: dict[int, float] = dict(zip(other.columns.tolist(), other.values.tolist(), strict=True))
    own: list[tuple[int, float]] = list(zip(one.columns.tolist(), one.values.tolist(), strict=True))
    return sum(value * values.get(column, 0.0) for column, value in own)
