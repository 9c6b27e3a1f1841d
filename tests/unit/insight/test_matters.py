"""What a logged conversation was about and how it ended."""

from datetime import timedelta
from uuid import UUID

import pytest

from intents.prompts import prompt
from server.insight.material import Ending, Handled, Sign, with_handled, with_repetitions
from server.insight.matters import matters_of
from tests.callback_samples import NOW
from tests.insight_samples import SOLVED, answered, talk, unanswered

REQUEST = UUID(int=9)


def only(conversation):
    (found,) = matters_of(conversation)
    return found


@pytest.mark.parametrize(
    ("turns", "ending", "sign"),
    [
        ([("返品したい", "answer", "return"), ("はい", "answer", None, "")], Ending.VOICE, Sign.YES),
        ([("返品したい", "answer", "return"), ("ハイ", "answer", None, "")], Ending.VOICE, Sign.YES),
        ([("返品したい", "answer", "return"), ("解決しました", "answer", None, "")], Ending.VOICE, Sign.YES),
        ([("返品したい", "answer", "return"), ("ありがとう", "answer", None, "")], Ending.VOICE, Sign.THANKS),
        ([("返品したい", "answer", "return")], Ending.VOICE, Sign.QUIET),
        ([("返品したい", "answer", "return"), ("", "nothing_heard")], Ending.VOICE, Sign.QUIET),
        ([("返品したい", "answer", "return"), ("いいえ", "clarify", None, "")], Ending.LOST, Sign.REFUSED),
        ([("返品したい", "answer", "return"), ("いいえ", "callback", None, "")], Ending.LOST, Sign.LEFT),
        ([("あれなんだけど", "clarify", None)], Ending.LOST, Sign.LEFT),
        ([("あれなんだけど", "callback", None)], Ending.LOST, Sign.LEFT),
        ([("あれなんだけど", "unknown", None)], Ending.LOST, Sign.UNANSWERED),
        ([("返品したい", "answer", "return"), ("担当者と話したい", "callback", None, "")], Ending.LOST, Sign.LEFT),
    ],
)
def test_how_a_matter_ended(turns, ending, sign):
    found = only(talk("a", *turns))
    assert (found.ending, found.sign) == (ending, sign)


@pytest.mark.parametrize(
    ("heard", "is_matter"),
    [
        ("返品したいので担当者に代わってください", True),
        ("洗濯機が壊れたので担当の人と話したい", True),
        ("広報の人と話したい", True),
        ("コーホーノヒトトハナシタイ", True),
        ("担当の人と話したいです", False),
        ("係の方とお話ししたいのですが", False),
        ("ちょっと、どなたか担当の方に代わっていただけますか", False),
        ("人と話したいです", False),
        ("電話の人に代わって", False),
        ("どなたか、人と話したい", False),
        ("ちゃんとした人と話したいんですけど", False),
    ],
)
def test_a_wish_for_a_human_that_says_what_for_is_a_matter(heard, is_matter):
    found = matters_of(talk("a", (heard, "callback", None, "よろしいでしょうか。")))
    assert [(one.text, one.sign) for one in found] == ([(heard, Sign.LEFT)] if is_matter else [])


def test_a_wish_for_a_human_after_a_matter_belongs_to_it():
    turns = [("返品したい", "answer", "return"), ("よく分からないので担当の人と話したい", "callback", None, "")]
    (found,) = matters_of(talk("a", *turns, callback=REQUEST))
    assert (found.text, found.sign) == ("返品したい", Sign.REQUEST)


def test_a_request_belongs_to_the_last_matter_that_was_not_solved():
    found = matters_of(
        talk(
            "a",
            ("営業時間は", "answer", "hours"),
            ("はい", "answer", None, ""),
            ("変な音がする", "callback", None, ""),
            ("", "callback", None, "[name]", "consent"),
            callback=REQUEST,
        )
    )
    assert [(one.sign, one.request) for one in found] == [(Sign.YES, None), (Sign.REQUEST, REQUEST)]


def test_a_request_for_something_else_leaves_a_solved_matter_solved():
    turns = [
        ("営業時間は", "answer", "hours"),
        ("はい", "answer", None, ""),
        ("担当者と話したい", "callback", None, ""),
    ]
    assert only(talk("a", *turns, callback=REQUEST)).sign is Sign.YES


def test_words_after_asking_back_are_the_same_matter():
    found = only(
        talk("a", ("あれの件", "clarify", None), ("返品したい", "answer", "return"), ("はい", "answer", None, ""))
    )
    assert [said.text for said in found.said] == ["あれの件", "返品したい"]
    assert (found.topic, found.asked_back, found.understood_at_once) == ("return", 1, False)


def test_a_choice_that_was_taken_is_the_answer():
    found = only(talk("a", ("返品", "clarify", None), ("はい", "answer", "return"), ("ありがとう", "answer", None, "")))
    assert (found.topic, found.sign, found.asked_back) == ("return", Sign.THANKS, 1)


def test_the_second_guess_may_be_right():
    turns = [
        ("返品したい", "answer", "exchange"),
        ("いいえ", "clarify", None, "失礼いたしました。"),
        ("はい", "answer", "return"),
        ("はい", "answer", None, ""),
    ]
    found = only(talk("a", *turns))
    assert (found.topic, found.refused, found.sign) == ("return", ("exchange",), Sign.YES)


