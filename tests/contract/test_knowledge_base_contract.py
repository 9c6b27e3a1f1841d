"""One suite over the fake and the real knowledge base."""

from dataclasses import replace

import pytest

from kb.articles import Article
from kb.errors import ArticleUnknown
from kb.fakes import MemoryKnowledgeBase
from kb.store import SqliteKnowledgeBase

ARTICLES = [Article(id=i, title=i, category="類", variants=(f"{i}の質問",), answer="答え") for i in ("b", "a", "c")]


@pytest.fixture(params=["memory", "sqlite"])
def base_and_put(request, tmp_path):
    if request.param == "memory":
        memory = MemoryKnowledgeBase()
        return memory, memory.put
    stored = SqliteKnowledgeBase(tmp_path / "kb.db", create=True)
    return stored, lambda article: stored.store([article])


def test_articles_come_by_id(base_and_put):
    base, put = base_and_put
    for article in ARTICLES:
        put(article)
    assert [a.id for a in base.articles()] == ["a", "b", "c"]
    assert base.articles()[1] == ARTICLES[0]


def test_an_empty_base(base_and_put):
    assert base_and_put[0].articles() == ()


def test_one_article(base_and_put):
    base, put = base_and_put
    put(ARTICLES[0])
    assert base.article("b") == ARTICLES[0]
    with pytest.raises(ArticleUnknown, match="'zzz'"):
        base.article("zzz")


def test_it_says_where_it_is(base_and_put):
    assert base_and_put[0].path.name in ("kb.db", ":memory:")


def test_a_change_moves_the_revision(base_and_put):
    base, put = base_and_put
    put(ARTICLES[0])
    before = base.revision()
    put(replace(ARTICLES[0], answer="新しい答え"))
    assert base.revision() != before
    assert base.articles()[0].answer == "新しい答え"
