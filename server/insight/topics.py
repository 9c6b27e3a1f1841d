"""What customers ask about, as topics: matters that mean the same, in one group.  Pure and deterministic.

The same matters give the same topics, in whatever order they come: wordings are sorted before they are compared, ties go to
the one that sorts first, nothing is drawn by chance.

**How**: matters with one sound (politeness aside) are one wording, however it was spelled.  Wordings become vectors of
sounds and words (`features`) and are joined by average linkage (`linkage`) while their mean similarity is at least
`TOGETHER`.  An article that solved a wording brings it closer to the others it solved.  Wordings that an article answered
and did not solve are brought together apart from those: that is what somebody should look at.

**Ids** last.  What was one topic yesterday (`before`) is one today, and keeps its id: new wordings join the topic they are
closest to, or become a new one; two topics that have ids are never joined, and a topic never falls apart.  A new topic is
named after its earliest matter, not after its words.  `anew` groups everything afresh and hands the old ids on to the topics
that have most of their matters.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final
from uuid import UUID

import numpy as np

from server.insight.features import Row, Spelled, key_of, rows_of
from server.insight.linkage import linked
from server.insight.material import Asked, Ending

TOGETHER: Final = 0.16  # mean similarity, 0 to 1
MOST_TYPICAL: Final = 5
UNSOLVED: Final = "\0unsolved"  # marks the seed of wordings that an article did not solve
WEAKLY: Final = 0.5  # how much those are brought together: their words say more
HALF: Final = 0.5

Place = tuple[UUID, int]  # conversation and turn: what a matter is known by
Before = Mapping[Place, str]  # yesterday's topic of each matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Matters that mean the same."""

    id: str
    article_id: str | None  # that solved at least half of them; None: no single one did
    members: tuple[Asked, ...]  # in the order of time
    typical: tuple[Asked, ...]  # one for each of the most typical wordings, the most typical first


@dataclass(frozen=True, slots=True)
class _Wording:
    thing: Spelled
    members: tuple[Asked, ...]


def grouped(asked: Iterable[Asked], *, before: Before | None = None, beside: Iterable[str] = ()) -> tuple[Topic, ...]:
    """Return the topics, the largest first.  `beside`: texts (titles of articles) whose words may be heard in sounds."""
    wordings = _wordings(asked)
    rows = rows_of([one.thing for one in wordings], beside)
    ids = [_topic_before(one, before or {}) for one in wordings]
    groups = linked(rows, at_least=TOGETHER, given=_numbered(ids))
    members: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        members[group].append(place)
    known = {group: id_ for group in members if (id_ := next((ids[p] for p in members[group] if ids[p]), None))}
    return _named(
        [
            (known.get(group), [wordings[p] for p in places], [rows[p] for p in places])
            for group, places in members.items()
        ]
    )


def anew(asked: Iterable[Asked], *, before: Before, beside: Iterable[str] = ()) -> tuple[Topic, ...]:
    """Group everything afresh; each old id goes to the topic that has most of its matters, each topic has one at most."""
    topics = grouped(asked, beside=beside)
    shared = Counter[tuple[str, int]]()
    for number, topic in enumerate(topics):
        shared.update((before[place_of(one)], number) for one in topic.members if place_of(one) in before)
    old: dict[int, str] = {}
    for (id_, number), _ in sorted(shared.items(), key=lambda found: (-found[1], found[0])):
        if number not in old and id_ not in old.values():
            old[number] = id_
    taken = set(old.values())
    out = []
    for number, topic in enumerate(topics):
        id_ = old.get(number) or _new_id(topic.members, taken)
        taken.add(id_)
        out.append(replace(topic, id=id_))
    return tuple(out)


def place_of(asked: Asked) -> Place:
    """Return what a matter is known by."""
    return asked.talk, asked.turn


def spelled(asked: Sequence[Asked]) -> list[Spelled]:
    """Return the wordings of matters, sorted by their keys."""
    return [one.thing for one in _wordings(asked)]


