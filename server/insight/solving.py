"""What agents wrote about how they solved cases, as evidence of which article a matter wants: one there is, or one missing.  Pure.

Two customers whom agents helped in nearly the same words wanted the same, however they asked; words that say what an article
says show that the article is there and was not found.  Words are weighed by how few articles and cases have them (inverse
document frequency, Spärck Jones 1972), so that 「ご説明して、納得いただいた」 weighs next to nothing; texts that stand beside many
different articles are no evidence at all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import log
from typing import Final
from uuid import UUID

from intents.words import words_of
from server.insight.features import key_of
from server.insight.material import Asked
from server.insight.sentences import Solution

COVERED: Final = 0.6  # share of what was written that an article's answer must say, by weight
ALIKE: Final = 0.5  # weight two texts share, of all they hold (Jaccard)
CLEAR: Final = 0.15  # how much better the best article must be than the next
SHORTEST: Final = 3  # words of a text that says anything
MOST_ARTICLES: Final = 3  # a text beside more articles than that is said of everything
MAJORITY: Final = 0.6  # of a topic's matters whose case was solved
NEW: Final = "\0"  # begins the names of what no article says

Place = tuple[UUID, int]
Solutions = Callable[[UUID], Sequence[Solution]]
Words = frozenset[str]


class Solving:
    """What each matter wants, by what agents wrote; None where that tells nothing."""

    def __init__(self, topics: Sequence[Sequence[Asked]], solutions: Solutions, answers: Mapping[str, str]) -> None:
        """`topics`: the matters of each; `answers`: of all articles there are."""
        self._answers = {article: _words(text) for article, text in sorted(answers.items())}
        cases = _cases(topics, solutions)
        self._weights = _weights([*self._answers.values(), *cases.values()])
        of_case = self._specific(topics, self._named(cases))
        self._wanted: dict[Place, str] = {}
        for members in topics:
            self._spread(members, of_case)

    def wants(self, one: Asked) -> str | None:
        """Return an article's id, or a name that begins with `NEW` for what no article says."""
        return self._wanted.get((one.talk, one.turn))

    def _named(self, cases: Mapping[UUID, Words]) -> dict[UUID, str]:
        """Name what each case came to; cases in nearly the same words have one name."""
        leaders: list[tuple[str, Words]] = []
        found = {}
        for case, words in cases.items():
            name = self._article(words) or next((n for n, w in leaders if self._alike(w, words) >= ALIKE), None)
            if name is None:
                name = f"{NEW}{case}"
                leaders.append((name, words))
            found[case] = name
        return found

    def _article(self, words: Words) -> str | None:
        """Return the article that says it, where one clearly does."""
        whole = self._weight(words)
        covered = [(self._weight(words & answer) / whole, article) for article, answer in self._answers.items()]
        covered.sort(key=lambda one: (-one[0], one[1]))
        if not covered or covered[0][0] < COVERED:
            return None
        return covered[0][1] if len(covered) == 1 or covered[0][0] - covered[1][0] >= CLEAR else None

    def _alike(self, one: Words, other: Words) -> float:
        return self._weight(one & other) / self._weight(one | other)

    def _weight(self, words: Words) -> float:
        return sum(self._weights[word] for word in sorted(words))

    @staticmethod
    def _specific(topics: Iterable[Sequence[Asked]], named: Mapping[UUID, str]) -> dict[UUID, str]:
        """Leave out what was said of everything, beside many articles, and what joins nothing: of one topic alone."""
        beside: dict[str, set[str]] = defaultdict(set)
        within: dict[str, set[int]] = defaultdict(set)
        for number, members in enumerate(topics):
            for one in members:
                if one.handled and (name := named.get(one.handled.case)):
                    beside[name] |= {one.topic or "", *one.refused} - {""}
                    within[name].add(number)
        tells = {name for name in within if len(beside[name]) <= MOST_ARTICLES and len(within[name]) > 1}
        return {case: name for case, name in named.items() if not name.startswith(NEW) or name in tells}

    def _spread(self, members: Sequence[Asked], of_case: Mapping[UUID, str]) -> None:
        """Note what the matters of a topic want: by their own case, the same words of others, or nearly all of the topic."""
        own = {(one.talk, one.turn): name for one in members if (name := _of(one, of_case))}
        by_key: dict[str, Counter[str]] = defaultdict(Counter)
        for one in members:
            if name := own.get((one.talk, one.turn)):
                by_key[_key(one)][name] += 1
        most = _most(Counter(own.values()), MAJORITY)
        for one in members:
            place = one.talk, one.turn
            name = own.get(place) or _most(by_key[_key(one)], MAJORITY) or most
            if name:
                self._wanted[place] = name


def _of(one: Asked, of_case: Mapping[UUID, str]) -> str | None:
    return of_case.get(one.handled.case) if one.handled else None


def _most(counts: Counter[str], least: float) -> str | None:
    best = min(counts, key=lambda name: (-counts[name], name), default=None)
    return best if best is not None and counts[best] >= least * counts.total() else None


def _cases(topics: Iterable[Iterable[Asked]], solutions: Solutions) -> dict[UUID, Words]:
    """Return what was written about solved cases, in a fixed order."""
    cases = {one.handled.case for members in topics for one in members if one.handled and one.handled.solved}
    written = {case: _words("".join(one.text for one in solutions(case))) for case in sorted(cases, key=str)}
    return {case: words for case, words in written.items() if len(words) >= SHORTEST}


def _weights(texts: Collection[Words]) -> dict[str, float]:
    counts = Counter(word for words in set(texts) for word in words)
    return {word: log((1 + len(texts)) / count) for word, count in counts.items()}


def _words(text: str) -> Words:
    return frozenset(word.form for word in words_of(text))


def _key(one: Asked) -> str:
    return key_of(one.text, one.reading)
