"""The signs of a family name from how they are described: 「山に田んぼの田」 is 山田, where that is a common name.

Nothing is guessed: every sign must be told, and the whole must be a family name of the list, read as it was said.
"""

import re
from functools import cache
from typing import Final

from intents.data_files import load
from intents.morae import katakana
from intents.name_words import families, pronounced
from intents.readings import reading_of

_ENDING: Final = re.compile("(?:デス|ト書キマス|ト書イテ.*|トカキマス|トカイテ.*|トイウ字|トイウジ|ノ字|ノジ|デ)+$")
_OPENING: Final = re.compile("^(?:漢字[ハワ]|カンジ[ハワ])")
_JOINT: Final = re.compile("(?:デス|ハ|ワ|[、。 ])+")
_JOINTS: Final = re.compile("[ニト、]+")
_OF: Final = re.compile("^.*ノ([一-鿿])$")


def family_described(remark: str, reading: str = "") -> tuple[str, str] | None:
    """Return a family name in kanji and its reading; `reading` is how it was said, "" when it was not."""
    written = "".join(_signs(remark))
    known = families().get(written) if written else None
    if known is None or (reading and reading not in (known, pronounced(known))):
        return None
    return written, pronounced(known)


def parted(remark: str) -> tuple[str, str]:
    """Part 「山田は山に田んぼの田」 into the name and the description; ("", all of it) where no name stands before it."""
    plain = katakana(remark)  # sign by sign
    for at in range(1, len(plain)):
        joint = _JOINT.match(plain, at)
        if joint and plain[:at] in families():
            return remark[:at], remark[joint.end() :]
    return "", remark


def _signs(remark: str) -> tuple[str, ...]:
    plain = _ENDING.sub("", _OPENING.sub("", katakana(remark)).strip("、。 "))
    found = [_sign(piece) for piece in _JOINTS.split(plain) if piece]
    return tuple(found) if all(found) else ()


def _sign(piece: str) -> str:
    """The sign that a piece describes; "" for none."""
    told = _OF.match(piece)
    if told:
        return told[1]
    return (
        piece if re.fullmatch("[一-鿿]", piece) else _described().get(piece) or _described().get(reading_of(piece), "")
    )


@cache
def _described() -> dict[str, str]:
    return {words: sign for sign, ways in load("names")["signs"].items() for words in ways}
