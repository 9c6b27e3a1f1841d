"""What an answer to 「お名前を」 can be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NameHeard:
    """A name."""

    reading: str  # katakana, family name first, without spaces
    written: str = ""  # in kanji, "" when only its sound is known
    family: str = ""  # katakana; "" when it is not known where the family name ends
    given: str = ""  # katakana; "" when only one name was said
    remark: str = ""  # how its signs were described


@dataclass(frozen=True, slots=True)
class Declined:
    """The customer would rather not say it, or asks why it is wanted."""

    is_question: bool


@dataclass(frozen=True, slots=True)
class SignsDescribed:
    """「山の山に田んぼの田」: kept for the staff, not understood."""

    remark: str


Answered = NameHeard | Declined | SignsDescribed | None
