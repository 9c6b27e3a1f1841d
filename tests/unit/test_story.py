"""What customers say to how things are, and how they want to be called: in words the data does not list."""

import pytest

from intents.address import Address, address_wish, called
from intents.answers import Spoken
from intents.data_files import load
from intents.readings import reading_of
from intents.story import StoryAnswer, is_withdrawing, later_in, story_answer, story_sentence
from intents.transcripts import Hypothesis, Transcript, typed

WELL = """おかげさまで快調です/あれから一度も漏れてません/もう音はしなくなりました/まだ大丈夫です/悪くないです/無事に届きました/水漏れは止まりました
息子が直してくれました/母のおかげで直りました/もう困ってません/前より静かになりました/はい、おかげで冷えるようになりました/ちゃんと映るようになった
うん、今は大丈夫/修理の人が来てくれて直りました/もう解決してます/変な音も止んで静かです/交換してもらって快調です/孫に見てもらって直ったのよ
もうすっかり直りました/ちゃんと返金されました/調子ええで/ようなったわ、おおきに/なおっとるよ/もう水は垂れてきません/不具合は出ていません
直ったと思います/ありがとう、もう何ともないわ/エラーは出なくなったよ/お変わりなく使っています/もう直っちゃいました"""
UNWELL = """まだ調子が悪い/また水漏れした/直ってないです/直ったんですけど、また漏れてきました/大丈夫じゃないです/ちっともよくならない/あかんわ、また止まった
電源が入らなくなりました/昨日からまた動かなくなって/まだ届いてません/元に戻ってしまいました/いいえ、まだなんです/たまに止まります/満足はしてないです
よくなったと思ったのに、また出ました/直ったとは言えないです/おかげさまでと言いたいところですが、また漏れてます/全然つながらへん/ぜんぜん直っとらん
まだ直してもらってません/うまく動いてくれません/しばらくはよかったんですが、また壊れました/やっぱり冷えが悪いです/連絡がまだ来ません/もう一回見てほしい
あんまり大丈夫じゃない/余計に悪くなりました/何も変わってない/やっぱり動かないです/まだ変な臭いがします/返金がまだです/今日もまた水浸しです"""
NOT_ME = "それは主人です/私じゃないです/何の話ですか/それ母が電話したんだと思います/うちではありません/それ、私ではなくて娘です/覚えがありません"
STOP = "その件はもういいです/もういいです/結構です/答えたくないです/その話はしたくない"
NOTHING = "返品の期限を教えて/はい/いいえ/営業時間は何時までですか/人と話したい/もう一度/支払い方法を変えたい/配達日を変更したい"


def lines(text):
    return [one for line in text.splitlines() for one in line.split("/")]


def as_morae(text):
    """As the embedded model hears it: its sound alone."""
    reading = reading_of(text)
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=1.0),), duration_ms=900)


@pytest.mark.parametrize("heard", [typed, as_morae])
@pytest.mark.parametrize(
    ("meant", "said"),
    [
        (StoryAnswer.WELL, WELL),
        (StoryAnswer.UNWELL, UNWELL),
        (StoryAnswer.NOT_ME, NOT_ME),
        (StoryAnswer.STOP, STOP),
        (StoryAnswer.NEITHER, "まあまあです/まだわからないです/様子を見ています"),
        (StoryAnswer.NEVER, "もう聞かないでください/聞かないで"),
        (None, NOTHING),
    ],
)
def test_what_is_said_to_it(heard, meant, said):
    found = {line: story_answer(heard(line)) for line in lines(said)}
    assert len(found) >= 2
    assert {line: answer for line, answer in found.items() if answer is not meant} == {}


def test_many_ways_to_say_it_are_no_words_of_the_data():
    listed = str(load("story"))
    assert len(lines(WELL)) + len(lines(UNWELL)) >= 60
    assert not [line for line in lines(WELL) + lines(UNWELL) if reading_of(line) in listed]


@pytest.mark.parametrize(
    "line",
    lines(
        "その後のことは聞かないで/様子を聞かなくていいです/その後どうですかと聞くのをやめて/その後の確認はいりません/後から様子を聞かれたくない"
    ),
)
def test_not_to_be_asked_any_more(line):
    assert is_withdrawing(typed(line))
    assert is_withdrawing(as_morae(line))


@pytest.mark.parametrize(
    "line",
    lines("その後の予定を聞かせて/様子がおかしいのでやめて/様子を聞きたい/その後どうすればいいですか/名前を聞かないで"),
)
def test_something_else_is_no_withdrawal(line):
    assert not is_withdrawing(typed(line))


@pytest.mark.parametrize(
    ("line", "agreed"),
    [("はい", True), ("いいですよ", True), ("かまいません", True), ("いいえ", False), ("それはちょっと", False),
     ("その後のことは聞かないで", False), ("送料はいくらですか", None)],
)  # fmt: skip
def test_whether_one_may_be_asked_later(line, agreed):
    assert later_in(typed(line)) is agreed


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (
            Address.SAN,
            "田中さんと呼んで/様はつけないで/様付けはいりません/さまじゃなくてさんでお願いします/様なんて呼ばないでください/呼び捨てでいいよ",
        ),
        (Address.SENSEI, "先生と呼んで/田中先生と呼んでください/先生でお願いします/先生をつけてください"),
        (Address.SAMA, "様をつけてください/田中様と呼んでください/先生はやめてください/先生と呼ばないで"),
        (Address.PLAIN, "名前で呼ばないで/お客様と呼んで/お客さんでいいです"),
        (
            None,
            "田中さんをお願いします/先生に相談したい/返品の様式をください/さんまの焼き方/三番でお願いします/三でいいです/13でお願いします/担当の田中さんと話したい",
        ),
    ],
)
def test_how_somebody_wants_to_be_called(wish, said):
    assert {line: found for line in lines(said) if (found := address_wish(typed(line))) is not wish} == {}


def test_a_name_as_it_is_called():
    name = Spoken(text="佐藤", reading="サトー", is_personal=True)
    assert [called(name, form).text for form in Address] == ["佐藤さま", "佐藤さん", "佐藤先生", "佐藤さま"]
    assert called(name, Address.SENSEI).overrides["佐藤"] == "サトー"
    assert called(name, Address.SAN).is_personal


@pytest.mark.parametrize("name", sorted(load("story")["say"]))
def test_sentences_are_read_right(name):
    sentence = story_sentence(name)
    read = reading_of(sentence.text, sentence.overrides)
    for word, kana in (
        ("後日", "ゴジツ"),
        ("その後", "ソノゴ"),
        ("何より", "ナニヨリ"),
        ("担当の者", "タントーノモノ"),
    ):
        assert word not in sentence.text or kana in read
