"""Numbers that count or measure, as text for the synthesiser: prices, counters, units, ranges, fractions.

Numbers become kanji numerals, because Open JTalk then knows the accent and the change of sound before a counter
(三本 is サンボン); where it misreads them they become kana (`endings` in the data file).
"""

import re
from typing import Final

from intents import numerals
from intents.rewriting import Rule, rule
from intents.spoken_data import (
    AFTER_KANA,
    CURRENCIES,
    ENDINGS,
    FRACTION_OF,
    REPEATED_COUNTERS,
    UNITS,
    ZERO,
    alternatives,
)

NUMBER: Final = r"(?<![0-9])(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
HYPHEN: Final = "[-‐‑‒–—―−ー]"
TILDE: Final = "[〜~∼]"
_UNIT: Final = f"(?:{alternatives(UNITS)})(?![A-Za-z])"


def number(written: str) -> str:
    """A number as written (with commas, with decimals) in words."""
    whole, _, decimals = written.replace(",", "").partition(".")
    if len(whole.lstrip("0")) > len(str(numerals.LARGEST)):
        return numerals.telephone(whole) + ("テン" + numerals.telephone(decimals) if decimals else "")
    said = numerals.kanji(int(whole.lstrip("0") or 0))
    if decimals:
        return (said or "零") + "点" + "".join(numerals.KANJI_DIGITS[int(d)] for d in decimals).replace("〇", "零")
    return said or "ゼロ"


def counted(written: str, counter: str) -> str:
    """A number and its counter in words, with the change of sound: 10 and 分 give ジュップン."""
    said = number(written)
    if said == "ゼロ" and counter in ZERO:
        return ZERO[counter]
    for numeral, ending in ENDINGS.get(counter, {}).items():
        if said.endswith(numeral) and len(said) <= len(str(numerals.LARGEST)):
            return numerals.numeral_kana(said.removesuffix(numeral)) + ending
    return said + counter


def _in_kana(match: re.Match[str]) -> str | None:
    """A number that has to be in kana with its counter, and with what Open JTalk would misread after kana."""
    said = counted(match[1], match[2])
    return said + AFTER_KANA.get(match[3], "") if "ァ" <= said[-1] <= "ー" else None


def _with_unit(match: re.Match[str]) -> str:
    return counted(match[1], UNITS[match[2]])


def _price(match: re.Match[str]) -> str:
    return counted(match[2], CURRENCIES[match[1]])


def _list_number(match: re.Match[str]) -> str:
    return number(match[1]) + "、"


def _range_start(match: re.Match[str]) -> str | None:
    """The first end of a range, which takes the counter of the second: 7〜10日 is 「七日から、十日」."""
    first, dash, second, counter = match.groups()
    low, high = first.replace(",", ""), second.replace(",", "")
    if re.fullmatch(HYPHEN, dash) and not (float(low) < float(high) and len(high) <= len(low) + 1):
        return None  # 12-3456 is a number of an order
    return counted(first, UNITS.get(counter, counter)) + "から、"


def _fraction(match: re.Match[str]) -> str | None:
    above, below = match["above"], match["below"]
    return f"{number(below)}分の{number(above)}" if 0 < int(above) < int(below) else None


_REPEATED: Final = alternatives(REPEATED_COUNTERS)
RULES: Final[tuple[Rule, ...]] = (
    rule(rf"(?<![^\n])([0-9]{{1,2}})\s+(?![0-9\s]|{_REPEATED}|{_UNIT})", _list_number),
    rule(r"(?<![A-Za-z0-9])B([0-9]{1,2})(?:F(?![A-Za-z])|階)", lambda match: f"地下{counted(match[1], '階')}"),
    rule(rf"([{re.escape(''.join(CURRENCIES))}])\s?({NUMBER})円?", _price),
    rule(rf"({NUMBER})\s?({TILDE}|{HYPHEN})\s?(?=({NUMBER})\s?({_REPEATED}|{_UNIT}))", _range_start),
    rule(r"(?<![0-9])(?P<below>[0-9]{1,4})分の(?P<above>[0-9]{1,4})(?![0-9])", _fraction),
    rule(
        rf"(?<![0-9/])(?P<above>[0-9]{{1,4}})[/⁄](?P<below>[0-9]{{1,4}})(?=\s?(?:{alternatives(FRACTION_OF)}))",
        _fraction,
    ),
    rule(rf"({NUMBER})(?:\s(?![A-Z](?![A-Za-z])))?({_UNIT})", _with_unit),
    rule(rf"({NUMBER})({alternatives([*ENDINGS, *ZERO])})({alternatives(AFTER_KANA)})?", _in_kana),
)
LAST_RULES: Final[tuple[Rule, ...]] = (
    rule(r"(?<![0-9,.])1,?000(?=[万億兆])", "一千"),
    rule(r"(?<![0-9/])(?P<above>[0-9]{1,4})[/⁄](?P<below>[0-9]{1,4})(?![0-9/])", _fraction),
    rule(NUMBER, lambda match: number(match[0])),
)
