"""Taking out of a text what may be a telephone number: seven digits and more, written or spoken, whatever joins them.

The device masks before it sends; this is done again before anything is kept.  Prices and counts stay as they are: those
have a counter or a place word in between.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from intents.data_files import load

MASK: Final = "＊＊＊＊"
FEWEST: Final = 7  # digits: a number without its area code
_NUMERALS: Final = "0-9０-９〇零○◯一二三四五六七八九壱弐参伍"
_SIGNS: Final = r"\s・、。/／\-‐-―−－~〜～()（）+＋|"
_DRAWN: Final = "ーウイィッ"  # ニイ, キュウ; not of the digit, for ニイチ are two
_TO_KATAKANA: Final = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


def mask_numbers(text: str) -> str:
    """Return the text with each such run replaced by MASK; never longer than before."""
    folded = text.translate(_TO_KATAKANA)  # sign by sign: places stay the same
    found, last = [], 0
    for match in _runs().finditer(folded):
        found += [text[last : match.start()], MASK]
        last = match.end()
    return "".join([*found, text[last:]])


@cache
def _runs() -> re.Pattern[str]:
    heard = load("phone_words")
    digit = f"(?:[{_NUMERALS}]|{_any(word for words in heard['digits'].values() for word in words)})"
    between = f"(?:[{_SIGNS}{_DRAWN}]|{_any([*heard['words']['joint'], *heard['words']['filler']])}){{0,5}}"
    return re.compile(f"{digit}(?:{between}{digit}){{{FEWEST - 1},}}")


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(set(words), key=lambda word: (-len(word), word))))
