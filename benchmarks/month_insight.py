"""Topics against what customers truly wanted, proposals against what the base truly lacks; both beside baselines."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from benchmarks.month_memory import Told
from benchmarks.month_plan import Kind as Matters
from benchmarks.month_playing import Played
from benchmarks.month_truth import Truth
from benchmarks.topics import Question, by_characters, by_tokens, v_measure
from intents.normalise import match_key
from server.insight.features import key_of
from server.insight.gaps import FEWEST, FEWEST_WORDS
from server.insight.listening import reading_heard
from server.insight.material import Ending, Sign
from server.insight.proposals import Kind, Proposal

MISSING: Final = (Matters.GAP, Matters.OUTBREAK)
THRESHOLDS: Final = {
    "pairs of characters, same linkage": (0.1, 0.15, 0.2),
    "rapidfuzz token_set_ratio, leader": (60, 75, 90),
}
Place = tuple[UUID, int]


def quality(played: Played, truth: Truth) -> dict[str, Any]:
    """Return V-measures, precision and recall of proposals, and what the signs are worth."""
    told = {(one.talk, one.turn): one for one in truth.told}
    found = {(one.talk, one.turn): one for one in played.backend.office.insight.matters()}
    proposals = [one.proposal for one in played.backend.office.proposals.listed(limit=10_000)]
    both = [place for place in told if place in found]
    return {
        "topics": _topics([told[place] for place in both], [found[place].topic for place in both]),
        "gaps": _gaps(truth.told, told, proposals),
        "signs": _signs(truth.told),
        "heard": {
            "complaints": _flagged([(told[p].matter.kind is Matters.COMPLAINT, found[p].complaint) for p in both]),
            "suggestions": _flagged([(told[p].matter.kind is Matters.SUGGESTION, found[p].suggestion) for p in both]),
            "danger": _flagged([(told[p].matter.kind is Matters.DANGER, found[p].danger) for p in both]),
        },
    }


def _topics(told: Sequence[Told], groups: Sequence[str]) -> dict[str, dict[str, float]]:
    wanted = [one.matter.name for one in told]
    asked = [Question(one.words, reading_heard(one.words), one.matter.name) for one in told]
    ways = {"pairs of characters, same linkage": by_characters, "rapidfuzz token_set_ratio, leader": by_tokens}
    out = {
        "topics of the desk": v_measure(wanted, groups),
        "exact match key": v_measure(wanted, [match_key(one.words) for one in told]),
        "the article that was answered": v_measure(wanted, [one.article or "none" for one in told]),
    }
    for name, way in ways.items():  # each at the threshold that is best on this very month
        out[name] = max((v_measure(wanted, way(asked, at)) for at in THRESHOLDS[name]), key=lambda found: found["v"])
    return out


def _gaps(told: Sequence[Told], at: Mapping[Place, Told], proposals: Sequence[Proposal]) -> dict[str, Any]:
    wanted = {
        Kind.ARTICLE: _often(told, MISSING, FEWEST, lambda one: one.ending is not Ending.VOICE),
        Kind.VARIANT: _often(told, (Matters.NEW_WORDS,), FEWEST_WORDS, lambda one: one.article != one.matter.name),
        Kind.UNSOLVED: _often(told, (Matters.POOR,), FEWEST, lambda one: not one.helped and one.article is not None),
    }
    said: dict[Kind, list[str]] = {kind: [] for kind in Kind}
    for one in proposals:
        about = _about(one, at)
        is_right = about in _true(told, one) and one.article_id in (None, about)
        said[one.kind].append(about if is_right else "")
    return {
        kind.value: {
            "desk": _found(said[kind], wanted[kind]),
            "baseline": _baseline(kind, told, wanted[kind]),
            "missing": len(wanted[kind]),
        }
        for kind in Kind
    }


def _about(proposal: Proposal, at: Mapping[Place, Told]) -> str:
    """Return the matter of most of its wordings."""
    return _most(at[one.talk, one.turn].matter.name for one in proposal.wordings if (one.talk, one.turn) in at)


def _true(told: Iterable[Told], proposal: Proposal) -> set[str]:
    """Return the matters for which such a proposal is right."""
    kinds = {Kind.ARTICLE: MISSING, Kind.VARIANT: (), Kind.UNSOLVED: (Matters.POOR,)}[proposal.kind]
    if proposal.kind is Kind.VARIANT:  # any article may lack words: right is whose words they are
        return {proposal.article_id or ""}
    return {one.matter.name for one in told if one.matter.kind in kinds}


def _often(told: Iterable[Told], kinds: Sequence[Matters], fewest: int, is_so: Any) -> set[str]:
    counts = Counter(one.matter.name for one in told if one.matter.kind in kinds and is_so(one))
    return {name for name, count in counts.items() if count >= fewest}


def _found(said: Sequence[str], wanted: set[str]) -> dict[str, float]:
    """Weigh what was proposed, "" for each that is wrong."""
    return {
        "proposals": len(said),
        "precision": sum(map(bool, said)) / max(1, len(said)),
        "recall": len(wanted & set(said)) / max(1, len(wanted)),
    }


def _baseline(kind: Kind, told: Sequence[Told], wanted: set[str]) -> dict[str, float]:
    """What counting alone would propose: wordings that failed so often, articles that led to so many calls."""
    by_key: defaultdict[Hashable, list[Told]] = defaultdict(list)
    for one in told:
        if kind is Kind.UNSOLVED and one.article and one.sign in (Sign.REQUEST, Sign.REFUSED, Sign.LEFT):
            by_key[one.article].append(one)
        elif kind is not Kind.UNSOLVED and one.article is None:
            by_key[key_of(one.words, reading_heard(one.words))].append(one)
    least = FEWEST_WORDS if kind is Kind.VARIANT else FEWEST
    said = [_most(one.matter.name for one in same) for same in by_key.values() if len(same) >= least]
    return _found([name if name in wanted else "" for name in said], wanted)


def _signs(told: Sequence[Told]) -> dict[str, Any]:
    """What the customers knew and the desk can only infer: how many of each sign were truly helped at the device."""
    of = {sign: [one.helped for one in told if one.sign is sign] for sign in Sign}
    return {sign.value: {"matters": len(some), "truly_helped": sum(some)} for sign, some in of.items() if some}


def _flagged(pairs: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    both = sum(is_so and said for is_so, said in pairs)
    return {
        "precision": both / max(1, sum(said for _, said in pairs)),
        "recall": both / max(1, sum(is_so for is_so, _ in pairs)),
    }


def _most(names: Iterable[str]) -> str:
    counts = Counter(names)
    return min(counts, key=lambda name: (-counts[name], name), default="")
