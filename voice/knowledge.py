"""From articles to what understanding needs: topics with readings, and answers."""

from collections.abc import Iterable, Sequence
from datetime import date

from intents.answers import Answer, Spoken
from intents.matching import Topic, Wording
from kb.articles import Article
from voice.made_once import Readings


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


def topics(articles: Sequence[Article], readings: Readings) -> tuple[Topic, ...]:
    """Articles as topics; the title counts as a wording."""
    flat = [(text, a.readings) for a in articles for text in (*a.variants, a.title)]
    found = iter(readings.of(flat))
    return tuple(
        Topic(
            id=a.id,
            title=a.title,
            safety=a.safety,
            answer=a.answer,
            wordings=tuple(Wording(text=text, reading=next(found)) for text in (*a.variants, a.title)),
        )
        for a in articles
    )


def valid(articles: Iterable[Article], day: date) -> tuple[Article, ...]:
    """The articles that may be told on that day."""
    return tuple(a for a in articles if a.is_valid_on(day))
