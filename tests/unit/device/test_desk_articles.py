"""What staff see of the knowledge base while it changes, vanishes, or cannot be read."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from kb.articles import Article, Step
from kb.fakes import MemoryKnowledgeBase
from kb.sample import sample_articles
from kb.store import SqliteKnowledgeBase
from server.articles import ArticleCard
from voice import compose
from voice.desk_articles import RETRY_S, KnowledgeBaseArticles
from voice.knowledge import Answers
from voice.settings import Settings

LATE = Article(
    id="delivery-late",
    title="配送の遅れ",
    category="配送",
    variants=("まだ届かない",),
    answer="お調べします。",
    steps=(Step(text="番号をご用意ください。", reading="ばんごーを"), Step(text="お待ちください。")),
    staff_note="送り状番号を確認する。",
    authority="送料分の返金",
    authority_up_to_yen=1100,
)
OTHER = Article(id="other", title="別の話", category="類", variants=("別の質問",), answer="答え")


class Clock:
    """Stands still until it is moved."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def base(tmp_path):
    stored = SqliteKnowledgeBase(tmp_path / "kb.db", create=True)
    stored.store([LATE, OTHER])
    return stored


@pytest.fixture
def articles(base, clock):
    return KnowledgeBaseArticles(SqliteKnowledgeBase(base.path, lock_timeout_s=0.05), clock_s=clock)


def test_a_card_says_all_that_staff_need(articles):
    assert articles.card("delivery-late") == ArticleCard(
        id="delivery-late",
        title="配送の遅れ",
        answer="お調べします。",
        staff_note="送り状番号を確認する。",
        authority="送料分の返金",
        authority_up_to_yen=1100,
        steps=("番号をご用意ください。", "お待ちください。"),
        variants=("まだ届かない",),
    )
    assert articles.titles() == {"delivery-late": "配送の遅れ", "other": "別の話"}


def test_an_unknown_article(articles):
    assert articles.card("nothing") is None


def test_titles_cannot_be_changed(articles):
    with pytest.raises(TypeError):
        articles.titles()["x"] = "y"


def test_an_article_without_a_note(articles):
    card = articles.card("other")
    assert (card.staff_note, card.authority, card.authority_up_to_yen, card.steps) == (None, None, None, ())


def test_it_is_read_once_while_nothing_changes(articles, base):
    os.utime(base.path, (1, 1))
    assert articles.titles() is articles.titles()


def test_a_changed_base_is_read_anew(articles, base):
    assert articles.card("delivery-late").authority_up_to_yen == 1100
    base.store([replace(LATE, authority_up_to_yen=2000)], remove_others=True)
    assert articles.card("delivery-late").authority_up_to_yen == 2000
    assert articles.card("other") is None


def test_a_change_within_a_tick_of_the_clock_is_not_missed(base):
    state = base.path.stat()
    articles = KnowledgeBaseArticles(base, wall_clock_ns=lambda: state.st_mtime_ns)
    assert articles.card("delivery-late").authority_up_to_yen == 1100
    base.store([replace(LATE, authority_up_to_yen=2000)])
    os.utime(base.path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert base.path.stat().st_size == state.st_size
    assert articles.card("delivery-late").authority_up_to_yen == 2000


def test_a_vanished_base_leaves_what_was_known(articles, base, caplog):
    assert articles.card("other").title == "別の話"
    base.path.unlink()
    assert articles.card("other").title == "別の話"
    assert articles.titles()["delivery-late"] == "配送の遅れ"
    (record,) = caplog.records  # said once, not at every page
    assert record.levelname == "WARNING"
    assert "no knowledge base at" in record.getMessage()


def test_a_damaged_base_leaves_what_was_known_until_it_is_mended(articles, base, caplog):
    content = base.path.read_bytes()
    assert articles.card("other").title == "別の話"
    base.path.write_bytes(b"no database at all")
    assert articles.card("other").title == "別の話"
    assert "damaged" in caplog.text
    base.path.write_bytes(content)
    base.store([replace(OTHER, title="新しい話")])
    assert articles.card("other").title == "新しい話"


def test_a_base_that_was_never_there(tmp_path, clock, caplog):
    articles = KnowledgeBaseArticles(SqliteKnowledgeBase(tmp_path / "kb.db"), clock_s=clock)
    assert articles.card("other") is None
    assert articles.titles() == {}
    assert len(caplog.records) == 1
    SqliteKnowledgeBase(tmp_path / "kb.db", create=True).store([OTHER])
    assert articles.card("other").title == "別の話"


class Locked(MemoryKnowledgeBase):
    """Its file is there and does not change; reading fails as often as told."""

    failures = 1
    reads = 0

    def articles(self):
        self.reads += 1
        if self.reads <= self.failures:
            raise OSError("the disk is busy")
        return super().articles()


def test_a_base_that_was_busy_is_tried_again_after_a_while(tmp_path, clock, caplog):
    base = Locked([OTHER])
    base.path = tmp_path / "kb.db"
    base.path.touch()
    articles = KnowledgeBaseArticles(base, clock_s=clock)
    assert [articles.card("other") for _ in range(3)] == [None] * 3
    assert base.reads == 1
    clock.now_s = RETRY_S
    assert articles.card("other").title == "別の話"
    assert len(caplog.records) == 1


def test_many_threads_while_the_base_changes(articles, base, clock):
    amounts = range(1, 21)

    def look(_):
        return articles.card("delivery-late").authority_up_to_yen

    with ThreadPoolExecutor(8) as threads:
        seen = [threads.submit(look, n) for n in range(400)]
        for amount in amounts:
            base.store([replace(LATE, authority_up_to_yen=amount)])
        found = {call.result() for call in seen}
    assert found <= {1100, *amounts}
    clock.now_s = RETRY_S  # the last look may have found it locked
    assert articles.card("delivery-late").authority_up_to_yen == 20


def test_the_sample_is_shown_until_there_is_a_base_of_ones_own(tmp_path):
    settings = Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache")
    articles = compose.article_directory(settings)
    assert "return-period" in articles.titles()
    SqliteKnowledgeBase(settings.data_dir / "kb.db", create=True).store([OTHER])
    assert articles.titles() == {"other": "別の話"}
    (settings.data_dir / "kb.db").unlink()
    assert articles.titles() == {"other": "別の話"}  # not the sample of somebody else


def test_a_base_that_was_named_is_never_replaced_by_the_sample(tmp_path):
    articles = compose.article_directory(Settings(kb=tmp_path / "no.db", cache_dir=tmp_path / "cache"))
    assert articles.titles() == {}


def test_the_sample_tells_staff_what_they_may_grant_and_customers_nothing_of_it():
    found = sample_articles()
    granting = [a for a in found if a.authority]
    assert len(granting) >= 60
    assert all(a.staff_note for a in granting)
    assert any(a.authority_up_to_yen == 0 for a in granting)
    assert {a.category for a in granting} >= {"配送", "返品・交換", "支払い", "修理・保証", "注文", "ご意見"}
    spoken = "\n".join(s.text + (s.reading or "") for s in Answers(found).all_spoken())
    assert [a.id for a in granting if a.authority in spoken or a.staff_note in spoken] == []
