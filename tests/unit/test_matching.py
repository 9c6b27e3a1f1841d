import math

import pytest

from intents.distance import sound_similarity, split_morae
from intents.evidence import is_negative
from intents.matching import Topic, TopicIndex, Wording
from intents.readings import reading_of
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed

WORDINGS = {
    "hours": ["営業時間は何時から何時までですか", "何時に開きますか", "何時までやってるの"],
    "book": ["予約したい", "予約を取りたいのですが", "予約をお願いします"],
    "cancel": ["予約を取り消したい", "予約をキャンセルしたい", "予約をやめたいんだけど"],
    "arrived-broken": ["届いた商品が壊れている", "届いたものに傷がある"],
    "not-arrived": ["商品が届かない", "荷物がまだ来ません", "注文したものが届いていません"],
    "price": ["料金を教えてください", "いくらかかりますか", "値段はいくら"],
}


def topic(name: str, texts: list[str]) -> Topic:
    return Topic(id=name, title=name, wordings=tuple(Wording(text=t, reading=reading_of(t)) for t in texts))


@pytest.fixture(scope="module")
def index() -> TopicIndex:
    return TopicIndex(topic(name, texts) for name, texts in WORDINGS.items())


def in_kana(text: str) -> Transcript:
    reading = reading_of(text)
    return Transcript(hypotheses=(Hypothesis(text=reading, reading=reading, confidence=0.8),), duration_ms=900)


QUESTIONS = [
    ("営業 時間 を 教え て ください", "hours"),
    ("予約を取り消したい", "cancel"),  # one verb away from "book"
    ("予約を取りたい", "book"),
    ("商品が届かないんですけど", "not-arrived"),
    ("届いた商品が壊れています", "arrived-broken"),
    ("料金はいくらですか", "price"),
    ("えーと、営業時間なんですけど", "hours"),
]


@pytest.mark.parametrize(("text", "expected"), QUESTIONS)
@pytest.mark.parametrize("spelling", [typed, in_kana])
def test_the_right_topic_comes_first(index, text, expected, spelling):
    assert index.rank(spelling(text))[0].topic.id == expected


def test_shared_politeness_is_no_evidence(index):
    ranked = {c.topic.id: c.score for c in index.rank(typed("料金を教えてください"))}
    assert ranked["price"] > 5 * ranked.get("hours", 0.0)


def test_a_later_hypothesis_counts(index):
    wrong = Hypothesis(text="サンポイキタイ", reading="サンポイキタイ", confidence=0.5)
    right = Hypothesis(text="ヨヤクオトリケシタイ", reading="ヨヤクオトリケシタイ", confidence=0.4)
    best = index.rank(Transcript(hypotheses=(wrong, right), duration_ms=900))[0]
    assert best.topic.id == "cancel"
    assert best.heard == "ヨヤクオトリケシタイ"


def test_a_misheard_sentence_is_still_found(index):
    heard = "ヨアクオトリケヒタイ"
    assert (
        index.rank(Transcript(hypotheses=(Hypothesis(text=heard, reading=heard, confidence=1.0),), duration_ms=1))[
            0
        ].topic.id
        == "cancel"
    )


def test_probabilities(index):
    ranked = index.rank(typed("予約をキャンセルしたい"))
    assert [c.score for c in ranked] == sorted((c.score for c in ranked), reverse=True)
    assert 0 < sum(c.score for c in ranked) <= 1
    assert ranked[0].wording == "予約をキャンセルしたい"
    assert ranked[0].evidence.sound == 1.0


@pytest.mark.parametrize("text", ["", "!!!", "12", "xyz", "\udce3\udc81", "x" * 10_000, "😀"])
def test_odd_texts_do_no_harm(index, text):
    assert all(c.score < 0.5 for c in index.rank(typed(text)))


def test_half_width_kana_are_kana(index):
    assert index.rank(typed("ﾖﾔｸｦﾄﾘｹｼﾀｲ"))[0].topic.id == "cancel"


