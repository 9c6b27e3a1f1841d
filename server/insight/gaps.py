"""Finding what the knowledge base lacks, in the topics of what customers asked.  Pure.

The values, and the interface for the editor, stand in `server.insight.proposals`.

- **New words for an article** (`variant`): at least `FEWEST_WORDS` conversations in which the article was answered only after
  asking back; or nothing was answered to words that sound like others (`NEAR`) for which it was the solution, in a topic of
  which it solved most; or something else or nothing was answered, and agents wrote what the article says (`solving`).  Words
  that were understood at once from somebody else, and what sounds like them, are no new words: those were misheard.  Where
  agents wrote how they solved it, that must be what the article says.  One proposal for an article, from all topics.
- **A new article** (`article`): at least `FEWEST` conversations, and half of a topic, had no answer, or one that was refused
  from an article that solves most of what it is asked elsewhere; and no article solves the topic's others, nor says what agents
  wrote.  Topics whose cases agents solved in the same words are one proposal.  Drafted from what agents wrote.
- **An article that does not solve** (`unsolved`): at least `FEWEST` conversations in which the answer was refused, the same was
  asked again within a day, a human was asked for after it, or the customer left in the middle; and that is more than chance
  explains beside the other articles (`failing`).  Counted are customers who asked in words like the article's own (`NEAR`):
  whoever was answered with it by mistake says nothing of it.  Articles of danger send to a human on purpose.

What is nothing but a complaint or a suggestion is no question, so it never asks for an article.  `helped`, which ranks
proposals, is the number of conversations that would have gone better.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from intents.distance import sound_similarity
from intents.words import words_of
from server.insight.composing import composed, sound_of, talks_of
from server.insight.failing import failing
from server.insight.material import Asked, Ending, Sign
from server.insight.proposals import Kind, Proposal, proposal_id, ranked
from server.insight.solving import NEW, Solutions, Solving
from server.insight.topics import Topic, place_of

FEWEST: Final = 3
FEWEST_WORDS: Final = 2
HALF: Final = 0.5
OWNED: Final = 0.6  # share of what was solved in a topic that one article solved
MISHEARD: Final = 0.85  # likeness of sound
SAME_ANSWER: Final = 0.4  # share of what agents wrote that is in an article's answer, by words
NEAR: Final = 0.6  # likewise: words that may ask for the same
COMPLAINS: Final = "complaint"  # urgency of a request

HasWords = Callable[[str, str], bool]  # whether an article has a wording: (article, text)
SoundsLike = Callable[[str, str, float], bool | None]  # whether one of its wordings does, so much; None: none is known
Groups = dict[str, list[tuple[Topic, Asked]]]  # matters by what they want, each with its topic


def found_gaps(
    topics: Iterable[Topic],
    *,
    titles: Mapping[str, str],
    answers: Mapping[str, str] | None = None,
    solutions: Solutions = lambda _case: (),
    has_words: HasWords = lambda _article, _text: False,
    sounds_like: SoundsLike = lambda _article, _text, _least: None,
    dangers: Collection[str] = (),
) -> tuple[Proposal, ...]:
    """Return what is proposed, what helps most customers first; the same in whatever order the topics come.

    `titles` and `answers`: of the articles there are; `dangers`: those of danger to people.
    """
    listed = sorted(topics, key=lambda topic: topic.id)
    solving = Solving([topic.members for topic in listed], solutions, answers or {})
    about = _About(answers or {}, solutions, has_words, sounds_like, frozenset(dangers))
    answered = _answered(listed, solving, about)
    poor = failing(_counts(answered, about), fewest=FEWEST)
    missing, words = _lacking(listed, poor, solving, about)
    proposals = [_new_article(members, solutions) for members in missing.values()]
    proposals += [_new_words(article, members, titles) for article, members in sorted(words.items())]
    explained = {(one.talk, one.turn) for members in missing.values() for _, one in members}
    left = {
        article: [one for one in members if (one.talk, one.turn) not in explained]
        for article, members in answered.items()
    }
    for article in sorted(poor & failing(_counts(left, about), fewest=FEWEST)):
        proposals.append(_poor_article(article, left[article], titles, solutions, about))
    return ranked(proposals)


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of the articles."""

    answers: Mapping[str, str]
    solutions: Solutions
    has_words: HasWords
    sounds_like: SoundsLike
    dangers: frozenset[str]

    def failed(self, article: str, one: Asked) -> bool:
        """Whether it did not solve a matter it was answered in."""
        if article in self.dangers and one.ending is Ending.HUMAN and article not in one.refused:
            return False
        return article in one.refused or one.ending in (Ending.AGAIN, Ending.HUMAN) or one.sign is Sign.LEFT

    def may_be_new(self, article: str, one: Asked) -> bool:
        """Whether an article could lack the words: it has others, and agents told what it says, as far as both are known."""
        if self.has_words(article, one.text) or self.sounds_like(article, one.text, MISHEARD):
            return False
        wrote = self.solutions(one.handled.case) if one.topic is None and one.handled and one.handled.solved else ()
        told = {word.form for solution in wrote for word in words_of(solution.text)}
        known = {word.form for word in words_of(self.answers.get(article, ""))}
        return not (told and known) or len(told & known) >= SAME_ANSWER * len(told)


