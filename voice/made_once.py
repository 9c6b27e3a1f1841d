"""What takes long to make from a base, kept in the cache folder: the readings of its wordings, and the index of its topics.

Both are found by what they were made of, so nothing stale is ever used, and both can be deleted at any time.
"""

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Final

from intents.matching import Topic, TopicIndex
from intents.readings import reading_of
from voice.files import write_atomically

log = logging.getLogger(__name__)

Wanted = tuple[str, Mapping[str, str]]  # a text and its article's own readings
Watch = Callable[[str, int, int], None]  # told what is being made, how much of it is done, and how much there is

INDEX_VERSION: Final = "1"  # raise when TopicIndex makes other arrays from the same topics
_TOLD_EVERY: Final = 200  # readings
_KEPT_INDEXES: Final = 3
_ABANDONED_S: Final = 3600  # a writing that was killed
_KEPT_READINGS: Final = 50_000  # of other bases, beside those of the one in use


# What readings and words depend on, beside the dictionaries.
_SOURCES: Final = (
    *("data/spoken_words.toml", "data/phrasing.toml", "data/words.toml"),
    *("readings.py", "morae.py", "normalise.py", "words.py", "numerals.py", "rewriting.py", "romaji.py"),
    *("spoken_form.py", "spoken_counts.py", "spoken_data.py", "spoken_dates.py", "spoken_digits.py", "spoken_latin.py"),
)


def quiet(_what: str, _done: int, _total: int) -> None:
    """Watch nothing."""


class Readings:
    """Readings of a base's wordings: the dictionary takes half a millisecond a sentence, a start must not."""

    def __init__(self, folder: Path, watch: Watch = quiet) -> None:
        self._file = folder / f"readings-{_makers()}.json"
        self._watch = watch

    def of(self, wordings: Sequence[Wanted]) -> list[str]:
        """Katakana readings of (text, overrides), in order; "" for what cannot be read."""
        known, keys = _load(self._file), [_key(wanted) for wanted in wordings]
        missing = {key: wanted for key, wanted in zip(keys, wordings, strict=True) if key not in known}
        if missing:
            found = self._read(list(missing.values()))
            known = known | dict(zip(missing, found, strict=True))
            wanted = set(keys)
            others = [key for key in known if key not in wanted][-_KEPT_READINGS:]
            self._keep({key: known[key] for key in (*others, *keys)})
        return [known[key] for key in keys]

    def _read(self, wanted: Sequence[Wanted]) -> list[str]:
        out: list[str] = []
        for text, overrides in wanted:
            out.append(reading_of(text, overrides))
            if len(out) % _TOLD_EVERY == 0 or len(out) == len(wanted):
                self._watch("Reading", len(out), len(wanted))
        return out

    def _keep(self, readings: Mapping[str, str]) -> None:
        try:
            write_atomically(self._file, json.dumps(readings, ensure_ascii=False).encode(), make_folder=True)
        except OSError as error:
            log.warning("readings could not be cached in %s: %s", self._file.parent, error.strerror)


class Indexes:
    """Indexes of bases, mapped into memory from disk."""

    def __init__(self, folder: Path, watch: Watch = quiet) -> None:
        self._folder = folder
        self._watch = watch

    def of(self, topics: Sequence[Topic]) -> TopicIndex:
        """The index of these topics, made if it is not there yet (or damaged)."""
        target = self._folder / _fingerprint(topics)
        try:
            found = TopicIndex.load(target)
        except (OSError, ValueError):
            return self._made(topics, target)
        with suppress(OSError):  # a folder that can only be read serves as well
            os.utime(target)
        return found

    def _made(self, topics: Sequence[Topic], target: Path) -> TopicIndex:
        made = TopicIndex(topics, watch=lambda done, total: self._watch("Indexing", done, total))
        try:
            made.save(target)
            self._forget_old()
            return TopicIndex.load(target)  # what is mapped takes less memory than what was made
        except (OSError, ValueError) as error:  # full, read-only, or taken away again by another process
            log.warning("the index could not be kept in %s: %s", self._folder, error)
            return made

    def _forget_old(self) -> None:
        for half_written in self._folder.glob(".writing-*"):
            if time.time() - _age_of(half_written) > _ABANDONED_S:
                shutil.rmtree(half_written, ignore_errors=True)
        indexes = [f for f in self._folder.iterdir() if f.is_dir() and not f.name.startswith(".")]
        for folder in sorted(indexes, key=_age_of, reverse=True)[_KEPT_INDEXES:]:
            shutil.rmtree(folder, ignore_errors=True)


def _age_of(folder: Path) -> float:
    """When it was last used; now, if another process has just taken it away."""
    try:
        return folder.stat().st_mtime
    except OSError:
        return time.time()


def _key(wanted: Wanted) -> str:
    text, overrides = wanted
    own = sorted((surface, reading) for surface, reading in overrides.items() if surface in text)
    return json.dumps([text, own], ensure_ascii=False) if own else text


def _fingerprint(topics: Sequence[Topic]) -> str:
    digest = hashlib.sha256(f"{INDEX_VERSION} {_makers()}".encode())
    for topic in topics:
        digest.update(repr((topic.id, topic.title, topic.safety, topic.answer)).encode())
        digest.update("".join(f"{w.text}\t{w.reading}\n" for w in topic.wordings).encode())
    return digest.hexdigest()[:32]


@cache
def _makers() -> str:
    """Changes with everything that decides on readings and words."""
    digest = hashlib.sha256()
    for package in ("pyopenjtalk-plus", "sudachipy", "sudachidict_core"):
        digest.update(version(package).encode())
    for name in _SOURCES:
        digest.update(files("intents").joinpath(name).read_bytes())
    return digest.hexdigest()[:16]


def _load(file: Path) -> dict[str, str]:
    """The readings kept; none when there are none, or they are damaged."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): value for key, value in found.items() if isinstance(value, str)}
