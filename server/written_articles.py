"""What staff see of articles once they are written at the desk: what devices tell, with the notes as they were approved."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from server.articles import ArticleCard, ArticleDirectory
from server.editing import EditingDesk
from server.knowledge.content import STAFF_ONLY, Plain
from server.knowledge.errors import WorkshopFailed


class WrittenArticles:
    """An `ArticleDirectory` over the desk's own articles; over `otherwise` until one was approved here.

    Answers are those in force; notes and authority hold from their approval on.  Safe from many threads.
    """

    def __init__(self, editing: EditingDesk, otherwise: ArticleDirectory) -> None:
        self._editing = editing
        self._otherwise = otherwise
        self._known: tuple[object, Mapping[str, ArticleCard], Mapping[str, str]] | None = None

    def card(self, article_id: str) -> ArticleCard | None:
        """See `ArticleDirectory`; an article taken back is still known to the base the desk began with."""
        return self._current()[0].get(article_id) or self._otherwise.card(article_id)

    def titles(self) -> Mapping[str, str]:
        """See `ArticleDirectory`."""
        return self._current()[1]

    def _current(self) -> tuple[Mapping[str, ArticleCard], Mapping[str, str]]:
        mark = self._editing.mark()
        if not mark[0]:
            return {}, self._otherwise.titles()
        known = self._known
        if known is None or known[0] != mark:
            cards = self._cards()
            titles = {card.id: card.title for card in cards.values()}
            known = self._known = mark, cards, MappingProxyType(dict(self._otherwise.titles()) | titles)
        return known[1], known[2]

    def _cards(self) -> Mapping[str, ArticleCard]:
        approved = self._editing.articles.approved()
        try:
            in_force = self._editing.in_force()
        except WorkshopFailed:  # a bundle of a newer program
            in_force = approved
        told = {str(one["id"]): one for one in in_force.contents}
        notes = {str(one["id"]): one for one in approved.contents}
        return {key: _card(told.get(key) or notes[key], notes.get(key, {})) for key in told.keys() | notes.keys()}


def _card(told: Plain, notes: Plain) -> ArticleCard:
    staff: dict[str, Any] = {name: notes.get(name) for name in STAFF_ONLY}
    steps = tuple(str(one["text"] if isinstance(one, Mapping) else one) for one in told.get("steps", ()))
    readings = {str(word): str(kana) for word, kana in dict(told.get("readings") or {}).items()}
    return ArticleCard(
        id=str(told["id"]), title=str(told["title"]), answer=str(told["answer"]), steps=steps, readings=readings,
        safety=told.get("safety") is True, variants=tuple(map(str, told.get("variants", ()))), **staff,
    )  # fmt: skip
