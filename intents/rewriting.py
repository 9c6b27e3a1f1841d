"""A text rewritten from left to right by the first rule that applies; what a rule wrote is not looked at again."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

_UNTOUCHED: Final = re.compile("[ぁ-ん、。]+")  # no rule begins with these; passing over them halves the time


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and what to say in its place; None said means that the rule does not apply after all."""

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str | None]


def rule(pattern: str, say: Callable[[re.Match[str]], str | None] | str) -> Rule:
    """A rule from the text of its pattern; a plain string is said as it stands."""
    return Rule(re.compile(pattern), say if callable(say) else lambda _: say)


def rewrite(text: str, rules: Sequence[Rule]) -> str:
    """Replace whatever the rules match.  Patterns may look at the text before their place, never at the new text."""
    out: list[str] = []
    place = 0
    while place < len(text):
        said, end = _first(text, place, rules)
        out.append(said)
        place = end
    return "".join(out)


def _first(text: str, place: int, rules: Sequence[Rule]) -> tuple[str, int]:
    if untouched := _UNTOUCHED.match(text, place):
        return untouched[0], untouched.end()
    for candidate in rules:
        match = candidate.pattern.match(text, place)
        if match and match.end() > place:
            said = candidate.say(match)
            if said is not None:
                return said, match.end()
    return text[place], place + 1
