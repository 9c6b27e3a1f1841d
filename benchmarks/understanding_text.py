"""The result of `benchmarks.understanding` for people: tables in the terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

INSIDE = (
    ("first", "first_right"),
    ("r@3", "recall_at_3"),
    ("MRR", "mrr_at_10"),
    ("right", "answered_right"),
    ("offered", "asked_with_right_choice"),
    ("in vain", "asked_in_vain"),
    ("wrong", "wrong"),
    ("human", "handed_over"),
    ("silent", "nothing_heard"),
)
OUTSIDE = (
    ("recall", "recall"),
    ("wrong", "wrong"),
    ("asked", "asked"),
    ("human", "handed_over"),
    ("silent", "nothing_heard"),
)
RETRIEVAL = (("SR@1", "sr_at_1"), ("MRR@10", "mrr_at_10"), ("R@10", "recall_at_10"))
NAME_WIDTH = 28
LEGEND = (
    "first, r@3: right article first, among the first three. right, offered, in vain, wrong, human: answered right, asked with "
    "the right choice, asked without it, answered wrongly, handed to a human. silent: no speech found. cost: see `costs`."
)


def lines(result: Mapping[str, Any]) -> Iterator[str]:
    """The whole report."""
    yield f"Sample base: {result['base']['articles']} articles, {result['base']['wordings']} wordings with titles"
    yield from _splits(result["splits"])
    found = result["suites"]
    if "a" in found:
        yield from _typed(found["a"])
    if "b" in found:
        yield from _spoken(found["b"])
    if "c" in found:
        yield from _outside(found["c"])
    if found.get("d"):
        yield from _retrieval(found["d"])
    yield from ("", LEGEND)
    yield from bar_lines(result["bars"])
    yield from (f"left out: {reason}" for reason in result["left_out"])


def _splits(splits: Mapping[str, Any]) -> Iterator[str]:
    yield f"Fitted on: {', '.join(splits['fitted_on'])}"
    yield f"Tested on: {', '.join(splits['tested_on'])}"
    for one in splits["overlap"]:
        yield (
            f"{one['file']}: {one['read']} read, left out as equal to a wording of the base {one['like_base']}, to a development "
            f"question {one['like_development']}, to another of them {one['repeated']}; {one['left']} left"
        )


def _typed(suite: Mapping[str, Any]) -> Iterator[str]:
    questions = next(iter(suite["figures"].values()))["questions"]
    yield from ("", f"(a) {questions} of {suite['of']} independent questions, typed; shares in %")
    yield from table(suite["figures"], INSIDE, cost=True)
    yield _safety(suite["safety"])


def _spoken(suite: Mapping[str, Any]) -> Iterator[str]:
    speech = suite["speech"]
    yield from ("", f"(b) {suite['questions']} of {suite['of']} questions, spoken by {speech['voices']} voices as")
    yield "    " + "; ".join(speech["customers"])
    for name, found in suite["conditions"].items():
        loss = found.get("loss_points")
        yield from (
            "",
            f"{name}" + (f" (loss from typed {next(iter(loss.values()), 0.0):+.1f} points)" if loss else ""),
        )
        yield from table(found["figures"], INSIDE, cost=True)
        yield _safety(found["safety"])


def _safety(found: Mapping[str, Any]) -> str:
    return (
        f"danger: recall {100 * found['recall']:.1f} % of {found['questions']} reports (exact article "
        f"{100 * found['exact']:.1f} %), false alarms {100 * found['false_alarms']:.1f} % of the rest"
    )


def _outside(suite: Mapping[str, Any]) -> Iterator[str]:
    for name, found in suite["groups"].items():
        count = next(iter(found.values()))["sentences"]
        yield from ("", f"(c) out of scope, {name}: {count} sentences; recall: neither answered nor asked about")
        yield from table(found, OUTSIDE, cost=True)


def _retrieval(suite: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        "",
        f"(d) JaGovFaqs: {suite['questions']} of {suite['of']} questions typed, {suite['passages']} passages",
    )
    yield from table(suite["figures"], RETRIEVAL)


def table(
    rows: Mapping[str, Mapping[str, Any]], columns: Sequence[tuple[str, str]], *, cost: bool = False
) -> Iterator[str]:
    """Shares as percentages, a row for each contestant."""
    heads = [head for head, _ in columns] + (["cost"] if cost else [])
    yield f"{'':{NAME_WIDTH}}" + "".join(f"{head:>9}" for head in heads)
    for name, figures in rows.items():
        cells = [f"{100 * figures[key]:9.1f}" for _, key in columns] + ([f"{figures['cost']:9.2f}"] if cost else [])
        yield f"{name:{NAME_WIDTH}}" + "".join(cells)


def bar_lines(found: Iterable[Mapping[str, Any]], heading: str = "Bars (%, points)") -> Iterator[str]:
    """Reached or missed, and by how much."""
    yield from ("", heading)
    for bar in found:
        verdict = "reached" if bar["reached"] else f"missed by {bar['missed_by']:.1f}"
        yield f"{bar['bar']:52}{bar['wanted']:>8}{bar['measured']:9.1f}  {verdict}"
