"""Sentences of open corpora; only text whose licence lets us ship what is made of it.

JGLUE (github.com/yahoojapan/JGLUE, CC-BY-SA 4.0) as a checkout, a sample of JaGovFaqs-22k (CC-BY 4.0) and xSID
(github.com/mainlp/xsid, CC-BY-SA 4.0).  A corpus that is not there is skipped.  localgovFAQ has no licence: left out.
"""

import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

_CAPTIONS: Final = (("jsts", "train"), ("jsts", "valid"), ("jsts", "test"), ("jnli", "valid"), ("jnli", "test"))
_SHORTEST, _LONGEST = 2, 60  # characters of a sentence
_UNSPEAKABLE: Final = re.compile(r"[A-Za-z]{3,}|http|\\n")


@cache
def open_text(folder: Path) -> dict[str, list[str]]:
    """Sentences by set ("caption", "question", "faq", "command"), each once; a set without its corpus is empty."""
    sets = {
        "caption": _captions(folder / "jglue"),
        "question": _questions(folder / "jglue"),
        "faq": _column(folder / "jagovfaqs-sample" / "questions.tsv", "question"),
        "command": (text for part in ("valid", "test") for text in _column(folder / f"xsid-ja/ja.{part}.tsv", "text")),
    }
    return {name: list(dict.fromkeys(_speakable(sentences))) for name, sentences in sets.items()}


def _speakable(sentences: Iterator[str]) -> Iterator[str]:
    for sentence in map(str.strip, sentences):
        if _SHORTEST <= len(sentence) <= _LONGEST and not _UNSPEAKABLE.search(sentence):
            yield sentence


def _captions(jglue: Path) -> Iterator[str]:
    for task, part in _CAPTIONS:
        for row in _lines(jglue, task, part):
            yield from (row["sentence1"], row["sentence2"])


def _questions(jglue: Path) -> Iterator[str]:
    for part in ("train", "valid", "test"):
        yield from (row["question"] for row in _lines(jglue, "jcommonsenseqa", part))
    for part in ("valid", "test"):
        for whole in _lines(jglue, "jsquad", part):
            paragraphs = (paragraph for article in whole["data"] for paragraph in article["paragraphs"])
            yield from (asked["question"] for paragraph in paragraphs for asked in paragraph["qas"])


def _lines(jglue: Path, task: str, part: str) -> Iterator[dict[str, Any]]:
    """The JSON values of a file of JGLUE 1.3, in its repository's layout or flat; none when it is not there."""
    places = (jglue / "datasets" / f"{task}-v1.3" / f"{part}-v1.3.json", jglue / f"{task}-v1.3-{part}.json")
    found = next((path for path in places if path.exists()), None)
    text = found.read_text(encoding="utf-8") if found else ""
    yield from map(json.loads, filter(None, text.splitlines()))


def _column(path: Path, column: str) -> Iterator[str]:
    if path.exists():
        with path.open(encoding="utf-8", newline="") as handle:
            rows = csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
            yield from (row[column] for row in rows if row[column])
