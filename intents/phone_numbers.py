"""The Japanese numbering plan as a callback needs it: what is a number, how it is grouped, what is missing to one."""

from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

HOME_REGION: Final = "JP"
LONGEST: Final = 11  # digits
SHORTEST: Final = 10
_NEVER_CALLED: Final = frozenset({  # what costs the caller, and what no human answers
    PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN, PhoneNumberType.PAGER,
})  # fmt: skip
_ELEVEN_DIGITS: Final = ("020", "050", "060", "070", "080", "090")
_FOUR_FIRST: Final = ("0120", "0800")
_TRIED: Final = (*(digit * SHORTEST for digit in "0123456789"), "2345678901", "3216549870")


class Fit(StrEnum):
    """What digits are as a telephone number."""

    VALID = "valid"
    UNFINISHED = "unfinished"  # more digits could make it one
    NO_AREA_CODE = "no_area_code"  # does not begin with 0
    NO_NUMBER = "no_number"  # no such number, whatever follows
    TOO_LONG = "too_long"


@lru_cache(maxsize=128)  # of one utterance; numbers are personal
def fit_of(digits: str) -> Fit:
    """What these ASCII digits are; "" is unfinished."""
    if not digits.startswith("0"):
        return Fit.NO_AREA_CODE if digits else Fit.UNFINISHED
    if is_valid(digits):
        return Fit.VALID
    if len(digits) > length_of(digits):
        return Fit.TOO_LONG
    if len(digits) == length_of(digits):
        return Fit.NO_NUMBER
    return Fit.UNFINISHED if _may_become_valid(digits) else Fit.NO_NUMBER


def length_of(digits: str) -> int:
    """How many digits a number has that begins like this."""
    return LONGEST if digits.startswith(_ELEVEN_DIGITS) else SHORTEST


@lru_cache(maxsize=128)  # of one utterance; numbers are personal
def is_valid(digits: str) -> bool:
    """Whether it is a number in use that a desk may call, national, with its 0."""
    number = _parsed(digits)
    return (
        number is not None
        and digits.startswith("0")
        and not digits.startswith("00")
        and len(digits) == length_of(digits)
        and phonenumbers.is_valid_number(number)
        and phonenumbers.number_type(number) not in _NEVER_CALLED
    )


def e164(digits: str) -> str:
    """A valid number as "+819012345678".  Raises ValueError, without repeating it, for any other."""
    number = _parsed(digits)
    if number is None or not is_valid(digits):
        raise ValueError("is no valid phone number")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def groups_of(digits: str) -> tuple[str, ...]:
    """The digits as they are written in groups: 0463, 12, 3456; unfinished numbers as far as they go."""
    number = _parsed(digits)
    if number is not None and is_valid(digits):
        written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL).split("-")
        if "".join(written) == digits:
            return tuple(written)
    return _by_size(digits)


def _by_size(digits: str) -> tuple[str, ...]:
    if digits.startswith(_FOUR_FIRST):
        sizes = (4, 3, 4)
    elif digits.startswith(_ELEVEN_DIGITS):
        sizes = (3, 4, 4)
    else:
        sizes = (2, 4, 4) if digits.startswith(("03", "06")) else (3, 3, 4)
    out, at = [], 0
    for size in (*sizes, len(digits)):
        out.append(digits[at : at + size])
        at += size
    return tuple(group for group in out if group)


def _may_become_valid(digits: str) -> bool:
    room = length_of(digits) - len(digits)
    return any(is_valid(digits + tried[:room]) for tried in _TRIED) or len(digits) == 1


def _parsed(digits: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(digits, HOME_REGION)
    except NumberParseException:
        return None
