"""What a customer wants changed in a telephone number: where, what stands there, what it should be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from intents.phone_places import Place
from intents.phone_tokens import Token, Way
from intents.phone_words import Kind

_SIDES: Final = {
    Kind.LAST, Kind.FIRST, Kind.MIDDLE, Kind.AREA, Kind.LOCAL, Kind.FROM_END, Kind.FROM_START, Kind.END_SIDE, Kind.START_SIDE,
}  # fmt: skip
_NOT_HEEDED: Final = {Kind.FILLER, Kind.PAUSE, Kind.JUNK}  # but for standing between numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One change.  None means that nothing was said of it."""

    place: Place | None = None
    old: str | None = None
    new: str | None = None


NOTHING_SAID: Final = Wish()


def wishes_in(way: Way) -> tuple[Wish, ...] | None:
    """The changes asked for; one for each place that is named.  None when the words make no sense as such."""
    words = _sides_settled(way.tokens)
    if _may_end_in_a_particle(words):
        return None
    wishes: list[Wish] = []
    at = 0
    while at < len(words):
        wish, after = _Reader(words, at).wish()
        if after == at or wish is None:
            return None
        wishes.append(wish)
        at = after
    return _place_behind([wish for wish in wishes if wish != NOTHING_SAID]) or (NOTHING_SAID,)


def _place_behind(wishes: Sequence[Wish]) -> tuple[Wish, ...]:
    """「1です、最後は」 is one change."""
    if len(wishes) == 2 and wishes[0].place is None and wishes[1] == Wish(place=wishes[1].place):  # noqa: PLR2004
        return (replace(wishes[0], place=wishes[1].place),)
    return tuple(wishes)


def _may_end_in_a_particle(words: Sequence[Token]) -> bool:
    """「最後を1に」: behind を, what sounds like 2 at the very end is に; the other way to cut it has it so."""
    ends_in_two = len(words) > 1 and words[-1] == Token(Kind.DIGIT, "2") and words[-2].kind is Kind.DIGIT
    return ends_in_two and any(word.kind is Kind.BECOMES and word.value == "オ" for word in words)


def _sides_settled(words: Sequence[Token]) -> list[Token]:
    """「最初から」 before 「3番目」 is a side, elsewhere it means the whole number again."""
    out = list(words)
    for at, word in enumerate(out):
        ordinal = any(w.kind in (Kind.ORDINAL, Kind.ORDINAL_AFTER) for w in out[at + 1 : at + 4])
        if word.kind is Kind.RESTART and ordinal:
            out[at] = Token(Kind.FROM_START)
    return out


