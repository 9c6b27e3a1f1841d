import pytest

from intents.answers import Spoken
from intents.conversation import Pace
from intents.morae import from_kana
from intents.readings import morae_of
from kb.articles import Article, Step
from kb.checking import Severity
from voice.checks.aloud import pieces
from voice.checks.reading_aloud import doubts_in, passages, summed_up, variants
from voice.checks.speaking_time import LIMIT_S, measured, seconds, too_long
from voice.speaker import Speaker
from voice.speech.fakes import HummingSynthesizer, SilentSink


def article(answer: str = "はい。", id_: str = "a", **more) -> Article:
    return Article(id=id_, title="題", category="類", variants=("問い",), answer=answer, **more)


def doubts(one: Article) -> dict[str, tuple[str, Severity, str]]:
    found = [f for passage in passages([one]) for f in doubts_in(passage)]
    return {f.text: (f.code, f.severity, f.reading) for f in found}


TEXT = "14日以内に、USB-Cの箱を御徒町へ。1/2、35度、送料は1,100円。"


def test_pieces_make_up_the_text_and_its_reading():
    found = pieces(TEXT, {})
    assert "".join(p.text for p in found) == TEXT
    assert from_kana("".join(p.said for p in found)) == morae_of(TEXT)
    said = {p.text: p.said for p in found}
    assert said["USB-C"] == "ユーエスビータイプシー"
    assert said["14日"] == "ジューヨッカ"
    assert said["箱"] == "ハコ"


@pytest.mark.parametrize(
    ("answer", "fragment", "expected"),
    [
        ("14日以内です。", "14日以内", ("reading-number", Severity.NOTE, "ジューヨッカイナイ")),
        ("3kgまでです。", "3kg", ("reading-number", Severity.NOTE, "サンキログラム")),
        ("JCBが使えます。", "JCB", ("reading-latin", Severity.NOTE, "ジェーシービー")),
        ("Qwertzをどうぞ。", "Qwertz", ("reading-unknown-latin", Severity.WARNING, None)),
        ("辛いときは休みます。", "辛い", ("reading-ambiguous", Severity.NOTE, "ツライ")),
        ("山田がうかがいます。", "山田", ("name-without-reading", Severity.WARNING, "ヤマダ")),
        ("鶏めしを炊きます。", "鶏めし", ("reading-doubtful", Severity.WARNING, "トリメシ")),
    ],
)
def test_fragments_with_the_reading_that_will_be_said(answer, fragment, expected):
    code, severity, reading = doubts(article(answer))[fragment]
    assert (code, severity) == expected[:2]
    assert expected[2] in (None, reading)


def test_what_the_article_overrides_is_settled():
    text = "山田が14日に、辛い物をQwertzへ。"
    assert {"山田", "14日", "辛い", "Qwertz"} <= set(doubts(article(text)))
    readings = {"山田": "やまだ", "14日": "じゅうよっか", "辛い": "からい", "Qwertz": "くわーつ"}
    assert doubts(article(text, readings=readings)) == {}
    assert doubts(article(text, answer_reading="やまだがうかがいます")) == {}


def test_plain_words_are_not_reported():
    assert (
        doubts(
            article(
                "箱に入れて、お送りください。もう一度、電源を入れます。水曜日はお休みです。言うとおり、三十個、一回で。"
            )
        )
        == {}
    )


def test_steps_and_tips_are_read_too():
    one = article(
        steps=(Step(text="5分待ちます。"), Step(text="6分待ちます。", reading="ろっぷんまちます")), tip="7分です。"
    )
    assert set(doubts(one)) == {"5分", "7分"}


def test_titles_are_read_in_questions_back_and_variants_are_expected_to_be_said():
    one = Article(id="a", title="山田の件", category="類", variants=("鶏めしの件",), answer="はい。")
    assert set(doubts(one)) == {"山田"}
    assert [f.text for passage in variants([one]) for f in doubts_in(passage)] == ["鶏めし"]


def test_one_finding_for_a_fragment_in_many_articles():
    ones = [article("14日です。", id_=name) for name in "abc"]
    found = list(summed_up([f for p in passages(ones) for f in doubts_in(p)]))
    assert [(f.text, f.article_id, f.others) for f in found] == [("14日", "a", ("b", "c"))]


LONG = "ご注文の商品は、倉庫から発送いたします。" * 8


def test_an_answer_too_long_to_speak():
    (found,) = too_long(article(LONG), seconds)
    assert (found.code, found.severity) == ("answer-too-long", Severity.WARNING)
    assert list(too_long(article("短い答えです。"), seconds)) == []
    (step,) = too_long(article(steps=(Step(text=LONG),)), seconds)
    assert step.text == LONG


def test_a_tip_counts_where_it_is_told():
    half = LONG[: len(LONG) // 2]
    assert seconds(Spoken(text=half)) < LIMIT_S < 2 * seconds(Spoken(text=half))
    (found,) = too_long(article(half, tip=half), seconds)
    assert found.severity is Severity.NOTE
    told_otherwise = article(half, tip=half, steps=(Step(text="はい。"),))  # the steps are offered in its place
    assert list(too_long(told_otherwise, seconds)) == []


def test_speed_and_kana_count():
    assert seconds(Spoken(text=LONG), speed=2.0) == pytest.approx(seconds(Spoken(text=LONG)) / 2)
    assert seconds(Spoken(text="漢字", reading="か" * 100)) > 12


def test_only_what_is_near_the_limit_is_rendered():
    voice = HummingSynthesizer()
    length_s = measured(Speaker({Pace.NORMAL: voice}, SilentSink(), personal={}))
    near = LONG[:85]
    assert abs(seconds(Spoken(text=near)) - LIMIT_S) < 2
    assert length_s(Spoken(text="短い。")) == seconds(Spoken(text="短い。"))
    assert voice.texts == []
    assert length_s(Spoken(text=near)) != seconds(Spoken(text=near))
    assert voice.texts