def test_nothing_heard_matches_nothing(index):
    assert index.rank(NOTHING_HEARD) == ()


def test_an_empty_base_matches_nothing():
    assert TopicIndex([]).rank(typed("予約したい")) == ()


def test_each_topic_comes_once(index):
    ids = [c.topic.id for c in index.rank(typed("予約"), limit=10)]
    assert len(ids) == len(set(ids)) >= 2


def test_sounds():
    assert sound_similarity("トドカナイ", "トドカナイ") == 1.0
    assert sound_similarity("キシ", "チシ") > sound_similarity("キシ", "モシ") > 0
    assert split_morae("キョーファックス") == ["キョ", "ー", "ファ", "ッ", "ク", "ス"]


def test_what_is_saved_ranks_the_same(index, tmp_path):
    index.save(tmp_path / "index")
    loaded = TopicIndex.load(tmp_path / "index")
    asked = [typed(text) for text, _ in QUESTIONS] + [in_kana(text) for text, _ in QUESTIONS]
    assert len(asked) == 2 * len(QUESTIONS)
    assert [loaded.rank(one) for one in asked] == [index.rank(one) for one in asked]


def test_an_index_that_is_not_there_or_damaged_says_so(index, tmp_path):
    with pytest.raises(OSError, match="no arrays"):
        TopicIndex.load(tmp_path / "nothing")
    index.save(tmp_path / "index")
    (tmp_path / "index" / "safety.npy").unlink()
    with pytest.raises(ValueError, match="safety"):
        TopicIndex.load(tmp_path / "index")
    (tmp_path / "index" / "owner.npy").write_bytes(b"\0" * 40)
    with pytest.raises(ValueError, match=r".*"):
        TopicIndex.load(tmp_path / "index")


def test_saving_again_replaces_what_was_there(index, tmp_path):
    TopicIndex([topic("other", ["別のもの"])]).save(tmp_path / "index")
    index.save(tmp_path / "index")
    assert TopicIndex.load(tmp_path / "index").rank(typed("予約したい"))[0].topic.id == "book"
    assert [f.name for f in tmp_path.iterdir()] == ["index"]


def test_contributions_add_up_to_the_log_odds(index):
    best, second = index.rank(typed("予約を取り消したい"))[:2]
    added = [sum(index.contributions(c).values()) for c in (best, second)]
    assert math.log(best.score / second.score) == pytest.approx(added[0] - added[1], rel=1e-3)


def test_progress_is_told(tmp_path):
    told: list[tuple[int, int]] = []
    TopicIndex([topic("a", ["予約したい", "予約"])], watch=lambda done, total: told.append((done, total)))
    assert told[-1] == (2, 2)


@pytest.mark.parametrize(
    ("asked", "meant", "contrary"),
    [
        ("予約を取り消したいんだけど", "cancel", "book"),
        ("商品がまだ届かなくて", "not-arrived", "arrived-broken"),
        ("届いたやつ壊れてるんだけど", "arrived-broken", "not-arrived"),
    ],
)
@pytest.mark.parametrize("spelling", [typed, in_kana])
def test_the_deciding_verb_and_the_negation_count(index, asked, meant, contrary, spelling):
    ranked = {c.topic.id: c.score for c in index.rank(spelling(asked))}
    assert ranked[meant] > 2 * ranked.get(contrary, 0.0)


@pytest.mark.parametrize(
    ("text", "negative"),
    [
        ("荷物が届かない", True), ("動きません", True), ("消えへん", True), ("来ない", True), ("直らず困っている", False),
        ("直らず", True), ("足りない", True), ("聞こえなくて", True), ("電池がない", True), ("荷物が届いた", False),
        ("エアコン", False), ("保証期間", False), ("電源", False), ("店内の案内", False), ("何日以内", False), ("汚い", False),
        ("間違いない", False), ("少ない", False), ("国内", False),
    ],
)  # fmt: skip
def test_negation_is_told_from_words_that_sound_like_it(text, negative):
    assert is_negative(reading_of(text)) is negative
