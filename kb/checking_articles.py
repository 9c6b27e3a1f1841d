"""Whether articles may be told, and whether people in danger reach a human: pure checks over articles."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from intents.conversation import PHONE_NUMBER
from intents.normalise import match_key
from kb.articles import Article
from kb.checking import Finding, Severity, words

SOON = timedelta(days=30)


def validity(articles: Sequence[Article], today: date) -> Iterator[Finding]:
    """Articles that are not told today, or not for long."""
    for article in articles:
        until, start = article.valid_until, article.valid_from
        if until and until < today:
            yield _dated(article, "article-expired", Severity.WARNING, f"was valid until {until}: nobody is told it")
        elif start and start > today:
            yield _dated(article, "article-not-yet-valid", Severity.NOTE, f"is told from {start} on")
        elif until and until - today <= SOON:
            yield _dated(article, "article-expiring", Severity.WARNING, f"is told until {until} only")


def _dated(article: Article, code: str, severity: Severity, message: str) -> Finding:
    remedy = {
        "article-expired": "set valid_until anew, or remove the article",
        "article-not-yet-valid": "nothing to do if the day is right",
        "article-expiring": "set valid_until anew, or prepare the article that follows it",
    }[code]
    return Finding(
        code=code, severity=severity, article_id=article.id, text=article.title, message=message, remedy=remedy
    )


def without_human(articles: Sequence[Article], desk_phone: str) -> Iterator[Finding]:
    """Safety articles after which the customer has no number to call.

    After the answer of a safety article the desk's number is told, unless the answer holds a number itself; without a
    desk number customers are sent to where they bought, which is no help in danger.
    """
    for article in articles:
        if article.safety and not desk_phone and not PHONE_NUMBER.search(article.answer):
            yield Finding(
                code="safety-without-human",
                severity=Severity.ERROR,
                article_id=article.id,
                text=article.answer,
                message="people in danger are told no number to call",
                remedy="set desk_phone, or put the number of a human into the answer",
            )


def danger_words(articles: Sequence[Article]) -> Iterator[Finding]:
    """Ordinary articles that are asked for with words of danger."""
    for article in articles:
        for text in () if article.safety else (*article.variants, article.title):
            found = _danger_in(text)
            if found:
                yield Finding(
                    code="safety-wording",
                    severity=Severity.WARNING,
                    article_id=article.id,
                    text=text,
                    message=f"speaks of danger ({found}), but the article is not marked as safety",
                    remedy="mark the article `safety: true`, move the wording to a safety article, or reword it",
                )


def _danger_in(text: str) -> str:
    key = match_key(text)
    for harmless in words("harmless"):
        key = key.replace(match_key(harmless), "")
    return next((word for word in words("danger") if match_key(word) in key), "")
