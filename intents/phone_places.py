"""Places in a telephone number as people name them: 「下から2番目」, 「最後の4けた」, 「真ん中」, 「市外局番」."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from intents.phone_numbers import groups_of
from intents.phone_words import Kind

_AT_END: Final = {Kind.LAST, Kind.FROM_END, Kind.END_SIDE}
_COUNTED_FROM: Final = (Kind.FROM_END, Kind.FROM_START, Kind.END_SIDE, Kind.START_SIDE)
_THREE_GROUPS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a number as people name it; 「下から2番目」 is FROM_END and 2."""

    side: Kind | None = None
    count: int = 0  # 「最後の4けた」
    nth: int = 0  # 「3番目」; with a side and a count or group, inside that
    is_group: bool = False  # 「2番目のブロック」
    of_value: bool = False  # 「最後の7」: the last one of these


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a number; `is_whole_group` where its length may change with it (an area code)."""

    start: int
    end: int
    is_whole_group: bool = False


def span_of(place: Place, digits: str, size: int) -> Span | None:
    """The stretch that is meant, `size` being the length of what was said; None where that cannot be told."""
    region = _region(place, digits, size)
    if region is None or not place.nth or place.side in (None, *_COUNTED_FROM) or place.is_group:
        return region
    inner = region.start + place.nth - 1
    return Span(inner, inner + 1) if inner < region.end else None


def _region(place: Place, digits: str, size: int) -> Span | None:
    """The place, but for a digit counted inside it (「最後の4けたの2番目」)."""
    groups = groups_of(digits)
    if place.side is None:
        return _by_number(place, groups)
    if place.side in (Kind.MIDDLE, Kind.LOCAL, Kind.AREA):
        found = _named_group(place, groups)
        return found if found and place.count in (0, found.end - found.start) else None
    if place.is_group:
        return _group(groups, len(groups) - 1 if place.side in _AT_END else 0)
    if place.nth and not place.count:
        return _counted_from(place, len(digits))
    return _at_side(place, groups, place.count or size)


def _by_number(place: Place, groups: Sequence[str]) -> Span | None:
    """「3番目」, 「2番目のブロック」; 「2つ目の4けた」 is the second group that has so many."""
    if place.is_group:
        return _group(groups, place.nth - 1)
    alike = [at for at, group in enumerate(groups) if len(group) == place.count]
    if place.count > 1 and 0 < place.nth <= len(alike):
        return _group(groups, alike[place.nth - 1])
    return None if place.count or not place.nth else _single(place.nth - 1, sum(map(len, groups)))


def _at_side(place: Place, groups: Sequence[str], length: int) -> Span | None:
    """「最後の4けた」, 「最初の3けた」; the first four digits of 090-1234-5678 are nobody's 「最初の4けた」."""
    total = sum(map(len, groups))
    if place.side in _AT_END:
        return Span(total - length, total) if 0 < length <= total else None
    return Span(0, length) if 0 < length <= len(groups[0]) else None


def _named_group(place: Place, groups: Sequence[str]) -> Span | None:
    if place.side is Kind.AREA:
        return _group(groups, 0)
    return _group(groups, 1) if len(groups) == _THREE_GROUPS else None


def _counted_from(place: Place, total: int) -> Span | None:
    """「下から2番目」; 「最後の2番目」 could be either."""
    if place.side in (Kind.FROM_END, Kind.END_SIDE):
        return _single(total - place.nth, total)
    return _single(place.nth - 1, total) if place.side in (Kind.FROM_START, Kind.START_SIDE) else None


def _single(at: int, total: int) -> Span | None:
    return Span(at, at + 1) if 0 <= at < total else None


def _group(groups: Sequence[str], number: int) -> Span | None:
    if not 0 <= number < len(groups):
        return None
    start = sum(len(group) for group in groups[:number])
    return Span(start, start + len(groups[number]), is_whole_group=True)
