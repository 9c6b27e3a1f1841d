"""Replies, numbers, names and times in the words of people from all over, and of those who have had enough."""

import pytest

from intents.callback import Stage
from intents.complaints import is_complaint
from intents.name_slot import NameHeard, correct_name, name_in
from intents.new_time_own import own_wish_in
from intents.phone_corrections import Corrected, correct
from intents.phone_slot import EMPTY, HeardKind, PhoneDraft, hear_digits
from intents.replies import Reply, reply_in
from intents.transcripts import typed
from intents.when import when_in
from intents.when_types import TOKYO, Reason, Unclear, Wishes
from tests.unit.test_callback import NOW, TO_NAME, TO_OFFER, TO_PHONE, TO_SUMMARY, TO_WHEN, Talk

READ_BACK = PhoneDraft(digits="09032145687", last_group=4)


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("もうええわ", Reply.STOP),  # enough, and no 「ええわ」
        ("モーエーワ", Reply.STOP),
        ("もうええ", Reply.STOP),
        ("もう大丈夫ですよ", Reply.DECLINE),
        ("うん、そうや", Reply.YES),
        ("ンダンダ", Reply.YES),
        ("合うとる", Reply.YES),
        ("ほな、お願いします", Reply.YES),
        ("ちゃうちゃう", Reply.NO),
        ("あかんわ", Reply.NO),
        ("もういっぺん言うて", Reply.REPEAT),
        ("ゆっくり言うて", Reply.SLOWER),
    ],
)
def test_replies_of_other_regions(line, reply):
    assert reply_in(typed(line)) is reply


@pytest.mark.parametrize("line", ["もういい", "もうええわ", "めんどくさいからもういい", "疲れたからやめる", "モーイー"])
@pytest.mark.parametrize("before", [(), TO_NAME, TO_PHONE, TO_WHEN, TO_OFFER, TO_SUMMARY])
def test_who_has_had_enough_is_let_go(before, line):
    talk = Talk()(*before, line)
    assert talk.form.stage is Stage.LEFT
    assert talk.stored is None


@pytest.mark.parametrize("line", ["もういい時間だから明日", "時間を早めます", "あと何分か早めます"])
def test_a_time_is_no_end(line):
    assert Talk()(*TO_WHEN, line).form.stage is not Stage.LEFT


@pytest.mark.parametrize("line", ["三回も壊れてるのに誰も来ない", "頭にくる", "いつまで待たせるんだ", "どうなってんの"])
def test_anger_is_heard(line):
    assert is_complaint(typed(line))


@pytest.mark.parametrize(
    "line", ["急ぎません", "急いでいません", "急ぎじゃないです", "急がんでええ", "ずっと家におります"]
)
def test_no_hurry_is_any_time(line):
    found, any_time = when_in(typed(line), now=NOW), when_in(typed("いつでも"), now=NOW)
    assert isinstance(found, Wishes)
    assert found.windows == any_time.windows


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("今日はもう遅いから明日", "11-25 09:00"),
        ("今日は疲れたから明日の朝", "11-25 09:00"),
        ("今週はあかん、来週", "11-30 09:00"),
        ("月水金はデイサービスだから、火曜か木曜の午前", "11-26 09:00"),
        ("3日したら", "11-27 09:00"),
        ("2、3日したら", "11-26 09:00"),
        ("一週間したら", "12-01 09:00"),
        ("やのあさって", "11-28 09:00"),
        ("3時15分前", "11-24 14:45"),
        ("サンジジューゴフンマエ", "11-24 14:45"),
        ("午後2時10分前", "11-24 13:50"),
        ("年が明けてから", "01-04 09:00"),
        ("R8.12.5", "12-05 09:00"),
    ],
)
def test_times_in_other_words(line, begins):
    found = when_in(typed(line), now=NOW)
    assert isinstance(found, Wishes)
    assert f"{found.windows[0].begins.astimezone(TOKYO):%m-%d %H:%M}" == begins


def test_after_a_meal_is_asked_for_its_time():
    for line in ("昼ごはん食べてから", "お昼ごはんのあと", "朝ドラのあと"):
        found = when_in(typed(line), now=NOW)
        assert isinstance(found, Unclear)
        assert found.reason is Reason.TIME_WANTED


@pytest.mark.parametrize(
    ("line", "digits"),
    [
        ("5じゃのうて9や", "09032149687"),
        ("5やのうて9", "09032149687"),
        ("5でなしに9", "09032149687"),
        ("終わりは1", "09032145681"),
        ("ラストが1", "09032145681"),
        ("終わりから二番目が9", "09032145697"),
        ("7と言いましたが1です", "09032145681"),
        ("3214のとこ、3241です", "09032415687"),
    ],
)
def test_digits_put_right_in_other_words(line, digits):
    found = correct(READ_BACK, typed(line))
    assert isinstance(found, Corrected)
    assert found.draft.digits == digits


