"""The telephone number of a callback, taken down from speech: at once or in groups, with restarts and hesitation.

Nothing is invented: a digit that did not sound as it should makes the number doubtful, and every number is read back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from intents.answers import Spoken
from intents.data_files import load
from intents.numerals import telephone
from intents.phone_extensions import without_extension
from intents.phone_numbers import Fit, e164, fit_of, groups_of, length_of
from intents.phone_tokens import Token, Way, ways_to_hear
from intents.phone_words import SLIP, Kind
from intents.transcripts import Transcript

_UNLIKELY: Final = {  # cost of what a number cannot be; natural numbers first
    Fit.VALID: 0.0,
    Fit.UNFINISHED: 0.6,
    Fit.NO_AREA_CODE: 1.2,
    Fit.NO_NUMBER: 2.0,
    Fit.TOO_LONG: 2.0,
}
_SAID_AGAIN: Final = 0.3  # the number from its beginning, though nobody said so
_CODE_BEHIND: Final = 0.2  # the area code after the rest
_JUNK_A_DIGIT: Final = 0.5  # sounds of other speech beside a digit, at most
_A_GROUP: Final = 4  # digits; 「1234の5678ですか」 is no question
_ENDS: Final = frozenset((Kind.LAST, Kind.MIDDLE, Kind.FROM_END, Kind.END_SIDE))
_ENOUGH: Final = 9  # digits that are a number whatever else is said


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDraft:
    """What is known of the number so far."""

    digits: str = ""  # ASCII
    last_group: int = 0  # how many digits were said last, in one go; what 「違う」 takes back
    doubtful: frozenset[int] = frozenset()  # places of digits that were not clearly heard

    @property
    def is_complete(self) -> bool:
        """Whether it is a valid number that a desk may call."""
        return fit_of(self.digits) is Fit.VALID


EMPTY: Final = PhoneDraft()


class HeardKind(StrEnum):
    """What an utterance did to the draft."""

    MORE = "more"  # digits were added or put right; still unfinished
    COMPLETE = "complete"  # valid; read it back
    NO_AREA_CODE = "no_area_code"  # digits kept; ask for the area code
    NO_NUMBER = "no_number"  # the draft now holds digits that can never become valid
    TOO_LONG = "too_long"  # the draft is as it was
    NOT_A_NUMBER = "not_a_number"  # likewise
    RESTART = "restart"  # the draft is empty


@dataclass(frozen=True, slots=True)
class Heard:
    """What an utterance did, and the draft after it."""

    kind: HeardKind
    draft: PhoneDraft


@dataclass(frozen=True, slots=True)
class Missing:
    """What an unfinished number lacks."""

    fit: Fit
    count: int  # digits that are missing; 0 where that cannot be told


def missing(draft: PhoneDraft) -> Missing:
    """How many digits are missing, or why it cannot become a number."""
    fit = fit_of(draft.digits)
    count = length_of(draft.digits) - len(draft.digits) if fit is Fit.UNFINISHED and draft.digits else 0
    return Missing(fit, count)


def e164_of(draft: PhoneDraft) -> str:
    """The finished number as "+819012345678".  Raises ValueError while it is not valid."""
    return e164(draft.digits)


def tells_end_alone(heard: Transcript) -> bool:
    """「最後が9」, 「下4けたは5678」: where digits stand of a number that was not told yet."""
    ways = ways_to_hear(without_extension(heard))
    if not ways or ways[0].junk or sum(token.kind is Kind.DIGIT for token in ways[0].tokens) >= _ENOUGH:
        return False
    behind = [token.kind for token in ways[0].tokens if token.kind in _ENDS or token.kind is Kind.DIGIT]
    return bool(behind) and behind[0] in _ENDS


def hear_digits(draft: PhoneDraft, heard: Transcript) -> Heard:
    """Take one utterance; of the ways to understand it, the likeliest that gives a possible number."""
    ways = ways_to_hear(without_extension(heard))
    if ways and _begins_anew(ways[0]):
        return Heard(HeardKind.RESTART, EMPTY)
    readings = [(way.cost + cost, after) for way in ways for cost, after in _after(draft, way)]
    if not readings or _is_other_speech(ways[0]):
        return Heard(HeardKind.NOT_A_NUMBER, draft)
    _, best = min(
        ((cost + _UNLIKELY[fit_of(after.digits)], after) for cost, after in readings), key=lambda pair: pair[0]
    )
    kind = _KINDS[fit_of(best.digits)]
    return Heard(kind, draft if kind is HeardKind.TOO_LONG else best)


_KINDS: Final = {
    Fit.VALID: HeardKind.COMPLETE,
    Fit.UNFINISHED: HeardKind.MORE,
    Fit.NO_AREA_CODE: HeardKind.NO_AREA_CODE,
    Fit.NO_NUMBER: HeardKind.NO_NUMBER,
    Fit.TOO_LONG: HeardKind.TOO_LONG,
}


def _begins_anew(way: Way) -> bool:
    """「最初から言います」, with no digit behind it."""
    digits_after = False
    for token in reversed(way.tokens):
        if token.kind is Kind.RESTART:
            return not digits_after
        digits_after = digits_after or token.kind is Kind.DIGIT
    said = {token.kind for token in way.tokens if token.value != SLIP}
    return Kind.WRONG in said and not said & {Kind.DIGIT, Kind.JUNK}


def _is_other_speech(way: Way) -> bool:
    """Words about something else, with a number in them at most: 「3番目」, 「3時ですか」."""
    digits = sum(token.kind is Kind.DIGIT for token in way.tokens)
    clear = sum(token.kind is Kind.DIGIT and token.is_clear for token in way.tokens)
    if digits >= _ENOUGH:
        return False
    about_places = any(way.has(kind) for kind in (Kind.ORDINAL, Kind.ORDINAL_AFTER, Kind.COUNT, Kind.COUNT_AFTER))
    asks = way.has(Kind.QUESTION) and digits < _A_GROUP
    if not clear and digits < _A_GROUP and way.has(Kind.FILLER):  # 「カレンダーを見るから」
        return True
    return not digits or way.junk > _JUNK_A_DIGIT * clear or about_places or asks


def _after(draft: PhoneDraft, way: Way) -> Iterator[tuple[float, PhoneDraft]]:
    """The drafts that this way may mean, each with its own cost."""
    stretches = _stretches(way.tokens)
    if stretches is None:
        return
    continued = draft
    alone: PhoneDraft | None = None
    for is_repair, groups in stretches:
        breath = len(continued.digits) - len(draft.digits)
        continued = _repaired(continued, groups, breath) if is_repair else _added(continued, groups)
        alone = _repaired(alone, groups, len(alone.digits)) if is_repair and alone else _added(alone or EMPTY, groups)
    if any(token.kind is Kind.RESTART for token in way.tokens):
        yield 0.0, _added(EMPTY, stretches[-1][1])
        return
    yield 0.0, continued
    yield from ((_SAID_AGAIN, after) for after in _begun_again(stretches))
    if alone and draft.digits and not stretches[0][0]:
        if alone.digits.startswith("0"):
            yield _SAID_AGAIN, alone
        if not draft.digits.startswith("0"):
            yield _CODE_BEHIND, _added(alone, [_Group(draft.digits, draft.doubtful)])


def _begun_again(stretches: Sequence[tuple[bool, list["_Group"]]]) -> Iterator[PhoneDraft]:
    """A whole number that stands behind a beginning that came to nothing: 「045の、ええと、045の681の1234」."""
    groups = [group for _, stretch in stretches for group in stretch]
    for place, group in enumerate(groups[1:], 1):
        after = _added(EMPTY, groups[place:]) if group.digits.startswith("0") else EMPTY
        if after.is_complete:
            yield after


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits said in one go."""

    digits: str
    doubtful: frozenset[int]


