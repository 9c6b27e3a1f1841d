import pytest

from intents.decision import shipped_costs
from intents.matching import Topic, TopicIndex, Wording
from intents.readings import reading_of
from kb.checking import Severity
from voice.checks.reachability import captured, commands, isolated, unsayable


def topic(id_: str, *texts: str) -> Topic:
    return Topic(id=id_, title=texts[0], wordings=tuple(Wording(text=t, reading=reading_of(t)) for t in texts))


RETURNS = topic("returns", "返品したい", "商品を返したい", "買ったものを返品する方法", "返品の手続き")
POINTS = topic("points", "ポイントの使い方", "ポイントを使いたい", "ポイントはどこで使えますか", "ポイントで払えますか")
HOURS = topic("hours", "営業時間", "何時に開きますか", "お店は何時までですか", "何時に閉まりますか")
BASE = (RETURNS, POINTS, HOURS)


def test_a_base_in_order_has_nothing_captured():
    asked = []
    found = list(captured(BASE, TopicIndex(BASE), shipped_costs(), kana=True, asked=lambda: asked.append(1)))
    assert found == []
    assert len(asked) == 12


@pytest.mark.parametrize("kana", [True, False])
def test_a_wording_that_stands_in_another_article_too_is_captured(kana):
    thief = topic("thief", "返品したい", "返品したいです")
    found = list(captured((thief, *BASE), TopicIndex((thief, *BASE)), shipped_costs(), kana=kana))
    assert {(f.code, f.article_id, f.text) for f in found} == {("variant-captured", "returns", "返品したい")}
    assert found[0].others == ("thief",)


def test_a_wording_that_only_its_own_words_keep_at_home_is_isolated():
    lonely = topic(
        "lonely",
        "電源が入らない",
        "スイッチを押しても動かない",
        "つかない",
        "ポイントを使いたいんだけど使えない",
        "反応がない",
    )
    base = (lonely, *BASE)
    assert list(captured(base, TopicIndex(base), shipped_costs(), kana=True)) == []
    found = {f.text: f for f in isolated(base, TopicIndex, shipped_costs(), kana=True)}
    assert found["ポイントを使いたいんだけど使えない"].others == ("points",)
    assert all(f.code == "variant-isolated" and f.severity is not Severity.ERROR for f in found.values())


def test_what_cannot_be_said_is_never_heard():
    silent = Topic(id="silent", title="???", wordings=(Wording(text="???", reading=""),))
    half = Topic(
        id="half", title="返品", wordings=(Wording(text="返品", reading="ヘンピン"), Wording(text="!!", reading=""))
    )
    found = [(f.code, f.severity, f.article_id, f.text) for f in unsayable([silent, half, *BASE])]
    assert found == [
        ("article-unreachable", Severity.ERROR, "silent", "???"),
        ("variant-unsayable", Severity.WARNING, "half", "!!"),
    ]


def test_a_reply_is_no_wording():
    (found,) = commands([topic("again", "もう一度", "もう一度やり直したい"), *BASE], kana=True)
    assert (found.code, found.text) == ("variant-is-reply", "もう一度")
