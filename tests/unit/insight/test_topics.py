"""Topics: what means the same is one, whoever comes first; ids last from day to day."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.misheard import misheard
from intents.readings import reading_of
from server.insight.explaining import explained
from server.insight.features import key_of
from server.insight.material import with_repetitions
from server.insight.matters import matters_of
from server.insight.topics import anew, grouped, place_of, spelled
from tests.callback_samples import NOW
from tests.insight_samples import answered, unanswered

RETURNS = ["返品したい", "返品したいんですけど", "ヘンピンシタイ", "へんぴんしたいです", "買ったものを返品したい"]
HOURS = ["営業時間を教えて", "えいぎょうじかんはなんじまで", "エーギョージカン", "営業時間は何時からですか"]
NOISE = ["本体から変な音がする", "変な音がします", "ヘンナオトガスル", "ゴリゴリ変な音がする"]


def asked(texts, topic=None, start=0, **more):
    make = answered if topic else unanswered
    given_topic = (topic,) if topic else ()
    found = []
    for number, text in enumerate(texts, start):
        when = NOW + timedelta(days=2 * number)
        found += matters_of(make(f"{topic}{text}{number}", text, *given_topic, at=when, **more))
    return found


def texts_of(topics):
    return {frozenset(one.text for one in topic.members) for topic in topics}


EVERYTHING = [*asked(RETURNS), *asked(HOURS), *asked(NOISE)]


def test_kana_kanji_and_spellings_of_one_thing_are_one_topic():
    assert texts_of(grouped(EVERYTHING)) == {frozenset(RETURNS), frozenset(HOURS), frozenset(NOISE)}


@pytest.mark.parametrize("seed", range(5))
def test_what_was_misheard_stays_with_what_was_meant(seed):
    rng = random.Random(seed)
    long = ["買ったものを返品したいんですけど", "土曜日の営業時間を教えてほしい", "本体からゴリゴリと変な音がする"]
    heard = [misheard(reading_of(text), rng, rate=0.1) for text in long]
    topics = grouped([*asked(long), *asked(heard)])
    assert sorted(len(topic.members) for topic in topics) == [2, 2, 2]


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(EVERYTHING))
def test_the_order_of_what_comes_in_changes_nothing(order):
    assert grouped(order) == grouped(EVERYTHING)


def test_nothing_gives_nothing():
    assert grouped([]) == ()


def test_an_answer_that_solves_brings_words_together():
    apart = ["頼んだ品が来ない", "配達はいつになりますか"]
    assert len(grouped(asked(apart))) == 2
    assert len(grouped(asked(apart, "delivery"))) <= 2
    (article,) = {topic.article_id for topic in grouped(asked(apart, "delivery"))}
    assert article == "delivery"


def test_what_was_answered_and_not_solved_stands_apart():
    solved = asked(["送料はいくら", "送料を教えて", "送料について"], "postage")
    refused = asked(["送料がいくらか出ない", "注文の画面に送料が出ない"], "postage", reply="いいえ")
    groups = texts_of(grouped([*solved, *refused]))
    assert not any("送料はいくら" in group and "注文の画面に送料が出ない" in group for group in groups)


def test_ids_last_from_day_to_day():
    first = grouped(EVERYTHING)
    before = {place_of(one): topic.id for topic in first for one in topic.members}
    later = [*EVERYTHING, *asked(["返品をしたい", "保証書をなくした"], start=20)]
    second = {frozenset(one.text for one in topic.members): topic.id for topic in grouped(later, before=before)}
    names = {frozenset(one.text for one in topic.members): topic.id for topic in first}
    assert second[frozenset([*RETURNS, "返品をしたい"])] == names[frozenset(RETURNS)]
    assert second[frozenset(HOURS)] == names[frozenset(HOURS)]
    assert second[frozenset(["保証書をなくした"])] not in names.values()


def test_topics_that_have_ids_never_join_and_never_fall_apart():
    mixed = asked(["返品したい", "買った品を返品", "営業時間を教えて", "営業時間は何時からですか"])
    before = dict(zip(map(place_of, mixed), ["t-1", "t-2", "t-2", "t-2"], strict=True))
    found = {topic.id: len(topic.members) for topic in grouped(mixed, before=before)}
    assert found == {"t-2": 3, "t-1": 1}


def test_grouped_afresh_the_old_ids_go_to_where_most_is():
    mixed = asked(
        ["返品したい", "返品したいんですけど", "返品したいです", "営業時間を教えて", "営業時間は何時からですか"]
    )
    before = dict.fromkeys(map(place_of, mixed), "t-1")
    found = {len(topic.members): topic.id for topic in anew(mixed, before=before)}
    assert found[3] == "t-1"
    assert found[2] not in ("t-1", "")


def test_ids_say_nothing_of_the_words_and_are_free_again_for_nobody():
    (topic,) = grouped(asked(["返品したい"]))
    (other,) = grouped(asked(["返品したい"], start=1))
    assert topic.id != other.id


def test_the_typical_wordings_are_written_ones_once_each():
    topic = next(one for one in grouped(EVERYTHING) if one.members[0].text == "返品したい")
    texts = [one.text for one in topic.typical]
    assert texts[0] == "返品したい"
    assert len(texts) == len(set(texts)) == len({key_of(one.text, one.reading) for one in topic.typical})


def test_why_they_belong_together():
    things = spelled(asked(RETURNS))
    why = explained(things)
    assert why.shared[0].word == "返品"
    assert why.shared[0].wordings == len(things)
    assert all("返品" in why.of(thing) for thing in things)


def test_sounds_explain_where_nothing_is_written():
    things = spelled(asked(["ゴリゴリオトガスル", "ゴリゴリイッテル"]))
    assert any("ゴリゴリ" in one.word for one in explained(things).shared)


def test_a_copy_of_the_log_gives_the_same_topics():
    copies = with_repetitions([*EVERYTHING, *EVERYTHING[:0]])
    assert [topic.id for topic in grouped(copies)] == [topic.id for topic in grouped(EVERYTHING)]
