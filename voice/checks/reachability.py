"""Whether each wording leads to its own article: as it stands, and with itself taken out of the base.

A wording is *captured* when even its exact words bring another article first, and *isolated* when they do so as soon as
the wording itself is not in the base: nothing else in its article is like it, so neighbouring wordings go astray.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from intents.decision import Ambiguous, Costs, Decision, Matched, decide
from intents.matching import Candidate, Matcher, Topic, Wording
from intents.replies import Reply, reply_in
from intents.transcripts import Hypothesis, Transcript
from kb.checking import Finding, Severity

SURE: Final = 0.9  # a probability from which an isolated wording is worth a look of its own
FOLDS: Final = 5  # every fifth wording of an article is taken out at a time, so four fifths of the base remain


Deciding = Callable[[Sequence[Candidate]], Decision]


def _quiet() -> None:
    """No progress is shown."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A wording asked of an index."""

    topic: Topic
    wording: Wording
    ranked: tuple[Candidate, ...]
    decision: Decision

    @property
    def first(self) -> Topic | None:
        """The article that came first."""
        return self.ranked[0].topic if self.ranked else None

    @property
    def is_own(self) -> bool:
        """Whether that is the wording's own."""
        return self.first is not None and self.first.id == self.topic.id

    @property
    def answers_another(self) -> bool:
        """Whether a wrong answer would be given."""
        return isinstance(self.decision, Matched) and self.decision.candidate.topic.id != self.topic.id


def as_heard(wording: Wording, *, kana: bool) -> Transcript:
    """The wording as a recogniser of morae (`kana`) or of words hands it over when it hears perfectly."""
    text = wording.reading if kana else wording.text
    return Transcript(hypotheses=(Hypothesis(text=text, reading=wording.reading, confidence=1.0),), duration_ms=0)


def unsayable(topics: Iterable[Topic]) -> Iterator[Finding]:
    """Articles and wordings that no voice can reach."""
    for topic in topics:
        silent = [w for w in topic.wordings if not w.reading]
        if len(silent) == len(topic.wordings):
            yield Finding(
                code="article-unreachable",
                severity=Severity.ERROR,
                article_id=topic.id,
                text=topic.title,
                message="no wording of it can be said in Japanese, so nobody can ask for it",
                remedy="add variants in kanji and kana, or readings for its words",
            )
            continue
        for wording in silent:
            yield Finding(
                code="variant-unsayable",
                severity=Severity.WARNING,
                article_id=topic.id,
                text=wording.text,
                message="it cannot be said in Japanese, so it is never heard",
                remedy="write it as it is said, or remove it",
            )


def commands(topics: Iterable[Topic], *, kana: bool) -> Iterator[Finding]:
    """Wordings that are taken for a reply (はい, もう一度) before they can be matched."""
    for topic in topics:
        for wording in topic.wordings:
            reply = reply_in(as_heard(wording, kana=kana)) if wording.reading else None
            if reply:
                yield _command(topic, wording, reply)


def _command(topic: Topic, wording: Wording, reply: Reply) -> Finding:
    return Finding(
        code="variant-is-reply",
        severity=Severity.WARNING,
        article_id=topic.id,
        text=wording.text,
        message=f"it is the reply {reply.value!r} of the conversation itself and never brings this article",
        remedy="say more in it, or remove it",
        reading=wording.reading,
    )


def captured(
    topics: Sequence[Topic], whole: Matcher, costs: Costs, *, kana: bool, asked: Callable[[], object] = _quiet
) -> Iterator[Finding]:
    """Wordings that do not lead to their own article as they stand.  `asked` is called once a wording."""
    for topic in topics:
        for wording in topic.wordings:
            asked()
            found = _asked(topic, wording, whole, costs, kana=kana)
            if wording.reading and (not found.is_own or found.answers_another):
                yield _captured(found)


def isolated(
    topics: Sequence[Topic],
    made: Callable[[Sequence[Topic]], Matcher],
    costs: Costs,
    *,
    kana: bool,
    asked: Callable[[], object] = _quiet,
) -> Iterator[Finding]:
    """Wordings for which, taken out of the base, another article would be answered.

    `made` builds the matcher for a part of the base; `asked` is called once a wording.
    """
    for fold in range(FOLDS):
        index = made([_without(topic, fold) for topic in topics])
        for topic in topics:
            for wording in topic.wordings[fold::FOLDS]:
                asked()
                found = _asked(topic, wording, index, costs, kana=kana)
                if wording.reading and found.answers_another:
                    yield _isolated(found)


def _without(topic: Topic, fold: int) -> Topic:
    kept = [w for place, w in enumerate(topic.wordings) if place % FOLDS != fold]
    return replace(topic, wordings=tuple(kept))


def _asked(topic: Topic, wording: Wording, index: Matcher, costs: Costs, *, kana: bool) -> Asked:
    ranked = index.rank(as_heard(wording, kana=kana))
    return Asked(topic, wording, ranked, decide(ranked, costs))


def _captured(found: Asked) -> Finding:
    if not found.ranked:
        return _lost(found)
    first = found.decision.candidate if isinstance(found.decision, Matched) else found.ranked[0]
    return _led_away(
        found,
        first,
        code="variant-captured",
        severity=Severity.ERROR if found.answers_another else Severity.WARNING,
        message=f"{_happens(found.decision)}, though the wording is in the base",
        remedy=f"move it to {first.topic.id}, say what makes it different, or move 「{first.wording}」",
    )


def _lost(found: Asked) -> Finding:
    return Finding(
        code="variant-captured",
        severity=Severity.WARNING,
        article_id=found.topic.id,
        text=found.wording.text,
        message="no article comes close, though the wording is in the base",
        remedy="say more in it: it has too little sound to be recognised by",
        reading=found.wording.reading,
    )


def _isolated(found: Asked) -> Finding:
    first = found.decision.candidate if isinstance(found.decision, Matched) else found.ranked[0]
    return _led_away(
        found,
        first,
        code="variant-isolated",
        severity=Severity.WARNING if first.score >= SURE else Severity.NOTE,
        message=f"{_happens(found.decision)} when the wording itself is not in the base",
        remedy="add more wordings like it to this article, or look whether it belongs to the other",
    )


def _happens(decision: Decision) -> str:
    if isinstance(decision, Matched):
        return "another article is answered"
    return "another article is asked about first" if isinstance(decision, Ambiguous) else "another article comes first"


def _led_away(asked: Asked, first: Candidate, *, code: str, severity: Severity, message: str, remedy: str) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        article_id=asked.topic.id,
        text=asked.wording.text,
        message=f"{message}: {first.topic.id} by 「{first.wording}」 ({first.score:.0%})",
        remedy=remedy,
        others=(first.topic.id,),
        reading=asked.wording.reading,
    )
