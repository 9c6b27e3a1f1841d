import itertools
import random
from datetime import date

import pytest
from rapidfuzz.distance import Levenshtein

from intents.morae import from_kana, to_units
from intents.readings import reading_of
from kb.articles import Article
from kb.checking import Finding, Severity, counts, in_order, together
from kb.checking_articles import danger_words, validity, without_human
from kb.checking_variants import near_sound, phrases, same_sound, same_writing

TODAY = date(2026, 11, 22)


def article(id_: str, *variants: str, title: str = "", answer: str = "答えです。", **more) -> Article:
    return Article(id=id_, title=title or f"題{id_}", category="類", variants=variants, answer=answer, **more)


def wordings(*articles: Article):
    texts = ((a, text) for a in articles for text in (*a.variants, a.title))
    return phrases(articles, {(a.id, text): reading_of(text) for a, text in texts})


def finding(code: str, severity: Severity, article_id: str = "a") -> Finding:
    return Finding(code=code, severity=severity, article_id=article_id, text="", message="", remedy="")


def test_the_same_wording_in_two_articles_is_a_conflict_whatever_its_width_and_punctuation():
    (found,) = same_writing(wordings(article("a", "Wi-Fiの設定"), article("b", "ＷｉＦｉの　設定？")))
    assert (found.code, found.severity, found.article_id, found.others) == (
        "variant-conflict",
        Severity.ERROR,
        "a",
        ("b",),
    )


def test_a_wording_may_not_be_the_title_of_another_article():
    (found,) = same_writing(wordings(article("a", "返品の期限"), article("b", "いつまで返せる", title="返品の期限")))
    assert found.others == ("b",)


def test_the_same_wording_twice_in_one_article():
    (found,) = same_writing(wordings(article("a", "返品したい", "返品したい。")))
    assert (found.code, found.severity, found.text) == ("variant-duplicate", Severity.WARNING, "返品したい。")


def test_articles_that_are_never_told_on_the_same_day_do_not_conflict():
    old = article("a", "送料はいくらですか", valid_until=date(2026, 3, 31))
    new = article("b", "送料はいくらですか", valid_from=date(2026, 4, 1))
    assert not together(old, new)
    assert list(same_writing(wordings(old, new))) == []
    overlapping = article("b", "送料はいくらですか", valid_from=date(2026, 3, 31))
    assert len(list(same_writing(wordings(old, overlapping)))) == 1


def test_homophones_and_polite_forms_of_different_articles_sound_alike():
    found = list(same_sound(wordings(article("a", "機械の交換をしたい"), article("b", "機会の交換をしたいのですが"))))
    assert [(f.code, f.article_id, f.others) for f in found] == [("variant-homophone", "a", ("b",))]
    assert "機会の交換をしたいのですが" in found[0].message
    assert list(same_sound(wordings(article("a", "返品したい", "へんぴんしたい"), article("b", "交換したい")))) == []


def test_one_sound_apart_is_near_two_are_not():
    base = wordings(
        article("a", "入りタイマーの設定"), article("b", "切りタイマーの設定"), article("c", "オフタイマーの設定")
    )
    found = [f for f in near_sound(base) if "タイマー" in f.text]
    assert [(f.article_id, f.others, f.severity) for f in found] == [("a", ("b",), Severity.NOTE)]


@pytest.mark.parametrize(
    ("dates", "code", "severity"),
    [
        ({"valid_until": date(2026, 11, 21)}, "article-expired", Severity.WARNING),
        ({"valid_until": TODAY}, "article-expiring", Severity.WARNING),
        ({"valid_until": date(2026, 12, 22)}, "article-expiring", Severity.WARNING),
        ({"valid_until": date(2026, 12, 23)}, None, None),
        ({"valid_from": date(2026, 11, 23)}, "article-not-yet-valid", Severity.NOTE),
        ({"valid_from": TODAY}, None, None),
        ({}, None, None),
    ],
)
def test_validity(dates, code, severity):
    found = [(f.code, f.severity) for f in validity([article("a", "問い", **dates)], TODAY)]
    assert found == ([(code, severity)] if code else [])


@pytest.mark.parametrize(
    ("answer", "desk_phone", "told"),
    [
        ("すぐに使うのをやめてください。", "", False),
        ("すぐに使うのをやめてください。", "0120-000-123", True),
        ("0120-000-119へお電話ください。", "", True),
        ("119番へ。", "", False),  # the ambulance is not the desk
    ],
)
def test_a_safety_article_needs_a_human(answer, desk_phone, told):
    found = list(without_human([article("a", "煙が出た", answer=answer, safety=True)], desk_phone))
    assert [f.code for f in found] == ([] if told else ["safety-without-human"])
    assert list(without_human([article("a", "返品したい", answer=answer)], "")) == []


@pytest.mark.parametrize(
    ("text", "is_danger"),
    [
        ("本体から煙が出ています", True),
        ("バッテリーがふくらんで外せない", True),
        ("やけどをしました", True),
        ("禁煙ですか", False),
        ("修理を頼みたいんやけど", False),  # the dialect of Osaka
        ("お届けが遅い", False),
        ("燃えるごみに出せますか", False),
    ],
)
def test_words_of_danger_in_an_ordinary_article(text, is_danger):
    found = list(danger_words([article("a", text)]))
    assert [f.code for f in found] == (["safety-wording"] if is_danger else [])
    assert list(danger_words([article("a", text, safety=True)])) == []


def test_errors_come_first():
    note, error = finding("a", Severity.NOTE), finding("b", Severity.ERROR)
    assert in_order([note, error, finding("a", Severity.ERROR)])[0].code == "a"
    assert in_order([note, error]) == (error, note)
    assert counts([note, error, note]) == {Severity.ERROR: 1, Severity.WARNING: 0, Severity.NOTE: 2}


def test_near_wordings_are_found_whatever_their_place_in_a_large_base():
    chance = random.Random(7)
    morae = "カキクケコサシスセソタチツテトナニヌネノ"
    readings = ["".join(chance.choice(morae) for _ in range(chance.randint(6, 12))) for _ in range(300)]
    readings += [reading[:3] + "ム" + reading[4:] for reading in readings[::3]]  # one mora, one or two phones apart
    base = [article(str(n), reading, title=f"題{n}番") for n, reading in enumerate(readings)]
    found = {
        frozenset((f.article_id, other))
        for f in near_sound(phrases(base, {(a.id, text): text for a in base for text in (*a.variants, a.title)}))
        for other in f.others
    }
    sounds = [to_units(from_kana(reading)) for reading in readings]
    expected = {
        frozenset((str(one), str(other)))
        for one, other in itertools.combinations(range(len(sounds)), 2)
        if min(len(sounds[one]), len(sounds[other])) >= 8 and Levenshtein.distance(sounds[one], sounds[other]) <= 1
    }
    assert len(expected) > 2
    assert found == expected
