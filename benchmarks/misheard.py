"""Readings as the recogniser might hear them: morae swapped, missed and added by the costs it was measured with; seeded."""

import math
import random
from functools import cache
from typing import Final

from intents.distance import learned_costs, mora_numbers, split_morae
from intents.morae import MORA_PHONES, normalise

SHARPNESS: Final = 8.0  # how much rarer a dear confusion is than a cheap one
_MOST: Final = 12  # other morae a mora is taken for


def misheard(reading: str, rng: random.Random, *, rate: float) -> str:
    """Return the reading with about `rate` of its morae wrong: three in four swapped, the rest missed or doubled."""
    out: list[str] = []
    for mora in split_morae(reading):
        if mora not in MORA_PHONES or rng.random() >= rate:
            out.append(mora)
        elif rng.random() < 0.75:
            others, weights = _taken_for(mora)
            out += rng.choices(others, weights)
        elif rng.random() < 0.5:
            out += [mora, mora]
    return "".join(normalise(mora for mora in out if mora in MORA_PHONES)) or reading


@cache
def _taken_for(mora: str) -> tuple[list[str], list[float]]:
    costs = learned_costs().heard_as[:, int(mora_numbers(mora)[0])]
    number = {other: int(mora_numbers(other)[0]) for other in MORA_PHONES if other != mora}
    near = sorted(number, key=lambda other: (float(costs[number[other]]), other))[:_MOST]
    return near, [math.exp(-SHARPNESS * float(costs[number[other]])) for other in near]
