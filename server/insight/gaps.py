"""Finding what the knowledge base lacks, in the topics of what customers asked.  Pure.

The values, and the interface for the editor, stand in `server.insight.proposals`.

- **New words for an article** (`variant`): at least `FEWEST_WORDS` conversations of a topic in which the article was answered
  only after asking back, or nothing was answered to words that sound like others (`NEAR`) for which it was the solution, while
  it solved most of what the topic's others asked.  Words that were understood at once from somebody else, and what sounds
  like them, are no new words: those were misheard.  Where agents wrote how they solved it, that must be what the article says.
- **A new article** (`article`): at least `FEWEST` conversations, and half of a topic, had no answer, or one that was refused
  from an article that solves most of what it is asked elsewhere; and no article solves the topic's others.  Drafted from what
  agents wrote about the cases that came of it and ended solved.
- **An article that does not solve** (`unsolved`): at least `FEWEST` conversations, and `OFTEN` of those it was answered in,
  in which the answer was refused, the same was asked again within a day, a human was asked for after it, or the customer
  left in the middle.

What is nothing but a complaint is no question, so it never asks for an article.  `helped`, which ranks proposals, is the
number of conversations that would have gone better.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from intents.distance import sound_similarity
from intents.words import words_of
from server.insight.features import key_of
from server.insight.material import Asked, Ending, Sign
from server.insight.proposals import Evidence, Kind, Proposal, Wording, proposal_id, ranked
from server.insight.sentences import Solution, central
from server.insight.topics import Topic

FEWEST: Final = 3
FEWEST_WORDS: Final = 2
HALF: Final = 0.5
OWNED: Final = 0.6  # share of what was solved in a topic that one article solved
OFTEN: Final = 0.4
MISHEARD: Final = 0.85  # likeness of sound
SAME_ANSWER: Final = 0.4  # share of what agents wrote that is in an article's answer, by words
NEAR: Final = 0.6  # likewise: words that may ask for the same
MOST_WORDINGS: Final = 12

HasWords = Callable[[str, str], bool]  # whether an article has a wording: (article, text)
Solutions = Callable[[UUID], Sequence[Solution]]  # what agents wrote about a case


def found_gaps(
    topics: Iterable[Topic],
    *,
    titles: Mapping[str, str],
    answers: Mapping[str, str] | None = None,
    solutions: Solutions = lambda _case: (),
    has_words: HasWords = lambda _article, _text: False,
) -> tuple[Proposal, ...]:
    """Return what is proposed, what helps most customers first; the same in whatever order the topics come.

    `titles` and `answers`: of the articles there are.
    """
    listed = sorted(topics, key=lambda topic: topic.id)
    answered = _answered(listed)
    poor = {article for article, members in answered.items() if _is_poor(article, members)}
    proposals = []
    explained: set[tuple[UUID, int]] = set()  # refused answers for which an article is missing
    for topic in listed:
        owner = _owner(topic)
        found = _new_words(
            topic, owner, titles, lambda article, one: _may_be_new(article, one, has_words, answers or {}, solutions)
        )
        proposals += found
        if owner is None and (missing := _unanswered(topic, poor)):
            explained |= {(one.talk, one.turn) for one in missing}
            proposals.append(_new_article(topic, missing, solutions))
    for article in sorted(poor):
        members = [one for one in answered[article] if (one.talk, one.turn) not in explained]
        if _is_poor(article, members):
            proposals.append(_poor_article(article, members, titles, solutions))
    return ranked(proposals)


def _owner(topic: Topic) -> str | None:
    """Return the article that solves what a topic's customers ask."""
    solved = Counter(one.topic for one in topic.members if one.ending is Ending.VOICE and one.topic is not None)
    best = min(solved, key=lambda name: (-solved[name], name), default=None)
    if best is None or solved[best] < FEWEST_WORDS or solved[best] < OWNED * solved.total():
        return None
    return best


def _new_words(
    topic: Topic, owner: str | None, titles: Mapping[str, str], may_be_new: Callable[[str, Asked], bool]
) -> list[Proposal]:
    troubled: dict[str, list[Asked]] = defaultdict(list)
    for one in topic.members:
        article = one.topic if one.topic is not None and one.ending is Ending.VOICE else owner
        by_asking = one.topic is not None and one.ending is Ending.VOICE and one.asked_back > 0 and not one.refused
        if article is not None and (by_asking or (one.topic is None and not one.complaint)):
            troubled[article].append(one)
    found = []
    for article, members in sorted(troubled.items()):
        understood = {_key(one) for one in topic.members if one.topic == article and one.understood_at_once}
        new = [
            one
            for one in members
            if may_be_new(article, one)
            and (one.topic is not None or _is_near(_key(one), understood))
            and not _was_misheard(_key(one), understood)
        ]
        if len(_talks(new)) >= FEWEST_WORDS:
            id_ = proposal_id(Kind.VARIANT, article, topic.id)
            title = titles.get(article, article)
            found.append(_proposal(id_, Kind.VARIANT, article, title, new, topic=topic.id))
    return found


