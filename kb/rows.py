"""One article as it stands in a file: names, types and rules, with errors a person can mend."""

import re
import unicodedata
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from kb.articles import Article, Step

MAX_VARIANTS = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_KANA = re.compile(r"(?=.*[ぁ-ゖァ-ヺー])[ぁ-ゖァ-ヺー゛゜・、。？！?!,.\s　]+")
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_YES = {"1", "true", "yes", "y", "はい", "○", "〇"}
_YEN = re.compile(r"¥?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?\s*円?")
MOST_YEN = 100_000_000  # a number beyond it is a slip
_NO = {"0", "false", "no", "n", "いいえ", "×", ""}


def _text(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str):
        value = " ".join(unicodedata.normalize("NFC", value).split())
        if any(unicodedata.category(c) == "Cc" for c in value):
            raise ValueError("holds a control character")
    return value


def _optional(value: Any) -> Any:
    return _text(value) or None


def _article_id(value: Any) -> Any:
    value = _text(value)
    if isinstance(value, str) and not _ID.fullmatch(value):
        raise ValueError("use ASCII letters, digits and hyphens, at most 64, e.g. return-period")
    return value


def is_kana(text: str) -> bool:
    """Whether the text can be a reading: kana and marks, one letter of kana at least."""
    return bool(_KANA.fullmatch(unicodedata.normalize("NFC", text)))


def _kana(value: Any) -> Any:
    value = _optional(value)
    if isinstance(value, str) and not is_kana(value):
        raise ValueError(f"a reading is written in kana only, not {value!r}")
    return value


def _pairs(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError(f"write word=kana (in YAML `word: kana`), not {value!r}")  # noqa: TRY004 - pydantic
    return value


def _flag(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return bool(value)
    word = str(value).strip().lower()
    if word in _YES | _NO:
        return word in _YES
    raise ValueError(f"write true or false (はい or いいえ), not {value!r}")


def _yen(value: Any) -> Any:
    """Whole yen, none or more, also as 3,000円 or in full-width digits."""
    text = "" if value is None else unicodedata.normalize("NFKC", str(value)).strip()
    if not text:
        return None
    found = _YEN.fullmatch(text)
    digits = found[1].replace(",", "") if found else ""
    if not digits or len(digits) > len(str(MOST_YEN)) or int(digits) > MOST_YEN:
        raise ValueError(f"write whole yen from 0 to {MOST_YEN:,}, such as 3000 or 3,000円, not {value!r}")
    return int(digits)


def _day(value: Any) -> Any:
    if isinstance(value, date) or value is None:
        return value
    text = unicodedata.normalize("NFKC", str(value)).strip().replace("/", "-")
    text = _DAY.sub(r"\1-\2-\3", text)
    try:
        return date(*(int(part) for part in text.split("-"))) if text else None
    except (TypeError, ValueError):
        raise ValueError(f"write a day as 2026-11-22, not {value!r}") from None


Text = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=2000)]
OptionalText = Annotated[str | None, BeforeValidator(_optional), Field(max_length=2000)]
Kana = Annotated[str | None, BeforeValidator(_kana)]
Yen = Annotated[int | None, BeforeValidator(_yen)]
Day = Annotated[date | None, BeforeValidator(_day)]


class StepRow(BaseModel):
    """One step: a text, or a text with its reading."""

    model_config = ConfigDict(extra="forbid")
    text: Text
    reading: Kana = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"text": value}


class ArticleRow(BaseModel):
    """One article of an import file."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, BeforeValidator(_article_id)]
    title: Text
    category: Text
    variants: Annotated[list[Text], Field(min_length=1, max_length=MAX_VARIANTS)]
    answer: Text
    answer_reading: Kana = None
    steps: list[StepRow] = []
    readings: Annotated[dict[Text, Annotated[str, BeforeValidator(_kana)]], BeforeValidator(_pairs)] = {}
    tip: OptionalText = None
    staff_note: OptionalText = None
    authority: OptionalText = None
    authority_up_to_yen: Yen = None
    safety: Annotated[bool, BeforeValidator(_flag)] = False
    valid_from: Day = None
    valid_until: Day = None
    version: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _consistent(self) -> "ArticleRow":
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("valid_until lies before valid_from")
        if len(set(self.variants)) < len(self.variants):
            twice = next(v for v in self.variants if self.variants.count(v) > 1)
            raise ValueError(f"variant {twice!r} stands there twice")
        return self

    def article(self) -> Article:
        """The row as the value the rest of the house uses."""
        plain = self.model_dump(exclude={"variants", "steps"})
        steps = tuple(Step(text=step.text, reading=step.reading) for step in self.steps)
        return Article(**plain, variants=tuple(self.variants), steps=steps)


def problems(error: ValidationError) -> list[str]:
    """Each problem of a row in one sentence, naming its field."""
    return [f"{_field(item['loc'])}: {_sentence(item)}" if item["loc"] else _sentence(item) for item in error.errors()]


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in location)


def _sentence(item: Any) -> str:
    plain = {
        "missing": "is missing",
        "string_too_short": "is empty",
        "too_short": "needs at least one",
        "extra_forbidden": "is no field of an article",
        "string_type": "must be text",
        "model_type": "an article is a set of fields, beginning with `- id:`",
    }
    return plain.get(item["type"], str(item["msg"]).removeprefix("Value error, "))
