"""What it is worth that customers tell: the customer-loss model.  Pure.

Most who have trouble never tell (TARP 1979/1986; the share differs by trade) and leave more often than those who do,
even those whose trouble was not solved.  Shares that come back, for small losses of money: silent 37 %, told and not
solved 46 %, solved 70 %, solved quickly 95 % (TARP, "Consumer Complaint Handling in America", 1986); the defaults are
what is left of 100.  One customer in 50 who hear of trouble from others stays away (Goodman, "Strategic Customer
Service", 2009).  All of it is an assumption that the organisation replaces by its own figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from server.measures import LOST, SOLVED, Figures

DAYS_OF_A_YEAR: Final = 365
SATISFIED_ENDS: Final = ("satisfied", "solved")
CALMED_ENDS: Final = ("calmed",)
NOT_TROUBLE: Final = ("duplicate", "erased", "withdrawn", "not_needed")  # cases that say nothing of satisfaction
SILENT, UNSOLVED, CALMED, SATISFIED = "silent", "unsolved", "calmed", "satisfied"
KINDS: Final = (SATISFIED, CALMED, UNSOLVED, SILENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigures:
    """Customers who told of trouble within a time, by what they were left with."""

    days: int
    satisfied: int
    calmed: int
    unsolved: int

    @property
    def told(self) -> int:
        """All of them."""
        return self.satisfied + self.calmed + self.unsolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What nobody can count: percent, yen, people.  Raises ValueError outside of `BOUNDS`."""

    told: float = 10.0  # of 100 customers with trouble, who tell the organisation
    lost_satisfied: float = 5.0  # of 100 who were satisfied, who leave
    lost_calmed: float = 30.0
    lost_unsolved: float = 54.0
    lost_silent: float = 63.0
    value_yen: float = 10_000.0  # of a customer, a year
    hearers: float = 9.0  # people one who left tells of it
    lost_of_hearers: float = 2.0  # of 100 of them, who stay away

    def __post_init__(self) -> None:
        for one in fields(self):
            low, high = BOUNDS[one.name][:2]
            if not low <= getattr(self, one.name) <= high:
                raise ValueError(f"{one.name} lies between {low} and {high}")

    @property
    def lost(self) -> Mapping[str, float]:
        """The share of each kind that leaves, from 0 to 1."""
        return {kind: getattr(self, f"lost_{kind}") / 100 for kind in KINDS}


BOUNDS: Final[Mapping[str, tuple[float, float, float]]] = {  # lowest, highest, step of the slider
    "told": (1.0, 100.0, 0.5),
    "lost_satisfied": (0.0, 100.0, 1.0),
    "lost_calmed": (0.0, 100.0, 1.0),
    "lost_unsolved": (0.0, 100.0, 1.0),
    "lost_silent": (0.0, 100.0, 1.0),
    "value_yen": (0.0, 1_000_000.0, 1_000.0),
    "hearers": (0.0, 100.0, 1.0),
    "lost_of_hearers": (0.0, 20.0, 0.5),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What if: of 100 customers who told, so many more (or fewer) are satisfied, and so many more of 100 with trouble tell."""

    satisfied: float = 0.0  # points of those who told; taken from the unsolved first, then from the calmed
    told: float = 0.0  # points of those with trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Customers of one kind in a year."""

    customers: float
    lost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """A year, as the model has it."""

    trouble: float  # customers who had some
    groups: Mapping[str, Group]  # by kind, all of `KINDS`
    kept_away: float  # people who never came because they had heard of it
    lost_yen: float  # a year's value of all who left or never came

    @property
    def told(self) -> float:
        """Customers who told."""
        return self.trouble - self.groups[SILENT].customers

    @property
    def lost(self) -> float:
        """Customers who left."""
        return sum(group.lost for group in self.groups.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """Assumptions, and who made them; None: they are those shipped."""

    values: Assumptions
    by: str | None = None
    at: datetime | None = None


def own_figures(found: Figures, *, days: int) -> OwnFigures:
    """Count who told: matters that devices ended without a person, and cases that were closed."""
    closed = {reason: time.count for reason, time in found.resolution_by_reason.items() if reason not in NOT_TROUBLE}
    satisfied = sum(closed.pop(reason, 0) for reason in SATISFIED_ENDS)
    calmed = sum(closed.pop(reason, 0) for reason in CALMED_ENDS)
    return OwnFigures(
        days=days,
        satisfied=satisfied + found.asked.get(SOLVED, 0),
        calmed=calmed,
        unsolved=sum(closed.values()) + found.asked.get(LOST, 0),
    )


def worth(own: OwnFigures, assumed: Assumptions, wish: Wish | None = None) -> Worth:
    """Compute a year.  The number of customers with trouble stays as it is, whatever is wished for."""
    year = DAYS_OF_A_YEAR / own.days
    trouble = own.told * year / (assumed.told / 100)
    share = min(1.0, max(0.0, (assumed.told + (wish.told if wish else 0)) / 100))
    customers = {kind: trouble * share * part for kind, part in _shares(own, wish).items()}
    customers[SILENT] = trouble * (1 - share)
    groups = {kind: Group(customers=customers[kind], lost=customers[kind] * assumed.lost[kind]) for kind in KINDS}
    lost = sum(group.lost for group in groups.values())
    kept_away = lost * assumed.hearers * assumed.lost_of_hearers / 100
    return Worth(trouble=trouble, groups=groups, kept_away=kept_away, lost_yen=(lost + kept_away) * assumed.value_yen)


def _shares(own: OwnFigures, wish: Wish | None) -> dict[str, float]:
    """What those who told were left with, each a share from 0 to 1."""
    if not own.told:
        return {SATISFIED: 0.0, CALMED: 0.0, UNSOLVED: 0.0}
    satisfied, calmed = own.satisfied / own.told, own.calmed / own.told
    unsolved = own.unsolved / own.told
    more = min(1 - satisfied, max(-satisfied, (wish.satisfied if wish else 0) / 100))
    of_unsolved = min(unsolved, more)
    return {
        SATISFIED: satisfied + more,
        CALMED: max(0.0, calmed - (more - of_unsolved)),
        UNSOLVED: max(0.0, unsolved - of_unsolved),
    }
