"""What a check of the base found: values, their order, and what they come to."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from kb.articles import Article


class Severity(StrEnum):
    """What a finding asks for."""

    ERROR = "error"  # customers are answered wrongly, or not at all: mend it
    WARNING = "warning"  # probably wrong: look at it
    NOTE = "note"  # listen to it, or read it, once


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a person should look at."""

    code: str  # the kind of finding, stable: `variant-conflict`
    severity: Severity
    article_id: str
    text: str  # the wording or fragment it is about; "" for the whole article
    message: str  # what is the matter
    remedy: str  # what to do
    others: tuple[str, ...] = ()  # ids of the other articles concerned
    reading: str = ""  # katakana that will be said for `text`, where that is what matters

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "article": self.article_id,
            "text": self.text,
            "reading": self.reading,
            "message": self.message,
            "remedy": self.remedy,
            "others": list(self.others),
        }


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first; within a severity by code, article and text."""
    rank = list(Severity)
    return tuple(sorted(findings, key=lambda f: (rank.index(f.severity), f.code, f.article_id, f.text)))


def counts(findings: Sequence[Finding]) -> dict[Severity, int]:
    """How many findings of each severity."""
    found = Counter(f.severity for f in findings)
    return {severity: found[severity] for severity in Severity}


def together(one: Article, other: Article) -> bool:
    """Whether there is a day on which both articles are told."""
    starts = [a.valid_from for a in (one, other) if a.valid_from]
    ends = [a.valid_until for a in (one, other) if a.valid_until]
    return not (starts and ends) or max(starts) <= min(ends)


@cache
def words(name: str) -> Any:
    """A table of `kb/data/checking.toml`."""
    return tomllib.loads(files("kb").joinpath("data", "checking.toml").read_text(encoding="utf-8"))[name]
