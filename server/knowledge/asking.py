"""Which questions the gate asks.  Pure, and the same for the same articles."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from server.knowledge.content import Base, Plain
from server.knowledge.gate import Group, Question

Item = TypeVar("Item")
MOST_TYPED: Final = 1_000  # wordings of the base; one takes two times some 10 ms
MOST_SPOKEN: Final = 40  # one takes two times about a second


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptQuestion:
    """A question the desk keeps: customers' words that somebody has confirmed, and the article they are about."""

    text: str
    article_id: str  # "": no article should answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A sound file of the folder set, and the article it asks for."""

    name: str
    text: str
    article_id: str


def questions_of(
    in_force: Base,
    candidate: Base,
    changed: frozenset[str],
    *,
    kept: Sequence[KeptQuestion] = (),
    recordings: Sequence[Recording] = (),
    most_typed: int = MOST_TYPED,
    most_spoken: int = MOST_SPOKEN,
) -> tuple[Question, ...]:
    """Return the suite.  Wordings of articles that change come first, of the others an even part is taken.

    Left out is what cannot be compared: wordings that moved to another article, and articles that are no more told.
    """
    wordings = list(_wordings(in_force, candidate))
    near = [one for one in wordings if one.wanted in changed]
    far = [one for one in wordings if one.wanted not in changed]
    typed = [*near[:most_typed], *spread(far, most_typed - len(near))]
    spoken = [*spread(near, most_spoken // 2), *spread(far, most_spoken - min(len(near), most_spoken // 2))]
    return (
        *typed,
        *(_kept(one, in_force, candidate) for one in kept if _is_told(one.article_id, candidate)),
        *(replace(one, group=Group.SPOKEN) for one in spoken),
        *(_recorded(one, candidate) for one in recordings if _is_told(one.article_id, candidate)),
    )


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Return so many of them at equal distances; all where there are not more."""
    if most <= 0:
        return []
    if most >= len(items):
        return list(items)
    return [items[n * len(items) // most] for n in range(most)]


def _wordings(in_force: Base, candidate: Base) -> Iterator[Question]:
    old, new = _owners(in_force), _owners(candidate)
    for content in candidate.contents:
        own, before = content["id"], in_force.get(content["id"]) or {}
        for text in dict.fromkeys((*content.get("variants", ()), *before.get("variants", ()))):
            was, now = old.get(key_of(text), set()), new.get(key_of(text), set())
            if own in was and (own in now or not now):
                yield _question(text, content, Group.TYPED, is_new=False)
            elif own in now and not (was & now):  # nobody else's who still has it: new, or moved here
                yield _question(text, content, Group.TYPED, is_new=True)


def _owners(base: Base) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for content in base.contents:
        for text in content.get("variants", ()):
            found.setdefault(key_of(text), set()).add(content["id"])
    return found


def key_of(text: str) -> str:
    """Return what two spellings of the same wording share."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _question(text: str, content: Plain, group: Group, *, is_new: bool) -> Question:
    return Question(text=text, wanted=content["id"], group=group, is_new=is_new, danger=bool(content.get("safety")))


def _kept(kept: KeptQuestion, in_force: Base, candidate: Base) -> Question:
    content = candidate.get(kept.article_id)
    if content is None:
        return Question(text=kept.text, wanted="", group=Group.KEPT)
    is_new = _has(candidate, kept) and not _has(in_force, kept)
    return _question(kept.text, content, Group.KEPT, is_new=is_new)


def _has(base: Base, kept: KeptQuestion) -> bool:
    content = base.get(kept.article_id) or {}
    return key_of(kept.text) in {key_of(text) for text in content.get("variants", ())}


def _recorded(recording: Recording, candidate: Base) -> Question:
    content = candidate.get(recording.article_id)
    return Question(
        text=recording.text,
        wanted=recording.article_id,
        group=Group.RECORDED,
        danger=bool((content or {}).get("safety")),
        recording=recording.name,
    )


def _is_told(article_id: str, candidate: Base) -> bool:
    return not article_id or candidate.get(article_id) is not None
