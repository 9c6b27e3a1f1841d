"""Whole numbers in words: kanji numerals, kana, and digits said one by one."""

from typing import Final

KANJI_DIGITS: Final = "〇一二三四五六七八九"
LARGEST: Final = 10**16 - 1  # beyond it nobody follows; digits are said one by one
_DIGITS: Final = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")
_TELEPHONE: Final = ("ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュー")
_SMALL: Final = ((1000, "千"), (100, "百"), (10, "十"))
_LARGE: Final = ((10**12, "兆"), (10**8, "億"), (10**4, "万"))
_KANA: Final = {
    "三千": "サンゼン", "八千": "ハッセン", "一千": "イッセン", "三百": "サンビャク", "六百": "ロッピャク", "八百": "ハッピャク",
    "一兆": "イッチョー", "八兆": "ハッチョー", "十兆": "ジュッチョー",
    "零点": "レーテン", "一点": "イッテン", "八点": "ハッテン", "十点": "ジュッテン", "点": "テン", "零": "ゼロ",
    "兆": "チョー", "億": "オク", "万": "マン", "千": "セン", "百": "ヒャク", "十": "ジュー", "〇": "ゼロ",
    **{kanji: _DIGITS[digit] for digit, kanji in enumerate(KANJI_DIGITS) if digit},
}  # fmt: skip


def kanji(number: int) -> str:
    """Kanji numerals of 1 to `LARGEST`: 1980 is 千九百八十, 10000000 is 一千万."""
    out = ""
    for value, sign in _LARGE:
        group, number = divmod(number, value)
        if group:
            out += ("一千" if _group(group) == "千" else _group(group)) + sign  # 千万 is said イッセンマン
    return out + _group(number)


def _group(number: int) -> str:
    out = ""
    for value, sign in _SMALL:
        times, number = divmod(number, value)
        if times:
            out += (KANJI_DIGITS[times] if times > 1 else "") + sign
    return out + (KANJI_DIGITS[number] if number else "")


def kana(number: int) -> str:
    """A number from 0 to `LARGEST` in katakana, as it is said with nothing after it."""
    return numeral_kana(kanji(number)) or _DIGITS[0]


def numeral_kana(numerals: str) -> str:
    """Kanji numerals made by `kanji`, or two of them with 点 between, in katakana."""
    out = ""
    while numerals:
        size = 2 if numerals[:2] in _KANA else 1
        out += _KANA[numerals[:size]]
        numerals = numerals[size:]
    return out


def telephone(digits: str) -> str:
    """ASCII digits one by one, as on the telephone: 2 and 5 are drawn out to the length of the others."""
    return "".join(_TELEPHONE[int(digit)] for digit in digits)


def digit_by_digit(digits: str) -> str:
    """ASCII digits one by one, none drawn out: what people do with the digits of a code (C02 is シーゼロニ)."""
    return "".join(_DIGITS[int(digit)] for digit in digits)
