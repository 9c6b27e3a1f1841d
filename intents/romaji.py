"""Romaji read as kana: the labels of web addresses are mostly Japanese words (hidamari is ヒダマリ)."""

import re
from typing import Final

from intents.morae import GEMINATE, NASAL, PHONES_MORA

_SPELLINGS: Final = {
    "si": "シ", "ti": "チ", "tu": "ツ", "hu": "フ", "zi": "ジ", "sya": "シャ", "syu": "シュ", "syo": "ショ", "tya": "チャ",
    "tyu": "チュ", "tyo": "チョ", "zya": "ジャ", "zyu": "ジュ", "zyo": "ジョ", "jya": "ジャ", "jyu": "ジュ", "jyo": "ジョ",
    "cha": "チャ", "wo": "オ", "di": "ジ", "du": "ズ",
}  # fmt: skip
_SYLLABLES: Final = {
    **{"".join(phones): mora for phones, mora in PHONES_MORA.items() if phones[-1] in "aiueo"},
    **_SPELLINGS,
}
_FOREIGN: Final = frozenset({"ye", "wi", "we", "va", "vi", "vu", "ve", "vo", "tsa", "tsi", "tse", "tso", "fyu"})
_PIECE: Final = re.compile(
    r"(?P<double>([kstpgdbzjc])(?=\2)|t(?=ch))|(?P<nasal>n(?![aiueoy])|m(?=[bmp]))|[a-z]{0,2}?[aiueo]"
)


def romaji_kana(word: str) -> str | None:
    """Lower-case romaji in katakana; None when the word is not romaji through and through."""
    out: list[str] = []
    place = 0
    while place < len(word):
        match = _PIECE.match(word, place)
        said = match and _said(match)
        if not match or not said:
            return None
        out.append(said)
        place = match.end()
    return "".join(out)


def _said(match: re.Match[str]) -> str | None:
    if match["double"]:
        return GEMINATE
    if match["nasal"]:
        return NASAL
    return None if match[0] in _FOREIGN else _SYLLABLES.get(match[0])
