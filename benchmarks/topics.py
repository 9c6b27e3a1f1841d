"""Whether topics are what people would call one topic, and whether gaps in the knowledge base are found.

    KOEMADO_SHARED=../shared python -m benchmarks.topics [--json] [--large 20000]

**Topics**: wordings of the sample base and development questions, labelled by their article, typed and misheard (one mora in
ten wrong, by the recogniser's own confusions; seeded), in groups; V-measure (Rosenberg and Hirschberg 2007).  The threshold
was chosen on half of the articles (their ids' digest is even); figures are of the other half.  Baselines in the same run:
the exact match key; the same linkage over TF-IDF of pairs of characters, at its own best threshold on the same half; and
rapidfuzz's token_set_ratio with leader clustering, likewise.

**Gaps**: one article in five is taken out of the base.  Its questions are asked, misheard or not, with all others; what the
matcher of the device answers is what the desk sees.  Wrong and missing answers are refused in nine of ten cases and end in a
request that agents solve, writing down the article's own answer.  Found: an article is proposed most of whose wordings are of
one missing article.  Baseline: the wordings that were asked without an answer at least three times, by the exact match key.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
from rapidfuzz import fuzz, process

from benchmarks.misheard import misheard
from benchmarks.spoken import rows as table
from intents.decision import Matched, decide, shipped_costs
from intents.grams import gram_codes
from intents.matching import Matcher, Topic, TopicIndex, Wording
from intents.normalise import match_key
from intents.readings import reading_of
from intents.transcripts import Hypothesis, Transcript
from kb.sample import sample_articles
from server.insight import topics
from server.insight.features import Row, key_of
from server.insight.gaps import found_gaps
from server.insight.linkage import linked
from server.insight.material import Asked, Ending, Handled, Said, Sign
from server.insight.proposals import Kind
from server.insight.sentences import Solution

SEED: Final = 1
MISHEARD: Final = 0.5  # of the questions, as well as typed
RATE: Final = 0.1  # of the morae
BEGAN: Final = datetime(2026, 11, 1, tzinfo=UTC)
TAKEN_OUT: Final = 5  # one article in so many
DEVELOPMENT: Final = Path(__file__).parent / "data" / "dev_questions.tsv"
Grouping = Callable[[Sequence["Question"]], list[Hashable]]


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked, and about which article."""

    text: str
    reading: str
    article: str


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--large", type=int, default=20_000)
    given = parser.parse_args()
    questions = _questions()
    tuned = [q for q in questions if not _is_measured(q.article)]
    measured = [q for q in questions if _is_measured(q.article)]
    found: dict[str, Any] = {
        "topics": _quality(tuned, measured),
        "gaps": _gaps(),
        "large": _large(questions, given.large),
    }
    found["questions"] = len(measured)
    found["articles"] = len({q.article for q in measured})
    print(json.dumps(found, ensure_ascii=False, indent=1) if given.json else _text(found))


def _questions() -> list[Question]:
    rng = random.Random(SEED)
    texts = [(a.id, text) for a in sample_articles() for text in a.variants]
    texts += [(row["id"], row["question"]) for row in table(DEVELOPMENT)]
    found = []
    for article, text in texts:
        reading = reading_of(text)
        found.append(Question(text, reading, article))
        if rng.random() < MISHEARD:
            heard = misheard(reading, rng, rate=RATE)
            found.append(Question(heard, heard, article))
    return found


