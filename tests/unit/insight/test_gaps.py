"""What the knowledge base lacks: new words, new articles, articles that do not solve."""

from datetime import timedelta
from uuid import UUID

import pytest

from server.insight.gaps import found_gaps
from server.insight.material import Handled, with_handled
from server.insight.matters import matters_of
from server.insight.proposals import Kind, comes_back
from server.insight.sentences import Solution, central, sentences_of
from server.insight.topics import grouped
from tests.callback_samples import NOW
from tests.insight_samples import answered, talk, unanswered

TITLES = {"return": "返品の手続き", "postage": "送料"}


def matters(talks):
    return [one for given in talks for one in matters_of(given)]


def when(number):
    return {"at": NOW + timedelta(days=2 * number)}


def by_people(texts, *, start=100):
    """Unanswered questions whose requests were solved, and what was written about them."""
    requests = [UUID(int=start + n) for n in range(len(texts))]
    talks = [unanswered(f"p{start + n}", text, request=requests[n], **when(n)) for n, text in enumerate(texts)]
    handled = {r: Handled(request=r, case=r, closed_at=NOW, close_reason="satisfied") for r in requests}
    return with_handled(matters(talks), handled)


def solution(case, text):
    return [Solution(case=case, source=UUID(int=case.int + 1000), text=text, names=("山田",))]


def test_new_words_for_an_article_that_answers_the_others():
    known = [answered(f"k{n}", text, "return", **when(n)) for n, text in enumerate(["返品したい", "返品できますか"])]
    failed = [unanswered(f"f{n}", "返品をしたくて", **when(n)) for n in range(2)]
    (found,) = found_gaps(grouped(matters([*known, *failed])), titles=TITLES)
    assert (found.kind, found.article_id, found.title) == (Kind.VARIANT, "return", "返品の手続き")
    assert found.variants == ("返品をしたくて",)
    assert (found.helped, found.evidence.not_understood, found.wordings[0].count) == (2, 2, 2)


def test_agents_must_have_told_what_the_article_says():
    known = [answered(f"k{n}", text, "return", **when(n)) for n, text in enumerate(["返品したい", "返品できますか"])]
    topics = grouped([*matters(known), *by_people(["返品をしたくて"] * 2)])
    answers = {"return": "返品は、到着から八日以内にご連絡ください。"}
    same, other = "到着から八日以内とご案内した。", "時計を合わせて解決した。"
    for wrote, count in ((same, 1), (other, 0)):
        found = found_gaps(
            topics, titles=TITLES, answers=answers, solutions=lambda case, text=wrote: solution(case, text)
        )
        assert len(found) == count


def test_words_that_were_understood_only_after_asking_back():
    asked_back = [
        talk(
            f"a{n}",
            ("送り返したい品がある", "clarify", None),
            ("はい", "answer", "return"),
            ("はい", "answer", None, ""),
            **when(n),
        )
        for n in range(2)
    ]
    (found,) = found_gaps(grouped(matters(asked_back)), titles=TITLES)
    assert (found.kind, found.article_id, found.evidence.asked_back) == (Kind.VARIANT, "return", 2)
    assert not found_gaps(grouped(matters(asked_back)), titles=TITLES, has_words=lambda *_: True)


def test_words_that_were_only_misheard_are_no_new_words():
    known = [answered(f"k{n}", "返品の手続きをしたい", "return", **when(n)) for n in range(2)]
    failed = [unanswered(f"f{n}", "ヘンピンノテツヅキオヒタイ", **when(n)) for n in range(3)]
    assert found_gaps(grouped(matters([*known, *failed])), titles=TITLES) == ()


def test_a_new_article_is_drafted_from_how_agents_solved_it():
    texts = ["録画の予約ができない", "録画の予約ができません", "ロクガノヨヤクガデキナイ"]
    asked = by_people(texts)
    wrote = {
        UUID(int=100): "本体の時計を合わせると、録画の予約ができるようになりました。",
        UUID(int=101): "時計がずれていたので、時計を合わせてもらい予約できた。",
        UUID(int=102): "山田様のご自宅に電話。時計を合わせるご案内をして解決。",
    }
    (found,) = found_gaps(grouped(asked), titles=TITLES, solutions=lambda case: solution(case, wrote[case]))
    assert (found.kind, found.article_id, found.helped, found.evidence.solved_by_people) == (Kind.ARTICLE, None, 3, 3)
    assert found.title == "録画の予約ができない"
    assert set(found.variants) <= set(texts)
    assert "時計" in found.answer_draft
    assert "山田" not in found.answer_draft


def test_two_are_too_few_and_complaints_are_no_questions():
    assert found_gaps(grouped(by_people(["録画の予約ができない"] * 2)), titles=TITLES) == ()
    assert found_gaps(grouped(by_people(["対応がひどい", "ひどい対応だ", "対応がひどすぎる"])), titles=TITLES) == ()


def test_an_article_that_answers_and_does_not_solve():
    refused = [
        answered(f"r{n}", f"送料はいくら{mark}", "postage", reply="いいえ", **when(n))
        for n, mark in enumerate(["", "ですか", "なの"])
    ]
    fine = [answered("f", "送料はいくらになりますか", "postage", **when(9))]
    (found,) = found_gaps(grouped(matters([*refused, *fine])), titles=TITLES)
    assert (found.kind, found.article_id, found.helped, found.evidence.asked) == (Kind.UNSOLVED, "postage", 3, 4)


