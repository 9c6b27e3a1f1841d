"""Articles as the desk keeps them (plain JSON) and as the rest of the house uses them, and what is made of a base once."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from pydantic import ValidationError

from kb.articles import Article
from kb.errors import KnowledgeBaseError
from kb.exporting import plain
from kb.fakes import MemoryKnowledgeBase
from kb.ports import KnowledgeBase
from kb.rows import ArticleRow, problems
from server.knowledge.content import Base, Plain
from server.knowledge.errors import WorkshopFailed
from voice import compose
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge, Mind
from voice.models import VocabularyKind, vocabulary_kind
from voice.settings import Settings

Made = TypeVar("Made")
_MOST_BASES: Final = 3  # the one in force, the one to be, and one with a draft


def content_of(article: Article) -> dict[str, Any]:
    """Return an article as the desk keeps it; versions are counted there."""
    return {name: value for name, value in plain(article).items() if name != "version"}


def article_of(content: Plain) -> Article:
    """Return it as the house uses it.  Raises WorkshopFailed where this program's rules no longer allow it."""
    try:
        return ArticleRow.model_validate(dict(content)).article()
    except ValidationError as error:
        raise WorkshopFailed(f"article {content.get('id', '')!r:.80}: {'; '.join(problems(error))}") from error


class BaseOfFile:
    """The base in force on this machine; a `BaseInForce`."""

    def __init__(self, base: Callable[[], KnowledgeBase]) -> None:
        self._base = base

    def contents(self) -> tuple[Plain, ...]:
        """See `BaseInForce`."""
        try:
            return tuple(content_of(article) for article in self._base().articles())
        except KnowledgeBaseError as error:
            raise WorkshopFailed(str(error)) from error


class LastMade(Generic[Made]):
    """Keeps what was made last of a base.  Safe from many threads; one makes at a time."""

    def __init__(self, make: Callable[[Base], Made], most: int = _MOST_BASES) -> None:
        self._make = make
        self._most = most
        self._kept: OrderedDict[str, Made] = OrderedDict()
        self._lock = Lock()

    def of(self, base: Base) -> Made:
        """Return it, made now where it is not there."""
        key = base.key
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._make(base)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return self._kept[key]


@dataclass(frozen=True)
class Bench:
    """What checks, try-outs and the gate share; all of it is made when first needed."""

    settings: Settings
    desk_phone: str

    @cached_property
    def readings(self) -> Readings:
        """Readings, kept with the device's own."""
        return Readings(self.settings.cache_dir / "readings")

    @cached_property
    def minds(self) -> LastMade[Mind]:
        """What a device would know of a base."""
        return LastMade(self._mind)

    @cached_property
    def ears(self) -> compose.Ears:
        """What hears.  Raises ModelError."""
        return compose.Ears(self.settings)

    @cached_property
    def hears_kana(self) -> bool:
        """Whether the model in use hears morae.  Raises ModelError."""
        return vocabulary_kind(compose.model_folder(self.settings)) is VocabularyKind.MORAE

    def _mind(self, base: Base) -> Mind:
        articles = [article_of(content) for content in base.contents]
        indexes = Indexes(self.settings.cache_dir / "desk-index")
        costs = compose.costs(self.settings)
        return Knowledge(
            MemoryKnowledgeBase(articles), self.readings, indexes, costs=costs, desk_phone=self.desk_phone
        ).current()
