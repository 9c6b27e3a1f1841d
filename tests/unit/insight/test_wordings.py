"""Which wordings an article has already: however they are spelled, and however politely they are said."""

import pytest

from server.insight.wordings import WrittenWords
from server.knowledge.content import base_of

RETURNS = {"id": "returns", "title": "返品", "variants": ["返品したい", "月極の契約をやめたい"]}
RETURNS |= {"readings": {"月極": "つきぎめ"}}
OTHER = {"id": "other", "title": "保証書", "variants": ["保証書をなくした"]}


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("返品したい", True),
        ("返品 したい。", True),
        ("ヘンピンシタイ", True),  # as the embedded model hears it
        ("返品したいのですが", True),
        ("ツキギメノケーヤクオヤメタイ", True),  # by the article's own readings
        ("返品をしたくて", False),
        ("保証書をなくした", False),  # another article's
        ("", False),
    ],
)
def test_wordings_of_an_article(text, has):
    assert WrittenWords(base_of([RETURNS, OTHER])).has("returns", text) is has


def test_an_article_that_is_not_written_at_the_desk_has_none_that_are_known():
    assert not WrittenWords(base_of([])).has("returns", "返品したい")
