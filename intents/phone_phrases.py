"""What to let a recogniser expect while a telephone number is asked for or put right."""

from itertools import pairwise
from typing import Final

_DIGITS: Final = ("ゼロ", "れい", "一", "二", "三", "四", "五", "六", "七", "八", "九", "なな", "よん", "まる")
_PLACES: Final = (
    "最後",
    "一番最後",
    "最初",
    "真ん中",
    "市外局番",
    "下から二番目",
    "最後の四桁",
    "下四桁",
    "三番目",
    "五番目",
)
_SENTENCES: Final = (
    "最初から言います", "最初からお願いします", "もう一度言います", "違います", "間違えました", "番号が違います", "電話番号は", "携帯は", "自宅は",
    "えーと", "あの", "はい", "いいえ", "フリーダイヤル",
)  # fmt: skip


def digit_phrases() -> tuple[str, ...]:
    """Phrases for the run-time grammar of a model of words, in ordinary writing.

    Vosk makes a bigram of them, so every digit stands once before every other; what follows is as likely as what is listed.
    """
    pairs = [f"{one}{other}" for one in _DIGITS for other in _DIGITS]
    ends = [f"{digit}{behind}" for digit in _DIGITS for behind in ("の", "です", "じゃなくて", "になります")]
    starts = [f"{before}{digit}" for digit in _DIGITS for before in ("の", "じゃなくて", "は", "が", "えーと")]
    changes = [f"{place}は{one}じゃなくて{other}です" for place in _PLACES for one, other in pairwise(_DIGITS)]
    changes += [f"{place}が{digit}です" for place in _PLACES for digit in _DIGITS]
    return tuple(dict.fromkeys([*pairs, *ends, *starts, *changes, *_SENTENCES]))
