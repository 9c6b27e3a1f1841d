"""A proposal from the matters it is about: their wordings, how they ended, and what agents wrote.  Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final
from uuid import UUID

from server.insight.features import key_of
from server.insight.material import Asked, Ending
from server.insight.proposals import Evidence, Kind, Proposal, Wording
from server.insight.sentences import central

MOST_WORDINGS: Final = 12


def composed(
    id_: str,
    kind: Kind,
    article: str | None,
    title: str,
    members: Sequence[Asked],
    **more: object,
) -> Proposal:
    """Return a proposal about matters; `more`: `topic` (its id), `asked` (conversations), `solutions` (for the draft)."""
    ordered = sorted(members, key=lambda one: (one.at, str(one.talk), one.turn))
    topic, asked, solutions = more.get("topic"), more.get("asked"), more.get("solutions")
    cases = sorted({one.handled.case for one in ordered if one.handled and one.handled.solved}, key=str)
    written = [solution for case in cases for solution in solutions(case)] if callable(solutions) else []
    return Proposal(
        id=id_,
        kind=kind,
        article_id=article,
        title=title,
        wordings=_wordings(ordered),
        sentences=central(written),
        evidence=_evidence(
            ordered, topic=str(topic) if topic else None, asked=asked if isinstance(asked, int) else None
        ),
        helped=len(talks_of(ordered)),
    )


def _wordings(members: Sequence[Asked]) -> tuple[Wording, ...]:
    by_key: dict[str, list[Asked]] = defaultdict(list)
    for one in members:
        by_key[sound_of(one)].append(one)
    found = []
    for same in by_key.values():
        texts = Counter(one.text for one in same)
        text = min(texts, key=lambda text: (-texts[text], text))
        first = next(one for one in same if one.text == text)
        found.append(Wording(text=text, count=len(talks_of(same)), talk=first.talk, turn=first.turn))
    return tuple(sorted(found, key=lambda one: (-one.count, one.text))[:MOST_WORDINGS])


def _evidence(members: Sequence[Asked], *, topic: str | None, asked: int | None) -> Evidence:
    def count(which: Callable[[Asked], bool]) -> int:
        return len(talks_of([one for one in members if which(one)]))

    return Evidence(
        asked=asked if asked is not None else len(talks_of(members)),
        not_understood=count(lambda one: one.topic is None),
        asked_back=count(lambda one: one.asked_back > 0),
        refused=count(lambda one: bool(one.refused) or one.ending is Ending.AGAIN),
        to_human=count(lambda one: one.ending is Ending.HUMAN),
        lost=count(lambda one: one.ending is Ending.LOST),
        solved_by_people=count(lambda one: one.handled is not None and one.handled.solved),
        first_at=members[0].at,
        last_at=members[-1].at,
        topic=topic,
    )


def sound_of(one: Asked) -> str:
    """Return how a matter's first words sound, politeness aside."""
    return key_of(one.text, one.reading)


def talks_of(members: Iterable[Asked]) -> set[UUID]:
    """Return the conversations of matters."""
    return {one.talk for one in members}