def _stretches(tokens: Sequence[Token]) -> list[tuple[bool, list[_Group]]] | None:
    """Groups of digits between repairs, each with whether it follows 「違う」; None when there is no digit at all."""
    out: list[tuple[bool, list[_Group]]] = [(False, [])]
    run: list[Token] = []
    skipped = False  # something between digits that was not understood: one may be missing
    for token in (*tokens, Token(Kind.PAUSE)):
        if token.kind is Kind.DIGIT:
            run.append(replace(token, is_clear=token.is_clear and not skipped))
            skipped = False
            continue
        skipped = skipped or (token.kind is Kind.JUNK and bool(run or any(groups for _, groups in out)))
        if run:
            out[-1][1].append(_group(run))
            run = []
        if token.kind in (Kind.WRONG, Kind.NOT, Kind.RESTART) and (out[-1][1] or not out[-1][0]):
            out.append((True, []))
    if not any(groups for _, groups in out):
        return None
    return out if out[0][1] else out[1:]


def _group(run: Sequence[Token]) -> _Group:
    unclear = frozenset(place for place, token in enumerate(run) if not token.is_clear)
    return _Group("".join(token.value for token in run), unclear)


def _added(draft: PhoneDraft, groups: Sequence[_Group]) -> PhoneDraft:
    for group in groups:
        doubtful = draft.doubtful | {place + len(draft.digits) for place in group.doubtful}
        draft = PhoneDraft(digits=draft.digits + group.digits, last_group=len(group.digits), doubtful=doubtful)
    return draft