def test_where_the_article_helps_elsewhere_another_one_is_missing():
    fine = [answered(f"f{n}", "送料はいくら", "postage", **when(n)) for n in range(9)]
    wrong = [
        answered(f"w{n}", f"着払いの荷物を受け取れない{mark}", "postage", reply="いいえ", **when(n))
        for n, mark in enumerate(["", "です", "の"])
    ]
    (found,) = found_gaps(grouped(matters([*fine, *wrong])), titles=TITLES)
    assert (found.kind, found.evidence.refused) == (Kind.ARTICLE, 3)


def test_ids_last_and_the_order_changes_nothing():
    asked = [
        *by_people(["録画の予約ができない", "録画の予約ができません", "録画予約ができない"]),
        *by_people(["蓋が閉まらない"] * 4, start=200),
    ]
    before = {(one.talk, one.turn): topic.id for topic in grouped(asked) for one in topic.members}
    first, second = found_gaps(grouped(asked), titles=TITLES), found_gaps(grouped(asked[::-1]), titles=TITLES)
    assert first == second
    assert [one.helped for one in first] == [4, 3]
    more = [*asked, *by_people(["録画の予約ができないのですが"], start=300)]
    later = found_gaps(grouped(more, before=before), titles=TITLES)
    assert {one.id for one in later} == {one.id for one in first}


@pytest.mark.parametrize(
    ("then", "now", "back"), [(3, 7, False), (3, 8, True), (10, 19, False), (10, 20, True), (0, 5, True)]
)
def test_a_declined_one_comes_back_only_with_much_more(then, now, back):
    assert comes_back(declined_with=then, helped=now) is back


@pytest.mark.parametrize(
    "text",
    [
        "山田様にご連絡しました。",
        "090-1234-5678に電話しました。",
        "〒100-0001にお送りします1000001。",
        "了解。",
        "いつがよいですか、とお尋ね?",
    ],
)
def test_personal_data_and_what_says_nothing_go_into_no_draft(text):
    assert sentences_of(*solution(UUID(int=1), text)) == []


def test_what_most_say_is_central_and_said_once():
    texts = [
        "フィルターを掃除すると直ります。",
        "フィルターを掃除してもらうと直りました。",
        "フィルターの掃除で直る。",
        "お客様は猫が好きだそうです。",
    ]
    found = central([one for n, text in enumerate(texts) for one in solution(UUID(int=n), text)], most=2)
    assert "フィルター" in found[0].text
    assert len(found) == 2


def test_what_agents_wrote_tells_an_article_that_is_there_from_one_that_is_missing():
    """The words alone say nothing: no customer of the topic was ever answered."""
    answers = {
        "tracking": "マイページの注文履歴で、荷物の状況をご覧いただけます。",
        "postage": "送料は全国一律で、五千円からは無料です。",
    }
    asked = by_people(["荷物は今どこ", "荷物が今どこか知りたい", "今どこに荷物がある"])
    for wrote, kind, article in (
        ("マイページの注文履歴で荷物の状況をご覧いただくようご案内した。", Kind.VARIANT, "tracking"),
        ("倉庫へ問い合わせ、明朝の便でお渡しすると約束した。", Kind.ARTICLE, None),
    ):
        (found,) = found_gaps(
            grouped(asked), titles=TITLES, answers=answers, solutions=lambda case, text=wrote: solution(case, text)
        )
        assert (found.kind, found.article_id, found.helped) == (kind, article, 3)


def test_topics_that_agents_solved_in_the_same_words_are_one_proposal():
    first, second = by_people(["録画ができない"] * 3), by_people(["蓋が閉まらない"] * 4, start=200)
    topics = grouped([*first, *second])
    assert len(topics) == 2
    same = "本体の時計を合わせ、電源を入れ直していただいた。"
    (found,) = found_gaps(topics, titles=TITLES, solutions=lambda case: solution(case, same))
    assert (found.kind, found.helped) == (Kind.ARTICLE, 7)
    other = "蝶番のねじを締め、油を差して様子を見ていただいた。"
    found = found_gaps(topics, titles=TITLES, solutions=lambda case: solution(case, same if case.int < 200 else other))
    assert [one.helped for one in found] == [4, 3]


def refused(name, text, article, count):
    return [answered(f"{name}{n}", text, article, reply="いいえ", **when(n)) for n in range(count)]


def test_who_was_answered_by_mistake_says_nothing_of_the_article():
    fine = [answered(f"f{n}", "送料はいくら", "postage", **when(n)) for n in range(2)]
    wrong = refused("w", "着払いの荷物を受け取れない", "postage", 4)

    def sounds_like(_article, text, _least):
        return "送料" in text

    kinds = [one.kind for one in found_gaps(grouped(matters([*fine, *wrong])), titles=TITLES, sounds_like=sounds_like)]
    assert Kind.UNSOLVED not in kinds
    own = refused("o", "送料はいくら", "postage", 4)
    kinds = [one.kind for one in found_gaps(grouped(matters([*fine, *own])), titles=TITLES, sounds_like=sounds_like)]
    assert Kind.UNSOLVED in kinds


def test_articles_of_danger_send_to_a_human_on_purpose():
    requests = [UUID(int=900 + n) for n in range(4)]
    talks = [
        talk(f"d{n}", ("コンセントから火花が出た", "answer", "sparks"), ("", "callback", None, "[over]", "summary"),
             callback=requests[n], **when(n))
        for n in range(4)
    ]  # fmt: skip
    topics = grouped(matters(talks))
    assert [one.kind for one in found_gaps(topics, titles=TITLES)] == [Kind.UNSOLVED]
    assert found_gaps(topics, titles=TITLES, dangers=["sparks"]) == ()
