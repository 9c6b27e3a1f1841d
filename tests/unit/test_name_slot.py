import pytest

from intents.name_slot import Declined, NameHeard, SignsDescribed, correct_name, name_in
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed


def heard(reading: str) -> Transcript:
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=0.9),), duration_ms=900)


@pytest.mark.parametrize(
    ("text", "reading", "family", "given"),
    [
        ("山田です", "ヤマダ", "ヤマダ", ""),
        ("やまだです。", "ヤマダ", "ヤマダ", ""),
        ("えーと、さとうたろうといいます", "サトウタロウ", "サトウ", "タロウ"),
        ("わたくし、鈴木と申します", "スズキ", "スズキ", ""),
        ("わたしはたかはしです", "タカハシ", "タカハシ", ""),
        ("山田 花子です", "ヤマダハナコ", "ヤマダ", "ハナコ"),
        ("くめ、まりです", "クメマリ", "クメ", "マリ"),
        ("渋谷の山田です", "ヤマダ", "ヤマダ", ""),
        ("山田商店の鈴木です", "スズキ", "スズキ", ""),
        ("いちのせです", "イチノセ", "イチノセ", ""),
        ("きのしたです", "キノシタ", "キノシタ", ""),
        ("小野寺です", "オノデラ", "オノデラ", ""),
        ("はやしだです", "ハヤシダ", "", ""),
        ("フェルナンデスです", "フェルナンデス", "", ""),
        ("フェルナンデス", "フェルナンデス", "", ""),
        ("ひでです", "ヒデ", "", ""),
        ("やすです", "ヤス", "", ""),
        ("島田だよ", "シマダ", "シマダ", ""),
        ("いやまです", "イヤマ", "", ""),  # not いや
        ("いなばです", "イナバ", "", ""),
        ("はい、たなかでお願いします", "タナカ", "タナカ", ""),
        ("なにわです", "ナニワ", "", ""),
    ],
)
def test_name_in(text, reading, family, given):
    name = name_in(typed(text))
    assert isinstance(name, NameHeard)
    assert (name.reading, name.family, name.given) == (reading, family, given)


@pytest.mark.parametrize(
    ("reading", "name"),
    [
        ("ヤマダトモーシマス", "ヤマダ"),
        ("ナマエワサトータローデス", "サトータロー"),
        ("シブヤノヤマダデス", "ヤマダ"),
        ("オーノデス", "オーノ"),
    ],
)
def test_name_in_morae(reading, name):
    found = name_in(heard(reading))
    assert isinstance(found, NameHeard)
    assert found.reading == name
    assert found.written == ""


def test_kanji_are_kept():
    name = name_in(typed("山田太郎と申します"))
    assert isinstance(name, NameHeard)
    assert name.written == "山田太郎"


@pytest.mark.parametrize(
    ("text", "is_question"),
    [
        ("いやです", False),
        ("言いたくない", False),
        ("教えたくないです", False),
        ("匿名でお願いします", False),
        ("なんで？", True),
        ("どうしてですか", True),
        ("名前は必要ですか", True),
    ],
)
def test_declined(text, is_question):
    assert name_in(typed(text)) == Declined(is_question)


@pytest.mark.parametrize(
    "text",
    [
        "090の1234の5678",
        "ゼロキュウゼロ",
        "ゼロキューゼロイチニーサンヨン",
        "もう一度お願いします",
        "ちょっとわかりません",
        "はい",
        "えーと",
    ],
)
def test_no_name(text):
    assert name_in(typed(text)) is None


def test_silence_is_no_name():
    assert name_in(NOTHING_HEARD) is None


def test_signs_are_kept_as_a_remark():
    assert name_in(typed("海の海に田んぼの田です")) == SignsDescribed("海の海に田んぼの田")
    name = name_in(typed("山の山に田んぼの田で山田です"))
    assert isinstance(name, NameHeard)
    assert (name.reading, name.remark) == ("ヤマダ", "山の山に田んぼの田")


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("やまだじゃなくてやまたです", "ヤマタタロウ"),
        ("たろうじゃなくてじろうです", "ヤマダジロウ"),
        ("ちがいます、やまもとです", "ヤマモト"),
        ("いいえ、やまだじろうです", "ヤマダジロウ"),
        ("いいえ、濁りません", "ヤマタタロウ"),
        ("やまぐちたろうです", "ヤマグチタロウ"),
    ],
)
def test_correct_name(text, reading):
    name = name_in(typed("やまだたろうです"))
    assert isinstance(name, NameHeard)
    changed = correct_name(name, typed(text))
    assert isinstance(changed, NameHeard)
    assert changed.reading == reading


def test_a_mere_no_is_asked_about():
    assert correct_name(NameHeard(reading="ヤマダ"), typed("ちがいます")) is None
