"""The questions of the suites, what they share with the base and the development set, and why some are left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.spoken import rows
from intents.normalise import match_key

TESTS = Path(__file__).parent.parent / "tests/data"
DEVELOPMENT = Path(__file__).parent / "data"
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something a customer says, and the article it is about."""

    text: str
    wanted: str = ""  # id of the article; "" when the base has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Test questions that had to go, by why.  Equal means equal by `match_key`: without spaces and punctuation."""

    file: str
    read: int
    like_base: int  # equal to a wording of the base
    like_development: int  # equal to a development question
    repeated: int  # equal to an earlier test question

    @property
    def left(self) -> int:
        """How many questions are measured with."""
        return self.read - self.like_base - self.like_development - self.repeated


def without_overlap(
    file: str, questions: Sequence[Question], base: Iterable[str], development: Iterable[str]
) -> tuple[list[Question], Overlap]:
    """The questions that occur nowhere else; each that goes is counted once."""
    in_base, in_development = ({match_key(text) for text in texts} for texts in (base, development))
    kept: dict[str, Question] = {}
    like_base = like_development = repeated = 0
    for question in questions:
        key = match_key(question.text)
        if key in in_base:
            like_base += 1
        elif key in in_development:
            like_development += 1
        elif key in kept:
            repeated += 1
        else:
            kept[key] = question
    found = Overlap(
        file=file, read=len(questions), like_base=like_base, like_development=like_development, repeated=repeated
    )
    return list(kept.values()), found


def development_questions() -> list[Question]:
    """What weights and thresholds were fitted on."""
    inside = [Question(text=row["question"], wanted=row["id"]) for row in rows(DEVELOPMENT / "dev_questions.tsv")]
    return inside + [Question(text=row["question"]) for row in rows(DEVELOPMENT / "dev_out_of_scope.tsv")]


def in_scope(base: Sequence[str]) -> tuple[list[Question], Overlap]:
    """The independent questions about the sample base, whose wordings are `base`."""
    found = [Question(text=row["question"], wanted=row["id"]) for row in rows(TESTS / "questions.tsv")]
    return without_overlap("tests/data/questions.tsv", found, base, [q.text for q in development_questions()])


def out_of_scope(base: Sequence[str]) -> tuple[list[Question], Overlap]:
    """Our own sentences that the sample base cannot answer."""
    found = [Question(text=row["question"]) for row in rows(TESTS / "out_of_scope.tsv")]
    return without_overlap("tests/data/out_of_scope.tsv", found, base, [q.text for q in development_questions()])


def xsid(shared: Path, base: Sequence[str]) -> tuple[list[Question], Overlap]:
    """Requests to a voice assistant (weather, alarms, reminders): xSID 0.7, Japanese."""
    found = [Question(text=row["text"]) for row in rows(shared / "text/xsid-ja/ja.valid.tsv")]
    return without_overlap("xsid-ja/ja.valid.tsv", found, base, [q.text for q in development_questions()])


def spread(items: Sequence[Item], count: int | None) -> list[Item]:
    """`count` of the items at equal distances, the same every time; all of them for None or too few."""
    if count is None or count >= len(items):
        return list(items)
    return [items[n * len(items) // count] for n in range(count)]
