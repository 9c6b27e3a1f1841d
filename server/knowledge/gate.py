"""The gate before a release: the same questions asked of what is in force and of what would follow.  Pure.

Each question is a pair of outcomes.  A release is refused when more questions went down than up by more than chance would
explain: with `n` changed questions the difference of a fair coin exceeds 1.645 * sqrt(n) in one case out of twenty (the
sign test in its normal approximation).  A report of danger that was understood and no longer is refuses at once.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

ONE_SIDED_5_PERCENT: Final = 1.645
MOST_SHOWN: Final = 60  # questions named in a result


class Group(StrEnum):
    """How a question reaches the device."""

    TYPED = "typed"  # a wording of the base, as if heard without any error
    KEPT = "kept"  # a question the desk has kept, the same way
    SPOKEN = "spoken"  # said by the synthesiser, heard by the recogniser
    RECORDED = "recorded"  # a recording, heard by the recogniser


class Outcome(StrEnum):
    """What a customer would have got, the best first."""

    RIGHT = "right"  # its own article (for a question that has none: a human)
    ASKED = "asked"  # a question back that names its article
    MISSED = "missed"  # a human, though an article would have helped
    WRONG = "wrong"  # another article


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the suite."""

    text: str
    wanted: str  # id of the article; "" when none should answer
    group: Group
    is_new: bool = False  # the candidate has this very wording, what is in force has not: it proves nothing
    danger: bool = False  # its article is about danger
    recording: str = ""  # name of a file, for RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A question and what came of it on both sides."""

    question: Question
    before: Outcome
    after: Outcome

    @property
    def step(self) -> int:
        """Above 0: it went down; below: up."""
        order = list(Outcome)
        return order.index(self.after) - order.index(self.before)

    @property
    def lost_danger(self) -> bool:
        """Whether a report of danger is no longer understood."""
        return self.question.danger and self.before is Outcome.RIGHT and self.after is not Outcome.RIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupResult:
    """The questions of one group."""

    group: Group
    questions: int
    before: Mapping[str, int]  # by outcome
    after: Mapping[str, int]
    down: int
    up: int
    new: int  # left out of the comparison
    new_right: int  # of these, right or asked back

    @property
    def bound(self) -> float:
        """By how much `down` may exceed `up`."""
        return bound(self.down + self.up)

    @property
    def is_worse(self) -> bool:
        """Whether it got worse by more than chance explains."""
        return self.down - self.up > self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the gate found."""

    groups: tuple[GroupResult, ...]
    danger: int  # reports of danger no longer understood
    shown: tuple[Compared, ...]  # what changed, the worst first

    @property
    def passes(self) -> bool:
        """Whether it may be published without anybody's word."""
        return not self.danger and not any(one.is_worse for one in self.groups)


def bound(changed: int) -> float:
    """Return by how many questions a fair coin differs at most, 19 times out of 20."""
    return ONE_SIDED_5_PERCENT * math.sqrt(changed)


def result_of(compared: Sequence[Compared]) -> Result:
    """Weigh the pairs."""
    groups = [[one for one in compared if one.question.group is group] for group in Group]
    changed = sorted((one for one in compared if one.step), key=lambda one: (-one.lost_danger, -one.step))
    return Result(
        groups=tuple(_group(found) for found in groups if found),
        danger=sum(one.lost_danger for one in compared if not one.question.is_new),
        shown=tuple(changed[:MOST_SHOWN]),
    )


def _group(found: Sequence[Compared]) -> GroupResult:
    old = [one for one in found if not one.question.is_new]
    new = [one for one in found if one.question.is_new]
    return GroupResult(
        group=found[0].question.group,
        questions=len(old),
        before=dict(Counter(str(one.before) for one in old)),
        after=dict(Counter(str(one.after) for one in old)),
        down=sum(one.step > 0 for one in old),
        up=sum(one.step < 0 for one in old),
        new=len(new),
        new_right=sum(one.after in (Outcome.RIGHT, Outcome.ASKED) for one in new),
    )


def to_plain(result: Result) -> dict[str, Any]:
    """Return it as JSON."""
    groups = [
        {name: getattr(one, name) for name in ("questions", "down", "up", "new", "new_right")}
        | {"group": str(one.group), "before": dict(one.before), "after": dict(one.after)}
        for one in result.groups
    ]
    shown = [
        {"text": one.question.text, "wanted": one.question.wanted, "group": str(one.question.group)}
        | {"danger": one.question.danger, "is_new": one.question.is_new}
        | {"before": str(one.before), "after": str(one.after)}
        for one in result.shown
    ]
    return {"groups": groups, "danger": result.danger, "shown": shown}


def from_plain(plain: Mapping[str, Any]) -> Result:
    """Return what `to_plain` was given."""
    groups = [GroupResult(**one | {"group": Group(one["group"])}) for one in plain["groups"]]
    return Result(groups=tuple(groups), danger=plain["danger"], shown=tuple(_compared(one) for one in plain["shown"]))


def _compared(row: Mapping[str, Any]) -> Compared:
    question = Question(
        text=row["text"],
        wanted=row["wanted"],
        group=Group(row["group"]),
        danger=row["danger"],
        is_new=row["is_new"],
    )
    return Compared(question=question, before=Outcome(row["before"]), after=Outcome(row["after"]))