def _wordings(asked: Iterable[Asked]) -> list[_Wording]:
    by_key: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        by_key[key_of(one.text, one.reading)].append(one)
    found = []
    for key in sorted(by_key):
        members = sorted(by_key[key], key=lambda one: (one.at, str(one.talk), one.turn))
        texts = Counter(one.text for one in members)
        spellings = tuple(sorted(texts, key=lambda text: (-texts[text], text)))
        seed, pull = _seed(members)
        found.append(_Wording(Spelled(key=key, texts=spellings, seed=seed, pull=pull), tuple(members)))
    return found


def _seed(members: Sequence[Asked]) -> tuple[str | None, float]:
    """Return the article that answered a wording most often, marked where it did not solve it, and how much it pulls."""
    answered = Counter(one.topic for one in members if one.topic is not None)
    if not answered:
        return None, 0.0
    topic = min(answered, key=lambda name: (-answered[name], name))
    solved = sum(one.ending is Ending.VOICE for one in members if one.topic == topic)
    return (topic, 1.0) if solved >= answered[topic] * HALF else (topic + UNSOLVED, WEAKLY)


def _topic_before(wording: _Wording, before: Before) -> str | None:
    known = Counter(before[place] for one in wording.members if (place := place_of(one)) in before)
    return min(known, key=lambda id_: (-known[id_], id_)) if known else None


def _numbered(ids: Sequence[str | None]) -> list[int | None]:
    first: dict[str, int] = {}
    return [first.setdefault(id_, place) if id_ else None for place, id_ in enumerate(ids)]


def _named(groups: Sequence[tuple[str | None, Sequence[_Wording], Sequence[Row]]]) -> tuple[Topic, ...]:
    taken = {id_ for id_, _, _ in groups if id_}
    topics = []
    for known, wordings, rows in sorted(groups, key=lambda group: _first(group[1])):
        members = sorted((one for w in wordings for one in w.members), key=_in_time)
        id_ = known or _new_id(members, taken)
        taken.add(id_)
        topics.append(
            Topic(id=id_, article_id=_article(members), members=tuple(members), typical=_typical(wordings, rows))
        )
    return tuple(sorted(topics, key=lambda topic: (-len(topic.members), topic.id)))


def _in_time(one: Asked) -> tuple[object, str, int]:
    return one.at, str(one.talk), one.turn


def _first(wordings: Sequence[_Wording]) -> tuple[object, str, int]:
    return min(_in_time(one.members[0]) for one in wordings)


def _new_id(members: Sequence[Asked], taken: set[str]) -> str:
    """Return an id that says nothing: a digest of where the earliest matter stands whose id is free."""
    ids = ("t-" + blake2b(f"{one.talk}:{one.turn}".encode(), digest_size=6).hexdigest() for one in members)
    return next((id_ for id_ in ids if id_ not in taken), f"t-{len(taken):012d}")


def _article(members: Sequence[Asked]) -> str | None:
    solved = Counter(one.topic for one in members if one.topic is not None and one.ending is Ending.VOICE)
    topic = min(solved, key=lambda name: (-solved[name], name), default=None)
    return topic if topic is not None and solved[topic] >= len(members) * HALF else None


def _typical(wordings: Sequence[_Wording], rows: Sequence[Row]) -> tuple[Asked, ...]:
    """Return one matter for each of the wordings closest to all others and heard most often; written ones first."""
    mean: dict[int, float] = defaultdict(float)
    for row in rows:
        for column, value in zip(row.columns.tolist(), row.values.tolist(), strict=True):
            mean[column] += value
    close = [sum(mean[c] * v for c, v in zip(row.columns.tolist(), row.values.tolist(), strict=True)) for row in rows]
    weight = [round(c * float(np.log1p(len(w.members))), 9) for c, w in zip(close, wordings, strict=True)]
    order = sorted(
        range(len(wordings)), key=lambda n: (wordings[n].thing.written is None, -weight[n], wordings[n].thing.key)
    )
    return tuple(_shown(wordings[n]) for n in order[:MOST_TYPICAL])


def _shown(wording: _Wording) -> Asked:
    text = wording.thing.written or wording.thing.texts[0]
    return next(one for one in wording.members if one.text == text)
