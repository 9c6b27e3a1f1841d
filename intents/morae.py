"""Japanese phones and morae: the alphabet of readings.

A mora is written in katakana ("キョ", "ン", "ー") and is one "word" of the decoding graph.  Two normal forms keep
readings unambiguous: a vowel that repeats the vowel before it is written as the long mark (を after お too), and the
long mark, the moraic nasal and the geminate never follow themselves.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

VOWELS: Final = ("a", "i", "u", "e", "o")
_ROWS: Final = {
    "": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サスィスセソ",
    "z": "ザズィズゼゾ", "t": "タティトゥテト", "d": "ダディドゥデド", "n": "ナニヌネノ",
    "h": "ハヒホゥヘホ", "b": "バビブベボ", "p": "パピプペポ", "m": "マミムメモ",
    "r": "ラリルレロ", "y": "ヤ*ユイェヨ", "w": "ワウィ*ウェウォ", "v": "ヴァヴィヴヴェヴォ",
    "f": "ファフィフフェフォ", "sh": "シャシシュシェショ", "ch": "チャチチュチェチョ",
    "j": "ジャジジュジェジョ", "ts": "ツァツィツツェツォ", "ky": "キャ*キュキェキョ",
    "gy": "ギャ*ギュギェギョ", "ny": "ニャ*ニュニェニョ", "hy": "ヒャ*ヒュヒェヒョ",
    "by": "ビャ*ビュビェビョ", "py": "ピャ*ピュピェピョ", "my": "ミャ*ミュミェミョ",
    "ry": "リャ*リュリェリョ", "ty": "テャ*テュ*テョ", "dy": "デャ*デュ*デョ",
}  # fmt: skip
LONG, NASAL, GEMINATE = "ー", "ン", "ッ"


def _build() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for consonant, row in _ROWS.items():
        for vowel, kana in zip(VOWELS, re.findall(r"\*|[ァ-ヴ][ァィゥェォャュョ]?", row), strict=True):
            if kana != "*":
                table[kana] = (consonant, vowel) if consonant else (vowel,)
    table[LONG], table[NASAL], table[GEMINATE] = ("H",), ("N",), ("cl",)
    return table


MORA_PHONES: Final = _build()  # katakana -> phones
PHONES_MORA: Final = {phones: mora for mora, phones in MORA_PHONES.items()}
CONSONANTS: Final = tuple(c for c in _ROWS if c)
UNITS: Final = ("<sil>", *CONSONANTS, *VOWELS, "H", "N", "cl")  # outputs of the acoustic model; 0 is silence
_VOWEL_SIGNS: Final = {
    mora[-1]: "アイウエオ"[VOWELS.index(phones[-1])] for mora, phones in MORA_PHONES.items() if phones[-1] in VOWELS
}
UNIT_ID: Final = {unit: number for number, unit in enumerate(UNITS)}
_PHONE_ALIASES: Final = {"kw": "k", "gw": "g"}
_KANA_ALIASES: Final = {
    "ヲ": "オ", "ヂ": "ジ", "ヅ": "ズ", "ヂャ": "ジャ", "ヂュ": "ジュ", "ヂョ": "ジョ", "ヂェ": "ジェ", "ヵ": "カ",
    "ヶ": "ケ", "ヮ": "ワ", "ヰ": "イ", "ヱ": "エ", "クヮ": "クワ", "グヮ": "グワ", "クァ": "クワ", "ヴュ": "ビュ",
    "ァ": "ア", "ィ": "イ", "ゥ": "ウ", "ェ": "エ", "ォ": "オ", "ャ": "ヤ", "ュ": "ユ", "ョ": "ヨ", "フュ": "ヒュ",
}  # fmt: skip
_PUNCTUATION: Final = re.compile(r"[\s・、。，．,.？！?!「」『』（）()’'…　]")


def normalise(morae: Iterable[str]) -> list[str]:
    """Apply the normal forms to katakana morae.  Raises KeyError on anything that is not a mora."""
    out: list[str] = []
    vowel: str | None = None
    for spelled in morae:
        phones = MORA_PHONES[spelled]
        mora = LONG if phones == (vowel,) else spelled
        if mora == LONG and vowel is None:
            continue  # a long mark with nothing to prolong
        if out and mora == out[-1] and mora in (LONG, NASAL, GEMINATE):
            continue
        out.append(mora)
        vowel = _vowel_after(mora, vowel)
    return out


def _vowel_after(mora: str, before: str | None) -> str | None:
    last = MORA_PHONES[mora][-1]
    if last in VOWELS:
        return last
    return before if last == "H" else None


def from_phones(phones: Iterable[str]) -> list[str]:
    """Open JTalk phones (devoiced vowels in capitals, pauses included) as katakana morae.

    Raises KeyError for a sequence of phones that is no mora.
    """
    morae: list[str] = []
    consonant: str | None = None
    for written in phones:
        if written in ("pau", "sil"):
            consonant = None
            continue
        phone = written.lower() if written in ("A", "I", "U", "E", "O") else _PHONE_ALIASES.get(written, written)
        if phone in CONSONANTS:
            consonant = phone
            continue
        morae.append(PHONES_MORA[(consonant, phone) if consonant else (phone,)])
        consonant = None
    return normalise(morae)


def from_kana(text: str) -> list[str] | None:
    """Any kana spelling of a PRONUNCIATION as katakana morae; None if something in it is not kana."""
    kana = _PUNCTUATION.sub("", katakana(text)).replace("～", LONG).replace("〜", LONG)
    morae: list[str] = []
    i = 0
    while i < len(kana):
        piece = _mora_at(kana, i)
        if piece is None:
            return None
        i += len(piece)
        alias = _KANA_ALIASES.get(piece, piece)
        morae += [alias] if alias in MORA_PHONES else list(alias)
    return normalise(morae)


def _mora_at(kana: str, i: int) -> str | None:
    for size in (2, 1):
        piece = kana[i : i + size]
        if len(piece) == size and (piece in MORA_PHONES or piece in _KANA_ALIASES):
            return piece
    return None


def without_long_marks(reading: str) -> str:
    """Write each long mark as the vowel it prolongs, チョーシ as チョオシ: pieces are then found wherever words meet.

    A mark with nothing to prolong goes.
    """
    out = ""
    for sign in reading:
        out += _VOWEL_SIGNS.get(out[-1:], "") if sign == LONG else sign
    return out


def katakana(text: str) -> str:
    """Hiragana to katakana; everything else stays."""
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)


def spelled(kana: str) -> list[str] | None:
    """Dictionary kana to pronunciation: the vowel of おう, えい and the like becomes long (a rule of thumb)."""
    morae = from_kana(kana)
    if morae is None:
        return None
    out: list[str] = []
    vowel: str | None = None
    for mora in morae:
        long = (mora == "ウ" and vowel == "o") or (mora == "イ" and vowel == "e")
        out.append(LONG if long else mora)
        vowel = _vowel_after(out[-1], vowel)
    return normalise(out)


def to_units(morae: Sequence[str]) -> list[int]:
    """Katakana morae as the numbers of the acoustic model's outputs (no silences)."""
    return [UNIT_ID[phone] for mora in morae for phone in MORA_PHONES[mora]]
