"""Digits said one by one, as text for the synthesiser: telephone numbers, postal codes, order numbers."""

import re
from typing import Final

from intents.numerals import kana, telephone
from intents.rewriting import Rule, rule
from intents.spoken_counts import HYPHEN
from intents.spoken_data import NUMBERED, REPEATED_COUNTERS, alternatives

_LONG_DIGITS: Final = 7  # nobody says a bare number of seven digits as an amount
_SHORT_PART: Final = 2  # 1-2-3 and 3-12-5 are addresses, 123-456 is a code
_MOBILE: Final = re.compile("0[5-9]0")


def _groups(match: re.Match[str]) -> str:
    return "、".join(telephone(group) for group in re.findall("[0-9]+", match[0]))


def _abroad(match: re.Match[str]) -> str:
    return f"プラス{_groups(match)}"


def _undivided(match: re.Match[str]) -> str:
    """A telephone number without hyphens: 0120 and eleven digits by their own pattern, others after the area code."""
    digits = match[0]
    if digits.startswith(("0120", "0800")):
        first, second = 4, 3
    elif _MOBILE.match(digits):
        first, second = 3, 4
    else:
        first, second = (2, 4) if digits.startswith(("03", "06")) else (3, 3)
    return "、".join(map(telephone, (digits[:first], digits[first : first + second], digits[first + second :])))


def _postal(match: re.Match[str]) -> str:
    mark = "ユービンバンゴー、" if match["mark"] else ""
    return f"{mark}{telephone(match['area'])}の{telephone(match['town'])}"


def _hyphened(match: re.Match[str]) -> str:
    parts = re.findall("[0-9]+", match[0])
    if all(len(part) <= _SHORT_PART and not part.startswith("0") for part in parts):
        return "の".join(kana(int(part)) for part in parts)
    return _groups(match)


def _dotted(match: re.Match[str]) -> str:
    return "テン".join(telephone(part) for part in match[0].split("."))


def _run(match: re.Match[str]) -> str | None:
    digits = match[0]
    if digits.startswith("0") or len(digits) >= _LONG_DIGITS or _is_numbered(match):
        size = 3 if len(digits) in (3, 6, 9) else 4
        return "、".join(telephone(digits[at : at + size]) for at in range(0, len(digits), size))
    return None


def _is_numbered(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 12) : match.start()]
    return len(match[0]) > _SHORT_PART and _NUMBERED.search(before) is not None


_NUMBERED: Final = re.compile(rf"(?:{alternatives(NUMBERED)})(?:は|が|の|「|:|、|\s)*$")
_COUNTER: Final = rf"\s?(?:{alternatives([*REPEATED_COUNTERS, '万', '千', '億', '以', '-', '.', ','])})"
_JOINT: Final = rf"(?:\s?{HYPHEN}\s?|\)\s?|\s?\()"
RULES: Final[tuple[Rule, ...]] = (
    rule(
        rf"\+[0-9]{{1,3}}(?:{HYPHEN}|\s)?\(?0?\)?[0-9]{{1,4}}(?:\)?(?:{HYPHEN}|\s)?[0-9]{{3,4}}){{2}}(?![0-9])", _abroad
    ),
    rule(rf"(?<![0-9])\(?0[0-9]{{1,4}}{_JOINT}[0-9]{{1,4}}{_JOINT}[0-9]{{3,4}}(?![0-9])", _groups),
    rule(r"(?<![0-9])0[1-9][0-9]{8,9}(?![0-9])", _undivided),
    rule(rf"(?P<mark>〒)\s?(?P<area>[0-9]{{3}}){HYPHEN}?(?P<town>[0-9]{{4}})(?![0-9])", _postal),
    rule(rf"(?P<mark>)(?<=号)(?P<area>[0-9]{{3}}){HYPHEN}(?P<town>[0-9]{{4}})(?![0-9])", _postal),
    rule(r"#([0-9]+)", lambda match: f"シャープ{telephone(match[1])}"),
)
LAST_RULES: Final[tuple[Rule, ...]] = (
    rule(rf"(?<![0-9])[0-9]+(?:{HYPHEN}[0-9]+)+(?![0-9])", _hyphened),
    rule(r"(?<![0-9])[0-9]+(?:\.[0-9]+){2,}(?![0-9])", _dotted),
    rule(rf"(?<![0-9.,])[0-9]{{2,}}(?![0-9]|{_COUNTER})", _run),
)