class _Reader:
    """Reads one wish from the words; `at` moves on."""

    def __init__(self, words: Sequence[Token], at: int) -> None:
        self._words = words
        self._at = at

    def wish(self) -> tuple[Wish | None, int]:
        """[wrong] [place] number not number, number becomes number, number."""
        self._skip(Kind.WRONG, Kind.BECOMES, Kind.JOINT, *_NOT_HEEDED)
        place = self._place()
        of_value = bool(place) and self._words[self._at - 1].kind is Kind.JOINT
        self._skip(Kind.BECOMES, Kind.JOINT, *_NOT_HEEDED)
        numbers, links = self._numbers()
        old, new = _old_and_new(numbers, links, has_place=place is not None)
        if numbers and old is None and new is None:
            return None, self._at
        if place and of_value:
            place = replace(place, of_value=True)
        return Wish(place=place, old=old, new=new), self._at

    def _numbers(self) -> tuple[list[str], list[frozenset[Kind]]]:
        """Numbers up to the next place, and which words stand behind each."""
        numbers: list[str] = []
        links: list[frozenset[Kind]] = [frozenset()]
        while self._at < len(self._words) and not self._is_place():
            if self._kind() is Kind.DIGIT:
                numbers.append(self._number())
                links.append(frozenset())
            else:
                links[-1] |= {self._words[self._at].kind}
                self._at += 1
        return _unbroken(numbers, links)

    def _place(self) -> Place | None:
        place = Place()
        while self._at < len(self._words) and self._is_place():
            kind = self._kind()
            if kind in _SIDES:
                if place.side:
                    break
                place = replace(place, side=kind)
                self._at += 1
            elif kind is Kind.GROUP:
                place = replace(place, is_group=True)
                self._at += 1
            else:
                number, is_count = self._counted()
                place = replace(place, count=number) if is_count else replace(place, nth=number)
            self._skip(Kind.JOINT)
        return None if place == Place() else place

    def _counted(self) -> tuple[int, bool]:
        """「4けた」, 「3番目」."""
        if self._kind() is Kind.DIGIT:
            value = int(self._number())
        else:
            value = int(self._words[self._at].value)
            is_count = self._kind() is Kind.COUNT
            self._at += 1
            return value, is_count
        is_count = self._kind() is Kind.COUNT_AFTER
        self._at += 1
        return value, is_count

    def _is_place(self) -> bool:
        if self._kind() in _SIDES | {Kind.GROUP, Kind.ORDINAL, Kind.COUNT}:
            return True
        after = self._after_digits(self._at)
        return after > self._at and self._kind_at(after) in (Kind.ORDINAL_AFTER, Kind.COUNT_AFTER)

    def _number(self) -> str:
        """Digits, and digits behind a の between them."""
        digits = ""
        while self._kind() is Kind.DIGIT:
            after = self._after_digits(self._at)
            digits += "".join(token.value for token in self._words[self._at : after])
            self._at = after
            joined = self._kind() is Kind.JOINT and self._kind_at(self._at + 1) is Kind.DIGIT
            behind = self._kind_at(self._after_digits(self._at + 1)) if joined else None
            if joined and behind not in (Kind.ORDINAL_AFTER, Kind.COUNT_AFTER):
                self._at += 1
            else:
                break
        return digits

    def _after_digits(self, at: int) -> int:
        while self._kind_at(at) is Kind.DIGIT:
            at += 1
        return at

    def _kind(self) -> Kind | None:
        return self._kind_at(self._at)

    def _kind_at(self, at: int) -> Kind | None:
        return self._words[at].kind if at < len(self._words) else None

    def _skip(self, *kinds: Kind) -> None:
        while self._kind() in kinds:
            self._at += 1


def _unbroken(numbers: Sequence[str], links: Sequence[frozenset[Kind]]) -> tuple[list[str], list[frozenset[Kind]]]:
    """A number said with hesitation is one: 「56、えーと、79」; not 「1です、7じゃなくて」."""
    kept_apart = len(numbers) == 2 and Kind.NOT in links[2] and Kind.FILLER in links[1]  # noqa: PLR2004
    out, behind = list(numbers[:1]), [links[0], *links[1:2]]
    for number, link in zip(numbers[1:], links[2:], strict=True):
        if behind[-1] <= _NOT_HEEDED and not kept_apart:
            out[-1] += number
            behind[-1] = link
        else:
            out.append(number)
            behind.append(link)
    return out, behind


def _old_and_new(
    numbers: Sequence[str], links: Sequence[frozenset[Kind]], *, has_place: bool
) -> tuple[str | None, str | None]:
    """Which number is wrong and which is right; (None, None) where numbers are said and it cannot be told."""
    behind = links[1:]
    if len(numbers) == 1 and behind[0] & {Kind.NOT, Kind.WRONG}:
        return numbers[0], None
    if len(numbers) == 1 and Kind.NOT not in links[0]:
        return None, numbers[0]
    if len(numbers) == 2:  # noqa: PLR2004
        if Kind.NOT in behind[0] or {Kind.BECOMES, Kind.WRONG} <= behind[0]:
            return numbers[0], numbers[1]
        if Kind.NOT in behind[1]:
            return numbers[1], numbers[0]
        if behind[0] & {Kind.WRONG, Kind.BECOMES}:
            slip = Kind.WRONG in behind[0] and has_place  # 「最後は7、違う、1」
            return None if slip else numbers[0], numbers[1]
    return None, None
