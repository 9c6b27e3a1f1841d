"""Articles that fail where others like them do not: enough cases, against the rate of the others, with a bound.  Pure.

A raw share calls every article poor that failed two of three by chance.  Here an article fails when the lower end of Wilson's
score interval (E. B. Wilson, JASA 22, 1927; recommended for small numbers by Brown, Cai and DasGupta, Statistical Science 16,
2001) of its own share is above the share of all other articles together.
"""

from collections.abc import Mapping
from math import sqrt
from typing import Final

Z: Final = 1.645  # one-sided, 95 %
OFTEN: Final = 1 / 3  # what fails less often is not worth writing anew, however good the others are


def lower_bound(part: int, whole: int, z: float = Z) -> float:
    """Return the lower end of Wilson's interval of a share; 0 of nothing."""
    if not whole:
        return 0.0
    share, square = part / whole, z * z
    middle = share + square / (2 * whole)
    spread = z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    return max(0.0, (middle - spread) / (1 + square / whole))


def failing(counts: Mapping[str, tuple[int, int]], *, fewest: int) -> set[str]:
    """Return the articles that fail; `counts`: how often each failed, of how often it was answered."""
    part, whole = (sum(one[n] for one in counts.values()) for n in (0, 1))
    return {
        article
        for article, (failed, answered) in counts.items()
        if failed >= max(fewest, OFTEN * answered)
        and lower_bound(failed, answered) > _rate(part - failed, whole - answered)
    }


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