def _owner(topic: Topic) -> str | None:
    """Return the article that solves what a topic's customers ask."""
    solved = Counter(one.topic for one in topic.members if one.ending is Ending.VOICE and one.topic is not None)
    best = min(solved, key=lambda name: (-solved[name], name), default=None)
    if best is None or solved[best] < FEWEST_WORDS or solved[best] < OWNED * solved.total():
        return None
    return best


def _lacking(topics: Sequence[Topic], poor: Collection[str], solving: Solving, about: _About) -> tuple[Groups, Groups]:
    """Return the matters for which articles are missing, and those whose words an article lacks (by article)."""
    missing: Groups = defaultdict(list)
    words: Groups = defaultdict(list)
    for topic in topics:
        owner = _owner(topic)
        for article, one in _in_other_words(topic, owner, solving, about):
            words[article].append((topic, one))
        for name, one in _unanswered(topic, owner, poor, solving):
            missing[name].append((topic, one))
    return _enough(missing, FEWEST), _enough(words, FEWEST_WORDS)


def _enough(groups: Groups, fewest: int) -> Groups:
    return {name: members for name, members in groups.items() if len(talks_of(one for _, one in members)) >= fewest}


def _in_other_words(topic: Topic, owner: str | None, solving: Solving, about: _About) -> Iterator[tuple[str, Asked]]:
    understood: dict[str, set[str]] = defaultdict(set)
    for one in topic.members:
        if one.topic is not None and one.understood_at_once:
            understood[one.topic].add(sound_of(one))
    for one in topic.members:
        article, is_told = _wanted_article(one, owner, solving)
        if article is None or not about.may_be_new(article, one):
            continue
        known = understood[article]
        by_asking = one.topic == article
        if (is_told or by_asking or _is_near(sound_of(one), known)) and not _was_misheard(sound_of(one), known):
            yield article, one


def _wanted_article(one: Asked, owner: str | None, solving: Solving) -> tuple[str | None, bool]:
    """Return the article that was wanted and not found at once, and whether agents' words say so; None: another, or none."""
    if one.topic is not None and one.ending is Ending.VOICE:
        return (one.topic if one.asked_back > 0 and not one.refused else None), False
    if _only_complains(one):
        return None, False
    told = solving.wants(one)
    if told is not None:
        return (None if told.startswith(NEW) or told == one.topic else told), True
    return (owner if one.topic is None else None), False


def _unanswered(
    topic: Topic, owner: str | None, poor: Collection[str], solving: Solving
) -> Iterator[tuple[str, Asked]]:
    """Yield the matters for which an article seems to be missing, each with the name of what it wants."""
    wants = {place_of(one): solving.wants(one) or "" for one in topic.members}
    questions = [one for one in topic.members if not _only_complains(one) and _is_open(wants[place_of(one)])]
    missing = [one for one in questions if one.topic is None or (one.topic in one.refused and one.topic not in poor)]
    is_most = owner is None and len(talks_of(missing)) >= FEWEST and len(missing) >= HALF * len(questions)
    names = Counter(name for one in missing if (name := wants[place_of(one)]))
    most = min(names, key=lambda name: (-names[name], name), default=topic.id)
    for one in missing:
        if name := wants[place_of(one)] or (most if is_most else ""):
            yield name, one


