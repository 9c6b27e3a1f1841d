"""The bars that issue 3 sets, and by how much each was reached or missed."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.arena import OURS

FIRST_RIGHT, LOSS_CLEAN, LOSS_10_DB = 0.93, 5.0, 15.0
WRONG, ANSWERED, OUTSIDE, DANGER = 0.03, 0.85, 0.85, 1.0
TEN_DB = ("babble 10 dB", "ESC 10 dB")


def bars(suites: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each bar that the suites measured: {bar, wanted, measured, reached, missed_by}, in points (of 100)."""
    return [*_typed(suites.get("a", {})), *_spoken(suites.get("b", {})), *_outside(suites.get("c", {}))]


def _typed(suite: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if not suite:
        return
    ours = suite["figures"][OURS]
    yield at_least("(a) right article first", FIRST_RIGHT * 100, ours["first_right"] * 100)
    yield at_most("(a) wrong answers given", WRONG * 100, ours["wrong"] * 100)
    yield at_least("(a) answered directly", ANSWERED * 100, ours["answered"] * 100)
    if suite["safety"]["questions"]:
        yield at_least("(a) recall of danger, typed", DANGER * 100, suite["safety"]["recall"] * 100)


def _spoken(suite: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, found in suite.get("conditions", {}).items():
        if name == "clean":
            yield at_most("(b) loss from typed to spoken, clean", LOSS_CLEAN, found["loss_points"].get(OURS, 0.0))
        if name in TEN_DB:
            yield at_most(f"(b) loss from typed to spoken, {name}", LOSS_10_DB, found["loss_points"].get(OURS, 0.0))
        if name != "typed" and found["safety"]["questions"]:
            yield at_least(f"(b) recall of danger, {name}", DANGER * 100, found["safety"]["recall"] * 100)


def _outside(suite: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, found in suite.get("groups", {}).items():
        if name.startswith(("all", "some")):
            yield at_least(f"(c) out-of-scope recall, {name}", OUTSIDE * 100, found[OURS]["recall"] * 100)


def at_least(bar: str, wanted: float, measured: float) -> dict[str, Any]:
    """A bar from below."""
    return _bar(bar, wanted, measured, wanted - measured, ">=")


def at_most(bar: str, wanted: float, measured: float) -> dict[str, Any]:
    """A bar from above."""
    return _bar(bar, wanted, measured, measured - wanted, "<=")


def _bar(bar: str, wanted: float, measured: float, missing: float, sign: str) -> dict[str, Any]:
    return {
        "bar": bar,
        "wanted": f"{sign} {wanted:g}",
        "measured": round(measured, 2),
        "reached": missing <= 1e-9,
        "missed_by": round(max(0.0, missing), 2),
    }