def _unanswered(topic: Topic, poor: set[str]) -> list[Asked]:
    """Return the matters for which an article seems to be missing; none when that is not most of the topic."""
    questions = [one for one in topic.members if not (one.complaint and one.topic is None)]
    missing = [one for one in questions if one.topic is None or (one.topic in one.refused and one.topic not in poor)]
    enough = len(_talks(missing)) >= FEWEST and len(missing) >= HALF * len(questions)
    return missing if enough else []


def _new_article(topic: Topic, missing: Sequence[Asked], solutions: Solutions) -> Proposal:
    places = {(one.talk, one.turn) for one in missing}
    title = next((one.text for one in topic.typical if (one.talk, one.turn) in places), missing[0].text)
    id_ = proposal_id(Kind.ARTICLE, topic.id)
    return _proposal(id_, Kind.ARTICLE, None, title, missing, topic=topic.id, solutions=solutions)


def _answered(topics: Iterable[Topic]) -> dict[str, list[Asked]]:
    """Return the matters each article was answered in."""
    found: dict[str, list[Asked]] = defaultdict(list)
    for topic in topics:
        for one in topic.members:
            for article in {one.topic, *one.refused} - {None}:
                found[str(article)].append(one)
    return found


def _did_not_solve(article: str, one: Asked) -> bool:
    return article in one.refused or one.ending in (Ending.AGAIN, Ending.HUMAN) or one.sign is Sign.LEFT


def _is_poor(article: str, members: Sequence[Asked]) -> bool:
    unsolved = [one for one in members if _did_not_solve(article, one)]
    return len(_talks(unsolved)) >= FEWEST and len(unsolved) >= OFTEN * len(members)


def _poor_article(article: str, members: Sequence[Asked], titles: Mapping[str, str], solutions: Solutions) -> Proposal:
    unsolved = [one for one in members if _did_not_solve(article, one)]
    title = titles.get(article, article)
    id_ = proposal_id(Kind.UNSOLVED, article)
    return _proposal(id_, Kind.UNSOLVED, article, title, unsolved, solutions=solutions, asked=len(_talks(members)))


def _proposal(
    id_: str,
    kind: Kind,
    article: str | None,
    title: str,
    members: Sequence[Asked],
    **more: object,
) -> Proposal:
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
        helped=len(_talks(ordered)),
    )


def _wordings(members: Sequence[Asked]) -> tuple[Wording, ...]:
    by_key: dict[str, list[Asked]] = defaultdict(list)
    for one in members:
        by_key[_key(one)].append(one)
    found = []
    for same in by_key.values():
        texts = Counter(one.text for one in same)
        text = min(texts, key=lambda text: (-texts[text], text))
        first = next(one for one in same if one.text == text)
        found.append(Wording(text=text, count=len(_talks(same)), talk=first.talk, turn=first.turn))
    return tuple(sorted(found, key=lambda one: (-one.count, one.text))[:MOST_WORDINGS])


def _evidence(members: Sequence[Asked], *, topic: str | None, asked: int | None) -> Evidence:
    def count(which: Callable[[Asked], bool]) -> int:
        return len(_talks([one for one in members if which(one)]))

    return Evidence(
        asked=asked if asked is not None else len(_talks(members)),
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


def _was_misheard(key: str, understood: set[str]) -> bool:
    return key in understood or any(sound_similarity(key, other) >= MISHEARD for other in understood)


def _may_be_new(
    article: str, one: Asked, has_words: HasWords, answers: Mapping[str, str], solutions: Solutions
) -> bool:
    """Whether an article could lack the words: it has others, and agents told what it says, as far as both are known."""
    if has_words(article, one.text):
        return False
    wrote = solutions(one.handled.case) if one.topic is None and one.handled and one.handled.solved else ()
    told = {word.form for solution in wrote for word in words_of(solution.text)}
    known = {word.form for word in words_of(answers.get(article, ""))}
    return not (told and known) or len(told & known) >= SAME_ANSWER * len(told)


def _is_near(key: str, understood: set[str]) -> bool:
    return any(sound_similarity(key, other) >= NEAR for other in understood)


def _key(one: Asked) -> str:
    return key_of(one.text, one.reading)


def _talks(members: Iterable[Asked]) -> set[UUID]:
    return {one.talk for one in members}