def _is_open(wanted: str) -> bool:
    return not wanted or wanted.startswith(NEW)


def _only_complains(one: Asked) -> bool:
    """Whether it is a complaint or a suggestion to which nothing was answered."""
    told = one.complaint or one.suggestion or (one.handled is not None and one.handled.urgency == COMPLAINS)
    return told and one.topic is None


def _new_article(members: Sequence[tuple[Topic, Asked]], solutions: Solutions) -> Proposal:
    sizes = Counter(topic.id for topic, _ in members)
    main = next(topic for topic, _ in members if topic.id == min(sizes, key=lambda id_: (-sizes[id_], id_)))
    matters = [one for _, one in members]
    places = {place_of(one) for one in matters}
    title = next((one.text for one in main.typical if place_of(one) in places), matters[0].text)
    id_ = proposal_id(Kind.ARTICLE, main.id)
    return composed(id_, Kind.ARTICLE, None, title, matters, topic=main.id, solutions=solutions)


def _new_words(article: str, members: Sequence[tuple[Topic, Asked]], titles: Mapping[str, str]) -> Proposal:
    sizes = Counter(topic.id for topic, _ in members)
    id_, title = proposal_id(Kind.VARIANT, article), titles.get(article, article)
    main = min(sizes, key=lambda topic: (-sizes[topic], topic))
    return composed(id_, Kind.VARIANT, article, title, [one for _, one in members], topic=main)


def _answered(topics: Iterable[Topic], solving: Solving, about: _About) -> dict[str, list[Asked]]:
    """Return the matters each article was answered in, as far as they asked for it."""
    found: dict[str, list[Asked]] = defaultdict(list)
    unanswered: Counter[str] = Counter()  # by what they want
    for one in (one for topic in topics for one in topic.members if not (one.complaint or one.suggestion)):
        wanted = solving.wants(one)
        unanswered[wanted or ""] += one.topic is None
        for article in {name for name in (one.topic, *one.refused) if name is not None}:
            if (wanted is None or _is_open(wanted) or wanted == article) and _asks_for(article, one, about):
                found[article].append(one)
    return {article: _without_strays(members, unanswered, solving) for article, members in found.items()}


def _without_strays(members: Sequence[Asked], unanswered: Mapping[str, int], solving: Solving) -> list[Asked]:
    """Leave out those who wanted what no article says and others got no answer to: it is missing, this one is not poor."""
    here = Counter(solving.wants(one) or "" for one in members)
    missing = {
        name
        for name, count in here.items()
        if name and unanswered[name] >= max(FEWEST, HALF * count) and _is_open(name)
    }
    return [one for one in members if solving.wants(one) not in missing]


def _asks_for(article: str, one: Asked, about: _About) -> bool:
    return any(about.sounds_like(article, said.text, NEAR) is not False for said in one.said)


def _counts(answered: Mapping[str, Sequence[Asked]], about: _About) -> dict[str, tuple[int, int]]:
    return {
        article: (
            len(talks_of(one for one in members if about.failed(article, one))),
            len(talks_of(members)),
        )
        for article, members in answered.items()
    }


def _poor_article(
    article: str, members: Sequence[Asked], titles: Mapping[str, str], solutions: Solutions, about: _About
) -> Proposal:
    unsolved = [one for one in members if about.failed(article, one)]
    title = titles.get(article, article)
    id_ = proposal_id(Kind.UNSOLVED, article)
    return composed(id_, Kind.UNSOLVED, article, title, unsolved, solutions=solutions, asked=len(talks_of(members)))


def _was_misheard(key: str, understood: set[str]) -> bool:
    return key in understood or any(sound_similarity(key, other) >= MISHEARD for other in understood)


def _is_near(key: str, understood: set[str]) -> bool:
    return any(sound_similarity(key, other) >= NEAR for other in understood)
