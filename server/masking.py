"""Names and numbers as lists show them: in full, or only so much that two customers can be told apart."""

import re
import unicodedata
from itertools import takewhile
from typing import Final

import phonenumbers

from server.labels import label

STARS: Final = "＊＊"  # always two: how long a name is says something, too
ENDING_SHOWN: Final = 4  # digits, at most
_HONORIFIC = re.compile(r"\s*(様|さま|さん)$")


def shown_name(name: str | None, reading: str | None, *, full: bool) -> str:
    """Return the name for a list, or else the reading, or else that there is none; `full` for who may see it."""
    given = _plain(name) or _plain(reading)
    if not given:
        return label("customer", "unnamed")
    return _honoured(given) if full else mask_name(given)


def shown_phone(e164: str, *, full: bool) -> str:
    """Return an E.164 number as people write it: Japanese ones without, others with their country code."""
    written = _written(e164)
    return written if full else _masked_digits(written)


def mask_name(name: str) -> str:
    """「山田 太郎」 becomes 「山＊＊ 様」; the first character keeps its variation selector and accents."""
    plain = _plain(name)
    rest = plain[1:]
    marks = "".join(takewhile(lambda sign: unicodedata.category(sign).startswith("M"), rest))
    return _honoured(f"{plain[:1]}{marks}{STARS}")


def _plain(text: str | None) -> str:
    return _HONORIFIC.sub("", (text or "").strip())


def _honoured(name: str) -> str:
    return label("customer", "honoured").format(name=name)


def _written(e164: str) -> str:
    number = phonenumbers.parse(e164)
    home = phonenumbers.region_code_for_country_code(number.country_code or 0) == "JP"
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def _masked_digits(written: str) -> str:
    """Hide all digits but the first group's and the last ones; never fewer are hidden than shown at the end."""
    first, rest = re.match(r"(\S+?(?=[- ]|$))(.*)", written).groups()  # type: ignore[union-attr]  # matches any text
    ending = re.split(r"\D", rest)[-1]
    shown = min(ENDING_SHOWN, len(ending), sum(map(str.isdigit, rest)) // 2)
    cut = len(rest) - shown
    return first + re.sub(r"\d", "*", rest[:cut]) + rest[cut:]