@pytest.mark.parametrize(
    ("line", "digits"),
    [
        ("家の電話は045の、ちょっと待ってくださいね、045の、681の、1234です", "0456811234"),
        ("きゅうまるきゅう…あ、すみません、ぜろきゅうぜろ、いちにさんよん、ごろくななはち", "09012345678"),
        ("おうちは052の、うーん、なんだったかしら、そうそう、052の951の4321", "0529514321"),
        ("携帯でいいんかいな、ほなら090の1234の5678や", "09012345678"),
        ("03-3456-7890 内線の25です", "0334567890"),
        ("03の3456の7890、内線は25番", "0334567890"),
        ("ゼロサンノサンヨンゴーロクノナナハチキューゼロナイセンニジューゴ", "0334567890"),
    ],
)
def test_numbers_begun_anew_and_extensions(line, digits):
    found = hear_digits(EMPTY, typed(line))
    assert (found.kind, found.draft.digits) == (HeardKind.COMPLETE, digits)


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        ("名前は鈴木、鈴木一郎です", "スズキイチロー"),
        ("林です、はやし", "ハヤシ"),
        ("鈴木です鈴木です", "スズキ"),
        ("ヤマモトヤマモトフミエデス", "ヤマモトフミエ"),
        ("吉田です、よろしくお願いします", "ヨシダ"),
        ("ヨシダデスヨロシクオネガイシマス", "ヨシダ"),
        ("お世話になります、吉田ですー", "ヨシダ"),
        ("お忙しいところすみません、吉田と申しますが", "ヨシダ"),
        ("えー田中と言いますけども", "タナカ"),
        ("カトーデスサッキイイマシタ", "カトー"),
        ("渡部と書いてわたべです", "ワタベ"),
        ("長谷川です、長い谷の川", "ハセガワ"),
        ("わたしはね、河野ちづるっていうの", "コーノチズル"),
        ("ワタナベっちゅうもんです", "ワタナベ"),
        ("木村ですよ、さっき言ったでしょう", "キムラ"),
        ("お名前ですか、きむらです", "キムラ"),
        ("おばあちゃんの代わりに電話してます、孫の山本です", "ヤマモト"),
        ("名字は大河内、名前はしづ", "オーコーチシヅ"),
        ("佐藤です、佐藤の藤は藤の花の藤", "サトー"),
        ("斎藤のサイは難しいほうの斎です", "サイトー"),
    ],
)
def test_names_in_a_sentence(line, reading):
    found = name_in(typed(line))
    assert isinstance(found, NameHeard)
    assert found.reading.replace("ウ", "ー") == reading.replace("ウ", "ー")


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        ("佐藤じゃなくて加藤です", "カトウミヨコ"),
        ("下の名前はみちこ", "サトウミチコ"),
        ("しもの名前だけ違います、みちこです", "サトウミチコ"),
        ("名字が違います、加藤です", "カトウミヨコ"),
        ("最後は、こ、じゃなくて、か", "サトウミヨカ"),
        ("はい、そうです、佐藤美代子", "サトウミヨコ"),
    ],
)
def test_names_put_right(line, reading):
    found = correct_name(name_in(typed("さとうみよこです")), typed(line))
    assert isinstance(found, NameHeard)
    assert found.reading.replace("ウ", "ー") == reading.replace("ウ", "ー")


@pytest.mark.parametrize("line", ["名字が違います", "下の名前が違います", "名前が違う", "ミョージガチガイマス"])
def test_a_wrong_name_is_asked_anew(line):
    talk = Talk()(*TO_NAME, "佐藤美代子です", line)
    assert talk.form.stage is Stage.NAME
    assert "もう一度" in talk.said


def test_a_stumble_takes_back_all_that_was_just_said():
    begun = hear_digits(EMPTY, typed("06の6762の")).draft
    found = hear_digits(begun, typed("5、5、5、あれ、5、6、7、8"))
    assert (found.kind, found.draft.digits) == (HeardKind.COMPLETE, "0667625678")


@pytest.mark.parametrize("line", ["けったいな機械やな", "携帯は持ってへん", "名前はええやろ", "そうですね"])
def test_a_murmur_is_no_name(line):
    assert not isinstance(name_in(typed(line)), NameHeard)


@pytest.mark.parametrize("before", [TO_PHONE, TO_WHEN, TO_OFFER, TO_SUMMARY])
def test_a_name_is_put_right_at_any_stage(before):
    talk = Talk()(*before)
    stage = talk.form.stage
    talk("あ、山田じゃなくて山下です")
    assert talk.form.stage is Stage.NAME_CHECK
    assert talk.form.name.reading == "ヤマシタハナコ"
    talk("はい")
    assert talk.form.stage in (stage, Stage.SUMMARY)
    assert Talk()(*before, "名前が間違っています").form.stage is Stage.NAME


@pytest.mark.parametrize("before", [TO_WHEN, TO_OFFER])
def test_a_number_is_changed_while_times_are_asked(before):
    talk = Talk()(*before, "電話番号を間違えました", "03-3456-7890", "はい")
    assert talk.form.phone.digits == "0334567890"
    assert talk.form.stage in (Stage.WHEN, Stage.OFFER)


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("その時間は出かけとる", "change"),
        ("ソノヒワビョーインデス", "change"),
        ("疲れたからもういい", None),  # of talking; the call is still wanted
        ("めんどくさい", None),
        ("やめます", "withdraw"),
    ],
)
def test_a_time_told_may_be_refused_in_ones_own_words(line, wish):
    assert own_wish_in(typed(line)) == wish


@pytest.mark.parametrize("line", ["え、いつ？", "いつ？", "何時？", "イツ"])
def test_when_asks_for_it_once_more(line):
    assert reply_in(typed(line)) is Reply.REPEAT
