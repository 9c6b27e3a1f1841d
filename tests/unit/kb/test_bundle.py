import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from kb.articles import Step
from kb.bundle import FORMAT, LARGEST, build, opened
from kb.errors import BundleRefused
from kb.sample import sample_articles
from tests.bundle_samples import BASE, HOURS, NOW, RETURNS, bundle_of


def test_what_is_built_is_what_is_opened():
    rich = replace(
        RETURNS,
        answer_reading="ハコニイレテオオクリクダサイ",
        steps=(Step(text="箱に入れる"), Step(text="送る", reading="オクル")),
        readings={"送料": "そうりょう", "箱": "はこ"},
        tip="箱は取っておいてください。",
        valid_from=date(2026, 1, 1),
        valid_until=date(2027, 1, 1),
        version=7,
    )
    found = opened(build([rich, HOURS], created_at=NOW))
    assert found.articles == (replace(HOURS, staff_note=None, authority=None, authority_up_to_yen=None), rich)
    assert list(found.articles[1].readings) == ["送料", "箱"]
    assert found.created_at == NOW
    assert found.version == f"20261124-010000-{found.content[:8]}"


def test_the_same_base_is_the_same_bytes():
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    assert build(BASE, created_at=NOW) == build(BASE[::-1], created_at=tokyo)
    later = opened(build(BASE, created_at=NOW + timedelta(days=1)))
    assert later.content == opened(bundle_of()).content
    assert later.version != opened(bundle_of()).version


def test_the_sample_goes_through():
    articles = sample_articles()
    found = opened(build(articles, created_at=datetime.now(UTC))).articles
    assert len(found) == len(articles) > 200
    assert [a.variants for a in found] == [a.variants for a in articles]


def test_what_only_staff_may_read_does_not_go_out():
    text = bundle_of().decode()
    assert "覚え書き" not in text
    assert "三千円" not in text
    assert "3000" not in text


def changed(**changes):
    return json.dumps(json.loads(bundle_of()) | changes, ensure_ascii=False).encode()


def with_article(**changes):
    head = json.loads(bundle_of())
    head["articles"][0] |= changes
    return json.dumps(head, ensure_ascii=False).encode()


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "damaged"), (b"\x00" * 100, "damaged"), (bundle_of()[:-40], "cut off"), (b"[" * 100_000, "damaged"),
    (b"[]", "no bundle"), (b'{"kind": "else"}', "no bundle"),
    (changed(format=FORMAT + 1), "update the program"), (changed(format="1"), "update"), (changed(format=True), "format"),
    (changed(more=1), "fields"), (changed(articles=[]), "1 to"), (changed(articles={}), "1 to"),
    (changed(articles=[7]), "article 1: an article is a set of fields"), (changed(counts={}), "not those"),
    (changed(content="0" * 64), "not those"), (changed(version="../x"), "version"), (changed(version=1), "version"),
    (changed(created_at="gestern"), "date"), (changed(created_at="2026-11-24"), "time zone"),
    (with_article(answer="別の答え"), "not those"), (with_article(answer=""), "article 1: answer"),
    (with_article(id="a/b"), "article 1: id"), (with_article(id="returns"), "twice"), (with_article(x=1), "no field"),
    (with_article(variants=[]), "variants"), (b" " * (LARGEST + 1), "at most"),
])  # fmt: skip
def test_a_broken_bundle_is_refused_with_its_reason(data, reason):
    with pytest.raises(BundleRefused, match=reason):
        opened(data)


@pytest.mark.parametrize("articles", [(), (HOURS, HOURS), (replace(HOURS, answer=""),), (replace(HOURS, id="あ"),)])
def test_what_could_not_be_opened_is_not_built(articles):
    with pytest.raises(BundleRefused):
        build(articles, created_at=NOW)


def test_a_base_that_is_too_large_is_not_built(monkeypatch):
    monkeypatch.setattr("kb.bundle.LARGEST", 500)
    with pytest.raises(BundleRefused, match="at most 500"):
        build(BASE, created_at=NOW)
