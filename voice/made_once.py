"""What takes long to make from a base, kept in the cache folder: the readings of its wordings, and the index of its topics.

Both are found by what they were made of, so nothing stale is ever used, and both can be deleted at any time.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
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
            self._keep({key: known[key] for key in keys})
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
            os.utime(target)
        except (OSError, ValueError):
            return self._made(topics, target)
        return found

    def _made(self, topics: Sequence[Topic], target: Path) -> TopicIndex:
        made = TopicIndex(topics, watch=lambda done, total: self._watch("Indexing", done, total))
        try:
            made.save(target)
            self._forget_old()
        except OSError as error:
            log.warning("the index could not be kept in %s: %s", self._folder, error.strerror)
            return made
        return TopicIndex.load(target)  # what is mapped takes less memory than what was made

    def _forget_old(self) -> None:
        indexes = [f for f in self._folder.iterdir() if f.is_dir() and not f.name.startswith(".")]
        for folder in sorted(indexes, key=lambda f: f.stat().st_mtime, reverse=True)[_KEPT_INDEXES:]:
            shutil.rmtree(folder, ignore_errors=True)


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
    for name in ("spoken_words", "phrasing", "words"):
        digest.update(files("intents").joinpath("data", f"{name}.toml").read_bytes())
    return digest.hexdigest()[:16]


def _load(file: Path) -> dict[str, str]:
    """The readings kept; none when there are none, or they are damaged."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
