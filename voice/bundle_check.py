"""Whether a bundle is fit to answer customers with, found out on this device before it is switched to."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from intents.decision import Ambiguous, Costs, Decision, Matched, decide
from intents.matching import Matcher, Topic
from intents.readings import reading_of
from kb.articles import Article
from voice.checks.reachability import as_heard
from voice.knowledge import topics, valid
from voice.made_once import Indexes, Readings

log = logging.getLogger(__name__)

MOST_ASKED: Final = 150  # articles, evenly over the base; safety articles all
RIGHT_SHARE: Final = 0.9  # of those asked by their own first wording; a base in order has nearly all
_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the check found."""

    problems: tuple[str, ...] = ()  # any of them: the bundle is not used
    asked: int = 0
    right: int = 0

    @property
    def passes(self) -> bool:
        """Whether customers may be answered from it."""
        return not self.problems


def _nothing(_told: Sequence[Topic]) -> None:
    """Prepare nothing."""


class BundleCheck:
    """Reads every article, builds the index (kept for the switch), and asks the base its own questions."""

    def __init__(
        self,
        readings: Readings,
        indexes: Indexes,
        costs: Costs,
        *,
        prepare: Callable[[Sequence[Topic]], object] = _nothing,
        today: Callable[[], date] = date.today,
    ) -> None:
        """`prepare` is given what is told today once it has passed, to make ahead what else takes long."""
        self._readings = readings
        self._indexes = indexes
        self._costs = costs
        self._prepare = prepare
        self._today = today

    def __call__(self, articles: Sequence[Article]) -> Verdict:
        """Take some seconds for a thousand articles; `articles` are all there are."""
        told = valid(articles, self._today())
        if not told:
            return Verdict(problems=("no article may be told today",))
        found = topics(articles, self._readings)
        problems = [
            *_named("cannot be asked for, no wording has a reading", [t.id for t in found if not _is_askable(t)]),
            *_named("cannot be read aloud", [a.id for a in articles if not _is_speakable(a)]),
        ]
        if problems:
            return Verdict(problems=tuple(problems))
        told_topics = topics(told, self._readings)
        verdict = smoke(told_topics, self._indexes.of(told_topics), self._costs)
        if verdict.passes:
            self._prepared(told_topics)
        return verdict

    def _prepared(self, told: Sequence[Topic]) -> None:
        try:
            self._prepare(told)
        except Exception as error:  # it is made when it is needed, then
            log.warning("nothing could be prepared for new articles (%s)", type(error).__name__)


def smoke(told: Sequence[Topic], matcher: Matcher, costs: Costs) -> Verdict:
    """Ask some articles by their own first wording, in the sounds that are heard; danger must always be known for it."""
    asked = [t for t in told if t.safety] + _spread([t for t in told if not t.safety])
    wrong = [topic for topic in asked if not _is_right(topic, _decided(topic, matcher, costs))]
    missed = [topic.id for topic in wrong if topic.safety]
    problems = _named("report danger and are not known for it", missed)
    if len(asked) - len(wrong) < RIGHT_SHARE * len(asked):
        problems += _named(f"of {len(asked)} asked are answered wrongly by their own wording", [t.id for t in wrong])
    return Verdict(problems=tuple(problems), asked=len(asked), right=len(asked) - len(wrong))


def _decided(topic: Topic, matcher: Matcher, costs: Costs) -> Decision:
    wording = next(w for w in topic.wordings if w.reading)
    return decide(matcher.rank(as_heard(wording, kana=True)), costs)


def _is_right(topic: Topic, decision: Decision) -> bool:
    if isinstance(decision, Matched):
        given = decision.candidate.topic
        return given.id == topic.id or (topic.safety and given.safety)
    return isinstance(decision, Ambiguous) and any(c.topic.id == topic.id for c in decision.candidates)


def _spread(found: Sequence[Topic]) -> list[Topic]:
    step = max(1, -(-len(found) // MOST_ASKED))
    return list(found[::step])


def _is_askable(topic: Topic) -> bool:
    return any(wording.reading for wording in topic.wordings)


def _is_speakable(article: Article) -> bool:
    steps = [(step.text, step.reading) for step in article.steps]
    said = [(article.answer, article.answer_reading), *steps]
    return all(reading or reading_of(text, article.readings) for text, reading in said)


def _named(what: str, ids: Sequence[str]) -> list[str]:
    if not ids:
        return []
    more = ", ..." if len(ids) > _NAMED else ""
    return [f"{len(ids)} articles ({', '.join(ids[:_NAMED])}{more}) {what}"]
