"""Corrections of a telephone number that was read back: one digit, a group, or the number again.

What could mean two things is asked, never guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest
from typing import Final

from intents.answers import Spoken
from intents.phone_numbers import LONGEST, SHORTEST, Fit, fit_of, groups_of
from intents.phone_places import Place, Span, span_of
from intents.phone_relations import related
from intents.phone_slot import EMPTY, HeardKind, PhoneDraft, hear_digits, say
from intents.phone_tokens import Way, ways_to_hear
from intents.phone_wishes import NOTHING_SAID, Wish, wishes_in
from intents.phone_words import Kind
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript

_UNSURE_WORDS: Final = 1.5  # of a way with unknown or unclear words in it
_UNCHANGED: Final = 0.5
_PLACE_ALONE: Final = 0.1  # 「いちばん最後」 is a place, not a 1
_JUNK: Final = 5  # sounds of unknown speech; beyond it, it is about something else


class Reason(StrEnum):
    """Why a correction must be asked about; also the name of the sentence in data/phone.toml."""

    WHAT = "what"  # something is wrong, or nothing was understood
    WHICH = "which"  # the wrong digit occurs more than once
    WHERE = "where"  # the right digit is known, its place is not
    HOW_MANY = "how_many"  # more or fewer digits than there are in that place
    MISMATCH = "mismatch"  # what is said to be wrong does not stand there
    INVALID = "invalid"  # the result would be no number in use
    RESTART = "restart"  # the customer wants to say it all again


@dataclass(frozen=True, slots=True)
class Corrected:
    """The number after the correction, to be read back again."""

    draft: PhoneDraft
    changed: tuple[int, ...]  # places whose digits are other ones now; () when all are as they were


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """The number stays as it is; something must be asked."""

    reason: Reason
    wish: Wish = NOTHING_SAID  # what was understood of it; give it back to `correct` with the answer
    places: tuple[int, ...] = ()  # where the wrong digits stand, for WHICH


_TAKEN_BACK: Final = {Reason.MISMATCH, Reason.INVALID, Reason.HOW_MANY}  # what was said to be wrong does not hold
_PRICE: Final = {
    Reason.RESTART: 0.0, Reason.WHICH: 0.1, Reason.WHERE: 0.9, Reason.HOW_MANY: 0.9, Reason.MISMATCH: 0.9,
    Reason.INVALID: 0.9, Reason.WHAT: 1.2,
}  # fmt: skip


def correct(draft: PhoneDraft, heard: Transcript, asked: Unclear | None = None) -> Corrected | Unclear:
    """Take what the customer said to the number read back; `asked` is what the last correction left open."""
    anew = hear_digits(EMPTY, heard)
    if anew.kind is HeardKind.COMPLETE:
        return _changed(draft, anew.draft)
    if reply_in(heard) is Reply.NO:  # nothing is changed by a mere no
        return Unclear(reason=Reason.WHAT)
    outcomes = [
        (way.cost + _price(way, outcome), outcome)
        for way in ways_to_hear(heard)
        for outcome in [_tried(draft, way, asked)]
    ]
    return min(outcomes, key=lambda pair: pair[0])[1] if outcomes else Unclear(reason=Reason.WHAT)


def ask(unclear: Unclear) -> Spoken:
    """What to ask the customer then."""
    if unclear.reason is Reason.WHAT and unclear.wish.place and not unclear.wish.old:
        return say("what_there")
    if unclear.reason is Reason.MISMATCH and unclear.wish.place:
        return say("mismatch_there", old=unclear.wish.old or "")
    old, new = unclear.wish.old or "", unclear.wish.new or ""
    return say(unclear.reason.value, old=old, new=new, count=str(len(unclear.places)))


def _price(way: Way, outcome: Corrected | Unclear) -> float:
    unsure = way.junk > 0 or way.has_unclear_digits
    if isinstance(outcome, Unclear) and outcome.reason is Reason.WHAT and outcome.wish.place and not unsure:
        return _PLACE_ALONE
    if isinstance(outcome, Unclear):
        return _PRICE[outcome.reason] + _UNSURE_WORDS * (unsure and outcome.reason is not Reason.WHAT)
    return _UNSURE_WORDS * unsure + _UNCHANGED * (not outcome.changed)


def _tried(draft: PhoneDraft, way: Way, asked: Unclear | None) -> Corrected | Unclear:
    if not way.junk and not way.has_unclear_digits and (beside := related(draft, way)):
        return _changed(draft, beside)
    wishes = wishes_in(way)
    is_other_speech = way.has(Kind.SWAP) or way.junk > _JUNK or (way.junk > 0 and way.has_unclear_digits)
    if not wishes or is_other_speech or way.has(Kind.QUESTION):
        return Unclear(reason=Reason.WHAT)
    if way.has(Kind.RESTART) and wishes == (NOTHING_SAID,):
        return Unclear(reason=Reason.RESTART)
    if asked and len(wishes) == 1 and wishes != (NOTHING_SAID,):
        wishes = (_completed(wishes[0], asked),)
    after = draft
    for wish in wishes:
        outcome = _granted(after, wish, asked)
        if isinstance(outcome, Unclear):
            return outcome
        after = outcome
    if fit_of(after.digits) is not Fit.VALID:
        return Unclear(reason=Reason.INVALID, wish=wishes[0])
    return _changed(draft, after)


def _changed(before: PhoneDraft, after: PhoneDraft) -> Corrected:
    pairs = zip_longest(before.digits, after.digits)
    changed = tuple(place for place, (old, new) in enumerate(pairs) if old != new and place < len(after.digits))
    return Corrected(after, changed)


def _completed(wish: Wish, asked: Unclear) -> Wish:
    """The answer to a question, with what had been understood before it."""
    whole_anew = wish.place and wish.new and asked.reason in _TAKEN_BACK
    old, new = wish.old or (None if whole_anew else asked.wish.old), wish.new
    if wish.place and wish.old is None and new == asked.wish.old:  # 「最後の7です」
        new = None
    return Wish(place=wish.place or asked.wish.place, old=old, new=new or asked.wish.new)


def _granted(draft: PhoneDraft, wish: Wish, asked: Unclear | None) -> PhoneDraft | Unclear:
    if wish.new is None:
        return Unclear(reason=Reason.WHAT, wish=wish)
    if len(wish.new) >= SHORTEST:  # the number again, but no valid one
        return Unclear(reason=Reason.INVALID if len(wish.new) <= LONGEST else Reason.HOW_MANY, wish=wish)
    if wish.place is None:
        return _anywhere(draft, wish)
    if wish.old is None:
        return _at_place(draft, wish, wish.place)
    spans = _spans_of_old(draft, wish, wish.place, asked)
    return _one_of(draft, wish, spans)


def _anywhere(draft: PhoneDraft, wish: Wish) -> PhoneDraft | Unclear:
    if wish.old is None:
        return _area_code(draft, wish) or Unclear(reason=Reason.WHERE, wish=wish)
    return _one_of(draft, wish, [Span(at, at + len(wish.old)) for at in _found(wish.old, draft.digits)])


def _area_code(draft: PhoneDraft, wish: Wish) -> PhoneDraft | None:
    """「いや、080」: what begins with 0 and is as long as the first group stands there, if that makes a number."""
    size, new = len(groups_of(draft.digits)[0]), wish.new or ""
    digits = new + draft.digits[size:]
    fits = new.startswith("0") and len(new) == size and fit_of(digits) is Fit.VALID
    return replace(draft, digits=digits, last_group=size) if fits else None


def _one_of(draft: PhoneDraft, wish: Wish, spans: Sequence[Span]) -> PhoneDraft | Unclear:
    if not spans:
        return Unclear(reason=Reason.MISMATCH, wish=wish)
    if len(spans) > 1:
        return Unclear(reason=Reason.WHICH, wish=replace(wish, place=None), places=tuple(span.start for span in spans))
    return _replaced(draft, wish, spans[0])


def _at_place(draft: PhoneDraft, wish: Wish, place: Place) -> PhoneDraft | Unclear:
    span = span_of(place, draft.digits, len(wish.new or ""))
    return _replaced(draft, wish, span) if span else Unclear(reason=Reason.WHERE, wish=wish)


def _spans_of_old(draft: PhoneDraft, wish: Wish, place: Place, asked: Unclear | None) -> list[Span]:
    """Where what is wrong may stand, given the place."""
    old = wish.old or ""
    everywhere = _found(old, draft.digits)
    region = span_of(place, draft.digits, len(old))
    inside = [at for at in everywhere if region and region.start <= at and at + len(old) <= region.end]
    nth = _nth_of_value(place, everywhere) if place.of_value or asked else None
    if not inside and nth is not None:
        inside = [nth]
    elif nth is not None and nth not in inside and place.side is None:
        inside.append(nth)  # 「2番目の7」: the second 7, or the second digit
    whole = region and region.is_whole_group and region.end - region.start == len(old)
    return [Span(at, at + len(old), is_whole_group=bool(whole)) for at in inside]


def _nth_of_value(place: Place, everywhere: Sequence[int]) -> int | None:
    """「最後の7」 is the last 7, 「2番目の7」 the second."""
    if place.count or place.is_group or not everywhere:
        return None
    if place.side is None:
        return everywhere[place.nth - 1] if 0 < place.nth <= len(everywhere) else None
    if place.nth:
        return None
    at_end = place.side in (Kind.LAST, Kind.END_SIDE)
    return everywhere[-1 if at_end else 0] if at_end or place.side in (Kind.FIRST, Kind.START_SIDE) else None


def _found(old: str, digits: str) -> list[int]:
    return [at for at in range(len(digits) - len(old) + 1) if digits.startswith(old, at)]


def _replaced(draft: PhoneDraft, wish: Wish, span: Span) -> PhoneDraft | Unclear:
    new = wish.new or ""
    digits = draft.digits[: span.start] + new + draft.digits[span.end :]
    same_length = len(new) == span.end - span.start
    if not same_length and not (fit_of(digits) is Fit.VALID and (span.is_whole_group or not draft.is_complete)):
        return Unclear(reason=Reason.HOW_MANY, wish=wish)
    doubtful = (
        frozenset(place for place in draft.doubtful if not span.start <= place < span.end)
        if same_length
        else frozenset()
    )
    return PhoneDraft(digits=digits, last_group=len(new), doubtful=doubtful)
