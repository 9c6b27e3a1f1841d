"""A base as one file that goes from the desk to its devices: JSON of a numbered format, the same bytes for the same base.

Pure: bytes in, values out.  Who signs and who believes a signature is not decided here (`server.bundle_signature`).
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from kb.articles import Article
from kb.errors import BundleRefused
from kb.exporting import plain
from kb.rows import ArticleRow, problems

KIND: Final = "koemado-knowledge"
FORMAT: Final = 1  # raise when an older program could not read what is written here
LARGEST: Final = 32 * 1024 * 1024  # bytes; the sample's 288 articles take 0.4 million
MOST_ARTICLES: Final = 20_000
VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}")
_FIELDS: Final = {"kind", "format", "version", "created_at", "counts", "content", "articles"}
_SHOWN: Final = 3  # problems of articles that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An opened bundle."""

    version: str  # tells one from another: "20261124-101500-3f9a1c2b"
    created_at: datetime  # aware
    content: str  # SHA-256 (hex) of the articles alone: the same for the same articles, whenever bundled
    articles: tuple[Article, ...]  # by id; nothing of what only staff may read


def build(articles: Sequence[Article], *, created_at: datetime) -> bytes:
    """Return the bundle of a base.  What only staff may read (notes, authority) is left out: devices stand in lobbies.

    Raises BundleRefused for a base no device could use: none or too many articles, or broken ones.
    """
    told = [_told(article) for article in sorted(articles, key=lambda a: a.id)]
    moment = created_at.astimezone(UTC).replace(microsecond=0)
    content = _digest(told)
    head = {
        "kind": KIND,
        "format": FORMAT,
        "version": f"{moment:%Y%m%d-%H%M%S}-{content[:8]}",
        "created_at": moment.isoformat(),
        "counts": _counts(told),
        "content": content,
        "articles": told,
    }
    data = _json(head) + b"\n"
    opened(data)  # what cannot be read back must not go out
    return data


def opened(data: bytes) -> Bundle:
    """Return what a bundle holds, every article checked as an import would.  Raises BundleRefused."""
    if len(data) > LARGEST:
        raise BundleRefused(f"it has {len(data):,} bytes, at most {LARGEST:,} are taken")
    head = _head(data)
    told = head["articles"]
    if not isinstance(told, list) or not 0 < len(told) <= MOST_ARTICLES:
        raise BundleRefused(f"it must hold 1 to {MOST_ARTICLES:,} articles")
    articles = _articles(told)
    if head["counts"] != _counts(told) or head["content"] != _digest(told):
        raise BundleRefused("its articles are not those it was made of")
    return Bundle(
        version=_version(head["version"]),
        created_at=_moment(head["created_at"]),
        content=head["content"],
        articles=articles,
    )


def _told(article: Article) -> dict[str, Any]:
    return plain(replace(article, staff_note=None, authority=None, authority_up_to_yen=None))


def _head(data: bytes) -> dict[str, Any]:
    try:
        head = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # cut off, or something else altogether
        raise BundleRefused("it is damaged or cut off (no JSON)") from error
    if not isinstance(head, dict) or head.get("kind") != KIND:
        raise BundleRefused("it is no bundle of articles")
    if head.get("format") != FORMAT or isinstance(head["format"], bool):
        raise BundleRefused(
            f"its format is {head.get('format')!r:.20}, this program knows {FORMAT}: update the program"
        )
    if set(head) != _FIELDS:
        raise BundleRefused("its fields are not those of its format")
    return head


def _articles(told: Sequence[Any]) -> tuple[Article, ...]:
    found: list[Article] = []
    wrong: list[str] = []
    for number, values in enumerate(told, start=1):
        try:
            found.append(ArticleRow.model_validate(values).article())
        except ValidationError as error:
            wrong += [f"article {number}: {problem}" for problem in problems(error)]
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise BundleRefused("; ".join(wrong[:_SHOWN]) + more)
    ids = [article.id for article in found]
    if ids != sorted(set(ids)):
        raise BundleRefused("its articles are not in order, or an id stands there twice")
    return tuple(found)


def _counts(told: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {"articles": len(told), "variants": sum(len(one["variants"]) for one in told)}


def _digest(told: Sequence[Mapping[str, Any]]) -> str:
    return hashlib.sha256(_json(told)).hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _version(value: Any) -> str:
    if not isinstance(value, str) or not VERSION.fullmatch(value):
        raise BundleRefused("its version is none")
    return value


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BundleRefused("its date is none") from error
    if moment.tzinfo is None:
        raise BundleRefused("its date has no time zone")
    return moment
