"""Corrections that speak of digits beside others: 「6と7が逆」, 「1234のあとが5677」, 「0は一つ」."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from intents.phone_numbers import Fit, fit_of, groups_of
from intents.phone_slot import PhoneDraft
from intents.phone_tokens import Token, Way
from intents.phone_words import AFTER, RIGHT, Kind

_NEGATING: Final = frozenset((Kind.NOT, Kind.QUESTION, Kind.RESTART))
_TWO: Final = 2


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits said in one go, and which words stand before them since the last ones."""

    digits: str
    before: tuple[Token, ...]


def related(draft: PhoneDraft, way: Way) -> PhoneDraft | None:
    """The number put right so; None when nothing of the kind was said, or it could mean more than one thing."""
    if any(way.has(kind) for kind in _NEGATING):
        return None
    runs, behind = _runs(way.tokens)
    digits = _turned(draft.digits, runs, behind) or _behind(draft.digits, runs) or _once(draft.digits, runs, behind)
    if not digits or fit_of(digits) is not Fit.VALID:
        return None
    return replace(draft, digits=digits, last_group=len(groups_of(digits)[-1]), doubtful=frozenset())


def _runs(tokens: Sequence[Token]) -> tuple[list[_Run], tuple[Token, ...]]:
    """The runs, and the words behind the last."""
    runs: list[_Run] = []
    digits, words = "", list[Token]()
    for token in tokens:
        if token.kind is Kind.DIGIT:
            digits += token.value
            continue
        if digits:
            runs.append(_Run(digits, tuple(words)))
            digits, words = "", []
        words.append(token)
    return ([*runs, _Run(digits, tuple(words))], ()) if digits else (runs, tuple(words))


def _turned(number: str, runs: Sequence[_Run], behind: Sequence[Token]) -> str | None:
    """「6と7が逆」, 「最後の2つが逆」."""
    if not any(token.kind is Kind.SWAP for token in behind):
        return None
    if len(runs) == _TWO and len(runs[0].digits) == len(runs[1].digits) == 1:
        pair = runs[0].digits + runs[1].digits
        found = {at for one in {pair, pair[::-1]} for at in _places(one, number)}
        return _swapped(number, found.pop()) if len(found) == 1 else None
    if len(runs) == 1 and len(runs[0].digits) == _TWO:
        found = set(_places(runs[0].digits, number))
        return _swapped(number, found.pop()) if len(found) == 1 else None
    counts = any(token.kind in (Kind.COUNT, Kind.COUNT_AFTER) for token in behind)
    words = [token for run in runs for token in run.before] + list(behind)
    is_last = any(token.kind is Kind.LAST for token in words)
    return (
        _swapped(number, len(number) - _TWO) if is_last and (not runs or (counts and runs[0].digits == "2")) else None
    )


def _swapped(number: str, at: int) -> str:
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def _behind(number: str, runs: Sequence[_Run]) -> str | None:
    """「1234のあとが5677」, 「最初の090は合ってる、次が1235」: the second stands where the first ends."""
    if len(runs) != _TWO or not any(token.value in (AFTER, RIGHT) for token in runs[1].before):
        return None
    old, new = runs[0].digits, runs[1].digits
    places = _places(old, number)
    aligned = [at for at in places if at in _beginnings(number)]
    found = places if len(places) == 1 else aligned
    if len(found) != 1 or found[0] + len(old) + len(new) > len(number):
        return None
    at = found[0] + len(old)
    return number[:at] + new + number[at + len(new) :]


def _once(number: str, runs: Sequence[_Run], behind: Sequence[Token]) -> str | None:
    """「0は一つ」: of two alike beside each other one is too many."""
    one = [token for token in behind if token.kind is Kind.COUNT and token.value == "1"]
    told = len(runs) == 1 and one
    counted = len(runs) == _TWO and runs[1].digits == "1" and any(t.kind is Kind.COUNT_AFTER for t in behind)
    if not (told or counted) or len(runs[0].digits) != 1:
        return None
    places = _places(runs[0].digits * 2, number)
    return number[: places[0]] + number[places[0] + 1 :] if len(places) == 1 else None


def _places(part: str, number: str) -> list[int]:
    return [at for at in range(len(number) - len(part) + 1) if number.startswith(part, at)]


def _beginnings(number: str) -> set[int]:
    """Where groups begin."""
    groups = groups_of(number)
    return {sum(map(len, groups[:place])) for place in range(len(groups))}
