"""Telephone numbers a desk may call, as E.164."""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

HOME_REGION = "JP"  # numbers without a country code are Japanese
LONGEST = 40  # characters as written, with all their hyphens
_WRITTEN = re.compile(r"[+0-9()\-.\s/‐-―−ー]+")
_NAVI_DIAL = "+81570"  # the caller pays, by the minute; phonenumbers counts it as universal access
_COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})


def e164(written: str) -> str:
    """Return 「０９０-１２３４-５６７８」 or "+81 90 1234 5678" as "+819012345678".

    Raises ValueError, without repeating the number, for what is no number, one not in use in its
    country's plan, one with letters or an extension (which E.164 would silently lose), or one that costs the caller.
    """
    text = unicodedata.normalize("NFKC", written).strip()
    if len(text) > LONGEST or not _WRITTEN.fullmatch(text):
        raise ValueError("must be a phone number of digits, +, brackets and hyphens, without letters or extension")
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except NumberParseException as error:
        raise ValueError("is no phone number") from error
    if not phonenumbers.is_valid_number(number):
        raise ValueError("is no valid phone number")
    found = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if phonenumbers.number_type(number) in _COSTLY or found.startswith(_NAVI_DIAL):
        raise ValueError("is a number that costs the caller")
    return found