def _is_measured(article: str) -> bool:
    return int(md5(article.encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def _say(what: str) -> None:
    print(f"topics: {what}", file=sys.stderr, flush=True)


def _quality(tuned: Sequence[Question], measured: Sequence[Question]) -> dict[str, Any]:
    ways: dict[str, Grouping] = {
        "topics": by_topics,
        "topics, with the article of each that was answered": by_answers,
        "exact match key": lambda asked: [match_key(q.text) for q in asked],
        "pairs of characters, same linkage": _best(tuned, by_characters, (0.1, 0.15, 0.2)),
        "rapidfuzz token_set_ratio, leader": _best(tuned, by_tokens, (60, 75, 90)),
    }
    out = {}
    for name, group in ways.items():
        _say(name)
        began = time.process_time()
        groups = group(measured)
        out[name] = v_measure([q.article for q in measured], groups) | {"seconds": time.process_time() - began}
    return out


def v_measure(truth: Sequence[Hashable], groups: Sequence[Hashable]) -> dict[str, float]:
    """Homogeneity, completeness, and their harmonic mean."""
    both, of_truth, of_groups = (_entropy(list(of)) for of in (zip(truth, groups, strict=True), truth, groups))
    homogeneity = 1 - (both - of_groups) / of_truth if of_truth else 1.0
    completeness = 1 - (both - of_truth) / of_groups if of_groups else 1.0
    total = homogeneity + completeness
    v = 2 * homogeneity * completeness / total if total else 0.0
    return {"v": v, "homogeneity": homogeneity, "completeness": completeness, "groups": len(set(groups))}


def _entropy(of: Sequence[Hashable]) -> float:
    shares = np.array(list(Counter(of).values())) / len(of)
    return float(-(shares * np.log(shares)).sum())


def by_topics(asked: Sequence[Question], *, answers: bool = False) -> list[Hashable]:
    """What the desk does; `answers`: the device answered the right article to three in four."""
    rng = random.Random(SEED)
    matters = [_asked(n, q, q.article if answers and rng.random() < 0.75 else None) for n, q in enumerate(asked)]
    of = {one.talk: topic.id for topic in topics.grouped(matters) for one in topic.members}
    return [of[one.talk] for one in matters]


def by_answers(asked: Sequence[Question]) -> list[Hashable]:
    """As `by_topics`, with answers."""
    return by_topics(asked, answers=True)


def by_characters(asked: Sequence[Question], at_least: float) -> list[Hashable]:
    """TF-IDF of pairs of characters, average linkage."""
    keys = sorted({match_key(q.text) for q in asked})
    codes = [gram_codes(np.array([ord(c) for c in key], np.int64), (2,), 21) for key in keys]
    columns, frequency = np.unique(np.concatenate([np.unique(c) for c in codes]), return_counts=True)
    rows = []
    for code in codes:
        own = np.searchsorted(columns, np.unique(code))
        values = np.log1p(len(keys) / frequency[own])
        rows.append(Row(own.astype(np.int64), values / max(1e-12, float(np.linalg.norm(values)))))
    groups = dict(zip(keys, linked(rows, at_least=at_least), strict=True))
    return [groups[match_key(q.text)] for q in asked]


def by_tokens(asked: Sequence[Question], at_least: float) -> list[Hashable]:
    """Each joins the first leader that is alike enough, in the order of the texts; words are what spaces part."""
    leaders: list[str] = []
    groups: dict[str, str] = {}
    for text in sorted({q.text for q in asked}):
        best = process.extractOne(text, leaders, scorer=fuzz.token_set_ratio, score_cutoff=at_least)
        groups[text] = best[0] if best else text
        if best is None:
            leaders.append(text)
    return [groups[q.text] for q in asked]


def _best(
    tuned: Sequence[Question], group: Callable[[Sequence[Question], float], list[Hashable]], thresholds: Sequence[float]
) -> Grouping:
    truth = [q.article for q in tuned]
    best = max(thresholds, key=lambda at: v_measure(truth, group(tuned, at))["v"])
    return lambda asked: group(asked, best)


def _asked(number: int, question: Question, topic: str | None, *, solved: bool = True) -> Asked:
    """One matter in a conversation of its own; without a solving answer it went to a human."""
    by_voice = topic is not None and solved
    request = None if by_voice else UUID(int=number + 1)
    handled = (
        None if request is None else Handled(request=request, case=request, closed_at=BEGAN, close_reason="satisfied")
    )
    return Asked(
        talk=UUID(int=number + 1),
        device="box",
        at=BEGAN + timedelta(minutes=number),
        said=(Said(turn=0, text=question.text, reading=question.reading),),
        topic=topic,
        refused=() if topic is None or solved else (topic,),
        ending=Ending.VOICE if by_voice else Ending.HUMAN,
        sign=Sign.YES if by_voice else Sign.REQUEST,
        request=request,
        handled=handled,
    )


def _gaps() -> dict[str, Any]:
    """Ask everything of a base that lacks one article in five."""
    _say("gaps")
    rng = random.Random(SEED)
    articles = sample_articles()
    missing = {a.id for n, a in enumerate(sorted(articles, key=lambda a: a.id)) if n % TAKEN_OUT == 0}
    answers = {a.id: a.answer for a in articles}
    questions = _questions()
    matcher = TopicIndex([_topic(a.id, a.title, a.variants) for a in articles if a.id not in missing])
    asked = [_answered(n, q, matcher, rng) for n, q in enumerate(questions)]
    of = {one.talk: q.article for one, q in zip(asked, questions, strict=True)}

    def solutions(case: UUID) -> list[Solution]:
        return [Solution(case=case, source=case, text=answers[of[case]])]

    proposals = found_gaps(
        topics.grouped(asked), titles={a.id: a.title for a in articles}, answers=answers, solutions=solutions
    )
    new = [p for p in proposals if p.kind is Kind.ARTICLE]
    about = [_most(of[w.talk] for w in p.wordings) for p in new]
    words = [p for p in proposals if p.kind is Kind.VARIANT]
    right = sum(_most(of[w.talk] for w in p.wordings) == p.article_id for p in words)
    plain = _by_key([(q, one) for q, one in zip(questions, asked, strict=True) if one.ending is Ending.HUMAN])
    drafts = [bool(p.sentences) and of[p.sentences[0].case] == a for p, a in zip(new, about, strict=True)]
    return {
        "missing": len(missing),
        "topics": _found(about, missing) | {"proposals": len(new), "drafted from the right cases": _mean(drafts)},
        "exact match key": _found(plain, missing) | {"proposals": len(plain)},
        "new words": {"proposals": len(words), "precision": right / max(1, len(words))},
    }


def _answered(number: int, question: Question, matcher: Matcher, rng: random.Random) -> Asked:
    heard = Transcript(
        hypotheses=(Hypothesis(text=question.text, reading=question.reading, confidence=1.0),), duration_ms=0
    )
    decision = decide(matcher.rank(heard), shipped_costs())
    topic = decision.candidate.topic.id if isinstance(decision, Matched) else None
    return _asked(number, question, topic, solved=topic == question.article or rng.random() < 0.1)


def _topic(id_: str, title: str, variants: Sequence[str]) -> Topic:
    texts = dict.fromkeys((*variants, title))
    return Topic(id=id_, title=title, wordings=tuple(Wording(text=t, reading=reading_of(t)) for t in texts))


def _by_key(unsolved: Sequence[tuple[Question, Asked]]) -> list[str]:
    same: dict[str, list[str]] = defaultdict(list)
    for question, _ in unsolved:
        same[key_of(question.text, question.reading)].append(question.article)
    return [_most(articles) for articles in same.values() if len(articles) >= 3]


def _most(articles: Any) -> str:
    counts = Counter(articles)
    return min(counts, key=lambda a: (-counts[a], a))


def _found(about: Sequence[str], missing: set[str]) -> dict[str, float]:
    right = [article for article in about if article in missing]
    return {"precision": len(right) / max(1, len(about)), "recall": len(set(right)) / len(missing)}


def _mean(of: Sequence[bool]) -> float:
    return sum(of) / max(1, len(of))


def _large(questions: Sequence[Question], size: int) -> dict[str, float]:
    """Time for many utterances, all of them misheard anew once the questions are used up."""
    _say(f"{size} utterances")
    rng = random.Random(SEED)
    more = [*questions]
    while len(more) < size:
        one = questions[rng.randrange(len(questions))]
        heard = misheard(one.reading, rng, rate=RATE)
        more.append(Question(heard, heard, one.article))
    began = time.process_time()
    groups = by_topics(more[:size])
    return {"utterances": size, "seconds": time.process_time() - began} | v_measure(
        [q.article for q in more[:size]], groups
    )


def _text(found: dict[str, Any]) -> str:
    lines = [f"{found['questions']} questions about {found['articles']} articles"]
    lines += [
        f"  {name}: V {m['v']:.3f} (homogeneity {m['homogeneity']:.3f}, completeness {m['completeness']:.3f}),"
        f" {m['groups']} groups, {m['seconds']:.1f} s"
        for name, m in found["topics"].items()
    ]
    lines += [f"  {name}: {value}" for name, value in found["gaps"].items()]
    return "\n".join([*lines, f"  large: {found['large']}"])


if __name__ == "__main__":
    main()
