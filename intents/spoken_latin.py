"""Latin letters as text for the synthesiser: known words, codes and model numbers, web and mail addresses."""

import re
from typing import Final

from intents.numerals import digit_by_digit, kana, telephone
from intents.rewriting import Rule, rule
from intents.romaji import romaji_kana
from intents.spoken_data import DOMAINS, LETTERS, WORDS, alternatives

_CODE_NUMBER: Final = 2  # U13 is ユージューサン, but E101 is said digit by digit
_LONG_CODE: Final = 6  # from here on a code is said with a pause at its hyphens
_ROMAJI_LABEL: Final = 3  # shorter labels (co, ne, or) are abbreviations


def spell(letters: str) -> str:
    """Letters by their names: ABC is エービーシー."""
    return "".join(LETTERS[letter] for letter in letters.upper())


def word(latin: str) -> str:
    """A Latin word as Japanese say it, spelled when it is not known."""
    return WORDS.get(latin.casefold()) or spell(latin)


def _code_digits(digits: str) -> str:
    if len(digits) > _CODE_NUMBER:
        return telephone(digits)
    return digit_by_digit(digits) if digits.startswith("0") else kana(int(digits))


def _code(match: re.Match[str]) -> str:
    """Letters and digits of an error code or a model number: H-04 is エイチゼロヨン."""
    pause = "、" if len(match[0]) >= _LONG_CODE else ""
    parts = re.findall("[A-Za-z]+|[0-9]+|[-_]", match[0])
    return "".join(pause if part in "-_" else _code_digits(part) if part[0].isdigit() else word(part) for part in parts)


_ADDRESS_SIGNS: Final = {
    ".": "、ドット、", "/": "、スラッシュ、", "@": "、アットマーク、", "-": "、ハイフン、", "_": "、アンダーバー、", "?": "、クエスチョン、",
    "=": "、イコール、", "&": "、アンド、", "#": "、シャープ、", "%": "、パーセント、", "+": "、プラス、", ":": "、コロン、", "~": "、チルダ、",
}  # fmt: skip


def _label(part: str) -> str:
    if part[0] in _ADDRESS_SIGNS:
        return _ADDRESS_SIGNS[part[0]]
    if part[0].isdigit():
        return telephone(part)
    romaji = romaji_kana(part.lower()) if len(part) >= _ROMAJI_LABEL else None
    return WORDS.get(part.casefold()) or romaji or spell(part)


def _address(match: re.Match[str]) -> str:
    address = match["address"].rstrip("./:?-")
    said = "".join(_label(part) for part in re.findall(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]", address) if part.isascii())
    return said + "、" * (len(address) < len(match["address"]))


_PATH: Final = r"[A-Za-z0-9._~/?#&=%+-]"
_HOST: Final = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
_NOT_AFTER_LATIN: Final = "(?<![A-Za-z0-9])"
RULES: Final[tuple[Rule, ...]] = (
    rule(rf"{_NOT_AFTER_LATIN}(?P<address>[A-Za-z0-9._+-]+@{_HOST})", _address),
    rule(rf"{_NOT_AFTER_LATIN}[Hh][Tt][Tt][Pp][Ss]?://(?P<address>{_HOST}(?::[0-9]+)?(?:/{_PATH}*)?)", _address),
    rule(
        rf"{_NOT_AFTER_LATIN}(?P<address>(?:www\.)?{_HOST}\.(?:{alternatives(DOMAINS)})(?![A-Za-z0-9.])(?:/{_PATH}*)?)",
        _address,
    ),
    rule(rf"{_NOT_AFTER_LATIN}[Nn][Oo]\.?\s?(?=[0-9])", "ナンバー"),
    rule(rf"{_NOT_AFTER_LATIN}[Vv]ol\.?\s?(?=[0-9])", "ボリューム"),
    rule(rf"(?ai:{_NOT_AFTER_LATIN}({alternatives(WORDS)})(?![a-z]|-[0-9]))", lambda match: word(match[1])),
)
CODE_RULES: Final[tuple[Rule, ...]] = (
    rule(rf"{_NOT_AFTER_LATIN}(?=[A-Za-z0-9_-]*[A-Za-z])(?=[A-Za-z_-]*[0-9])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*", _code),
    rule(r"([A-Za-z]+)", lambda match: word(match[1])),
)