def _repaired(draft: PhoneDraft, groups: Sequence[_Group], breath: int) -> PhoneDraft:
    """What was said after 「違う」: the number from its beginning, the last group anew, or all `breath` digits just said."""
    if not groups:
        return _without_last(draft, draft.last_group)
    if groups[0].digits.startswith("0") and draft.digits:
        alone = _added(EMPTY, groups)
        if _can_start(alone, draft):
            return alone
    tries = [
        _added(_without_last(draft, size), groups)
        for size in (draft.last_group, len(groups[0].digits), breath or draft.last_group)
    ]
    return min(tries, key=lambda after: _UNLIKELY[fit_of(after.digits)])


def _can_start(alone: PhoneDraft, draft: PhoneDraft) -> bool:
    """Whether digits beginning with 0 are the number again, and not a group that happens to: 「0912、違う、0913」."""
    if fit_of(alone.digits) is Fit.VALID:
        return True
    return fit_of(alone.digits) is Fit.UNFINISHED and (
        draft.last_group == len(draft.digits) or alone.digits[:2] == draft.digits[:2]
    )


def _without_last(draft: PhoneDraft, size: int) -> PhoneDraft:
    kept = draft.digits[: max(0, len(draft.digits) - size)]
    return PhoneDraft(digits=kept, last_group=0, doubtful=frozenset(p for p in draft.doubtful if p < len(kept)))


def read_back(draft: PhoneDraft) -> Spoken:
    """The digits in groups, read one by one: 「ゼロキューゼロ、イチニーサンヨン、ゴーロクナナハチ」."""
    groups = groups_of(draft.digits)
    reading = "、".join(telephone(group) for group in groups)
    return Spoken(text="-".join(groups), reading=reading, is_personal=bool(groups))


def say(name: str, draft: PhoneDraft = EMPTY, **named: str) -> Spoken:
    """The sentence of that name in data/phone.toml; {number} is the draft read back.  Raises KeyError for an unknown one."""
    number = read_back(draft)
    text = load("phone")["prompts"][name].format(number=number.text, **named)
    digits = {value: telephone(value) for value in named.values() if len(value) > 1 and value.isdecimal()}
    told = {number.text: number.reading or "", **digits} if number.text else digits
    return Spoken(text=text, overrides=told, is_personal=bool(told))


def cleared(draft: PhoneDraft) -> PhoneDraft:
    """The draft once the customer has said yes to it: no digit is doubtful any more."""
    return replace(draft, doubtful=frozenset())
