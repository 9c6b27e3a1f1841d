"""What authors at the desk are told while they type: `kb check` for one article among others, by field."""

from datetime import date, timedelta

import pytest

from server.knowledge.content import base_of
from server.knowledge.errors import WorkshopFailed
from tests.knowledge_samples import CONTENTS, HOURS, RETURNS, SMOKE
from voice.desk_contents import Bench, article_of
from voice.desk_recordings import TABLE, recordings_in
from voice.desk_rules import DeskRules

BASE = base_of(CONTENTS)
TODAY = date.today()


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    from voice.settings import Settings

    folder = tmp_path_factory.mktemp("rules")
    settings = Settings(data_dir=folder, cache_dir=tmp_path_factory.getbasetemp() / "cache")
    return DeskRules(Bench(settings, "03-1555-1234"))


def remarks(rules, **changes):
    return {(one.field, one.code) for one in rules.remarks(HOURS | changes, BASE)}


@pytest.mark.parametrize(("changes", "wanted"), [
    ({"variants": ["営業時間は", "返品したい"]}, ("variants", "variant-conflict")),
    ({"variants": ["営業時間は", "営業 時間は"]}, ("variants", "variant-duplicate")),
    ({"variants": ["返品の槍方"]}, ("variants", "variant-homophone")),
    ({"variants": ["煙が出ていますか", "こげくさいです"]}, ("variants", "safety-wording")),
    ({"variants": ["はい", "営業時間は"]}, ("variants", "variant-is-reply")),
    ({"variants": ["營業時間を知りたい", "Σφ"]}, ("variants", "variant-unsayable")),
    ({"title": "返品の手続き"}, ("title", "variant-conflict")),
    ({"answer": "Zqxwvを見てください。"}, ("answer", "reading-unknown-latin")),
    ({"tip": "3割引です。"}, ("tip", "reading-number")),
    ({"steps": ["5回押す"]}, ("steps", "reading-number")),
    ({"answer": "とても長い答えを、いつまでも、いつまでも、続けて話します。" * 8}, ("answer", "answer-too-long")),
    ({"valid_until": (TODAY - timedelta(1)).isoformat()}, ("valid_until", "article-expired")),
    ({"valid_until": (TODAY + timedelta(5)).isoformat()}, ("valid_until", "article-expiring")),
    ({"valid_from": (TODAY + timedelta(5)).isoformat()}, ("valid_from", "article-not-yet-valid")),
])  # fmt: skip
def test_a_finding_stands_beside_its_field(rules, changes, wanted):
    assert wanted in remarks(rules, **changes)
    assert wanted not in remarks(rules)


def test_a_wording_one_sound_away_is_noted(rules):
    base = BASE.having(RETURNS | {"variants": ["入りタイマーの設定"]})
    found = rules.remarks(HOURS | {"variants": ["オフタイマーの設定", "切りタイマーの設定"]}, base)
    near = [one for one in found if one.code == "variant-near"]
    assert [(one.field, one.text, one.others) for one in near] == [("variants", "切りタイマーの設定", ("returns",))]


def test_its_own_former_wordings_are_no_rivals(rules):
    assert not {code for _, code in remarks(rules) if code.startswith("variant")}


def test_danger_without_a_number_is_an_error(tmp_path, settings):
    found = DeskRules(Bench(settings, "")).remarks(SMOKE, BASE)
    assert [(one.field, one.code) for one in found if one.severity == "error"] == [("answer", "safety-without-human")]


@pytest.mark.parametrize(("changes", "field", "code"), [
    ({"id": "a b"}, "id", "id"),
    ({"answer_reading": "漢字"}, "answer_reading", "kana"),
    ({"readings": {"19時": "時"}}, "readings", "kana"),
    ({"readings": {"19時": ""}}, "readings", "kana"),
    ({"steps": [{"text": "押す", "reading": "押"}]}, "steps", "kana"),
    ({"authority_up_to_yen": "たくさん"}, "authority_up_to_yen", "yen"),
    ({"valid_from": "来週"}, "valid_from", "day"),
    ({"valid_from": "2026-12-01", "valid_until": "2026-11-01"}, "valid_until", "days-turned"),
    ({"variants": ["同じ", "同じ"]}, "variants", "twice"),
    ({"answer": "あ" * 2001}, "answer", "too-long"),
    ({"variants": [f"質問{n}" for n in range(201)]}, "variants", "too-many"),
    ({"answer": "a\x00b"}, "answer", "control-character"),
])  # fmt: skip
def test_what_is_no_article_is_named_by_its_field(rules, changes, field, code):
    found = rules.read(HOURS | changes)
    assert found.content is None
    assert (found.problems[0].field, found.problems[0].code) == (field, code)


def test_spelling_is_made_one(rules):
    found = rules.read(
        HOURS | {"authority_up_to_yen": "3,000円", "valid_from": "2026年11月22日", "title": " 営業 時間 "}
    )
    assert (found.content["authority_up_to_yen"], found.content["valid_from"], found.content["title"]) == (
        3000, "2026-11-22", "営業 時間",
    )  # fmt: skip
    assert rules.read(found.content).content == found.content


def test_a_kept_article_that_fits_no_more_says_so():
    with pytest.raises(WorkshopFailed, match="hours"):
        article_of(HOURS | {"colour": "red"})


def test_recordings_come_from_their_table(tmp_path):
    (tmp_path / "a.wav").touch()
    rows = ["file\tid\ttext", "a.wav\thours\t何時まで", "gone.wav\thours\tx", "../secret.wav\thours\tx", "a.wav\t\t"]
    (tmp_path / TABLE).write_text("\n".join(rows), encoding="utf-8")
    found = [(one.name, one.text, one.article_id) for one in recordings_in(tmp_path)]
    assert found == [("a.wav", "何時まで", "hours"), ("a.wav", "a.wav", "")]


def test_without_a_table_there_are_none_and_the_log_says_so(tmp_path, caplog):
    assert recordings_in(tmp_path) == ()
    assert TABLE in caplog.text
