import pytest

from server.articles import ArticleCard, MemoryArticles, NoArticles

CARD = ArticleCard(
    id="delivery-late",
    title="配送の遅れ",
    answer="お調べします。",
    staff_note="送り状番号を確認する。",
    authority="送料分の返金",
    authority_up_to_yen=1000,
    steps=("番号をご用意ください。",),
)


def test_a_card_is_found_by_its_id():
    articles = MemoryArticles([CARD, ArticleCard(id="b", title="別の話", answer="答え")])
    assert articles.card("delivery-late") == CARD
    assert articles.card("nothing") is None
    assert articles.titles() == {"delivery-late": "配送の遅れ", "b": "別の話"}


def test_titles_cannot_be_changed():
    with pytest.raises(TypeError):
        MemoryArticles([CARD]).titles()["x"] = "y"


def test_a_desk_without_a_base_knows_nothing():
    assert NoArticles().card("delivery-late") is None
    assert NoArticles().titles() == {}
