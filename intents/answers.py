"""What is said: text for the eye, and a reading for the voice where the text alone would be misread."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One thing to say."""

    text: str
    reading: str | None = None  # kana for the whole text; overrides everything
    overrides: Mapping[str, str] = field(default_factory=dict)  # word -> kana
    is_personal: bool = False  # tells a name or a number of a customer's: its sound is kept nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an article has to say."""

    spoken: Spoken
    steps: tuple[Spoken, ...] = ()  # told one at a time, when wanted
    tip: Spoken | None = None