def test_refusing_an_offer_of_steps_refuses_no_answer():
    offer = f"ご案内です。{prompt('steps_offer').text}"
    found = only(
        talk("a", ("直し方は", "answer", "repair", offer), ("いいえ", "answer", None, prompt("declined").text))
    )
    assert (found.refused, found.sign) == ((), Sign.QUIET)


def test_two_questions_are_two_matters():
    found = matters_of(talk("a", ("営業時間は", "answer", "hours"), ("返品したい", "answer", "return")))
    assert [one.topic for one in found] == ["hours", "return"]


def test_replies_and_forms_alone_are_no_matter():
    assert matters_of(talk("a", ("はい", "clarify", None), ("", "callback", None, "[name]", "phone"))) == []


def test_asked_again_within_a_day_it_was_not_solved():
    first = answered("a", "返品したい", "return", reply="")
    sure = answered("b", "返品したい", "return", at=NOW + timedelta(hours=1))
    later = answered("c", "ヘンピンシタイ", None, reply="", at=NOW + timedelta(hours=3))
    other = answered("d", "返品したい", "return", reply="", device="box-2", at=NOW + timedelta(hours=2))
    found = with_repetitions([one for given in (later, sure, other, first) for one in matters_of(given)])
    assert [one.sign for one in found] == [Sign.REPEATED, Sign.YES, Sign.QUIET, Sign.UNANSWERED]
    assert found[0].ending is Ending.AGAIN


@pytest.mark.parametrize(("hours", "sign"), [(24, Sign.REPEATED), (25, Sign.QUIET)])
def test_a_day_is_a_day(hours, sign):
    talks = [
        answered("a", "返品したい", "return", reply=""),
        answered("b", "返品", "return", at=NOW + timedelta(hours=hours)),
    ]
    assert with_repetitions([only(one) for one in talks])[0].sign is sign


def test_where_many_ask_the_same_nobody_asks_again():
    talks = [answered(str(n), "返品したい", "return", reply="", at=NOW + timedelta(minutes=n)) for n in range(9)]
    assert with_repetitions([only(one) for one in talks])[0].sign is Sign.QUIET


def test_what_the_desk_knows_of_the_request():
    known = Handled(request=REQUEST, case=UUID(int=3), urgency="safety", closed_at=NOW, close_reason="satisfied")
    found = only(unanswered("a", "音がする", request=REQUEST))
    assert (found.ending, found.danger, found.solved) == (Ending.HUMAN, False, False)
    (found,) = with_handled([found], {REQUEST: known})
    assert (found.handled, found.danger, found.solved) == (known, False, True)  # danger is what the customer says


@pytest.mark.parametrize(
    ("heard", "what"),
    [
        ("対応がひどい", "complaint"),
        ("もっと大きく書いてほしい", "suggestion"),
        ("モットオーキクカイテホシー", "suggestion"),
        ("コンセントから火花が出た", "danger"),
        ("コゲクサイ", "danger"),
        ("営業時間は", None),
    ],
)
def test_what_is_heard_in_it(heard, what):
    found = only(talk("a", (heard, "callback", None)))
    assert [name for name in ("complaint", "suggestion", "danger") if getattr(found, name)] == ([what] if what else [])


def test_the_question_is_the_one_devices_ask():
    assert "解決しましたか" in SOLVED


def test_what_is_answered_to_the_wish_for_a_human_is_not_what_the_matter_was_about():
    found = only(
        talk("a", ("掃除機の吸い込みが弱い", "answer", "suction"), ("担当の人と話したい", "answer", "talk-to-manager"))
    )
    assert found.topic == "suction"


def test_the_devices_own_words_are_no_danger():
    told = "すぐに使うのをやめ、煙や火が出たら119番へ。安全のため、すぐに担当の者とお話しください。"
    found = only(talk("a", ("電池がすぐ切れます", "answer", "battery-hot", told)))
    assert not found.danger


@pytest.mark.parametrize(
    ("heard", "danger"),
    [
        ("すぐ、また動かんようになったんやけど", False),
        ("六けたの番号、待っとるのにメールが来んのやけど", False),
        ("出荷はいつになりますか", False),
        ("シュッカワイツニナリマスカ", False),
        ("バッテリーは燃えないごみでいいの", False),
        ("洗剤が溶けてないみたい", False),
        ("コンセントから出火しました", True),
        ("蒸気でやけどをしたのですが", True),
        ("手のやけどがひどいんです", True),
        ("プラグが溶けてしまいました", True),
        ("本体が燃えています", True),
        ("煙は出ていません", False),
        ("ケムリワデテイマセン", False),
        ("焦げくさくはないです", False),
        ("感電しないようにするには", False),
        ("液漏れはありません", False),
        ("ご飯が焦げます", False),
        ("乾電池は何本いるの", False),
        ("全席禁煙ですか", False),
        ("煙は出なかったけど焦げ臭い", True),
        ("煙が出て止まりません", True),
        ("火花が消えません", True),
        ("燃えませんか、心配です", True),
        ("使っていると気分が悪くなります", True),
        ("デンチカラエキガモレテマス", True),
        ("子どもが電池を飲み込んだかも", True),
    ],
)
def test_danger_is_not_heard_in_words_that_only_look_or_sound_like_it(heard, danger):
    assert only(talk("a", (heard, "unknown", None))).danger is danger
