"""From articles to what understanding needs: topics with readings, answers, phrases to compile."""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from intents.answers import Answer, Spoken
from intents.matching import Topic, Wording
from intents.readings import reading_of
from kb.articles import Article
from voice.files import write_atomically

log = logging.getLogger(__name__)


class Answers:
    """An AnswerBook over articles."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._articles = {a.id: a for a in articles}

    def answer(self, topic: Topic) -> Answer:
        """What the article says, with its readings."""
        article = self._articles[topic.id]
        return Answer(
            spoken=Spoken(text=article.answer, reading=article.answer_reading, overrides=article.readings),
            steps=tuple(Spoken(text=s.text, reading=s.reading, overrides=article.readings) for s in article.steps),
            tip=Spoken(text=article.tip, overrides=article.readings) if article.tip else None,
        )

    def article(self, topic: Topic) -> Article:
        """The article behind a topic."""
        return self._articles[topic.id]

    def all_spoken(self) -> list[Spoken]:
        """Everything the articles may ever say, for rendering ahead."""
        topics = (Topic(id=key, title="", wordings=()) for key in self._articles)
        answers = [self.answer(topic) for topic in topics]
        return [s for a in answers for s in (a.spoken, *a.steps, *([a.tip] if a.tip else []))]


class Readings:
    """Readings of a base's wordings, kept in a file: the dictionary takes 2 ms a sentence, a start must not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, wordings: Sequence[tuple[str, Mapping[str, str]]]) -> list[str]:
        """Katakana readings of (text, overrides), in order; "" for what cannot be read."""
        file = self._folder / f"{_fingerprint(wordings)}.json"
        known = _load(file)
        if known is not None and len(known) == len(wordings):
            return known
        readings = [reading_of(text, overrides) for text, overrides in wordings]
        try:
            write_atomically(file, json.dumps(readings, ensure_ascii=False).encode(), make_folder=True)
        except OSError as error:
            log.warning("readings could not be cached in %s: %s", self._folder, error.strerror)
        return readings


def topics(articles: Sequence[Article], readings: Readings) -> tuple[Topic, ...]:
    """Articles as topics; the title counts as a wording."""
    flat = [(text, a.readings) for a in articles for text in (*a.variants, a.title)]
    found = iter(readings.of(flat))
    return tuple(
        Topic(
            id=a.id,
            title=a.title,
            safety=a.safety,
            wordings=tuple(Wording(text=text, reading=next(found)) for text in (*a.variants, a.title)),
        )
        for a in articles
    )


def valid(articles: Iterable[Article], day: date) -> tuple[Article, ...]:
    """The articles that may be told on that day."""
    return tuple(a for a in articles if a.is_valid_on(day))


def _fingerprint(wordings: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    digest = hashlib.sha256(version("pyopenjtalk-plus").encode())
    for name in sorted(("spoken_words", "phrasing")):
        digest.update(_data(name))
    digest.update(json.dumps([[text, dict(o)] for text, o in wordings], ensure_ascii=False).encode())
    return digest.hexdigest()[:32]


def _data(name: str) -> bytes:
    from importlib.resources import files

    return files("intents").joinpath("data", f"{name}.toml").read_bytes()


def _load(file: Path) -> list[str] | None:
    try:
        return [str(reading) for reading in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError):
        return None
