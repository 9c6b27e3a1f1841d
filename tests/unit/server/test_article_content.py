"""An article as a form and back, what differs, and what a release changes."""

import pytest

from server.knowledge.content import base_of, form_of, plain_of, told
from server.knowledge.diff import Kind, changes, pieces
from server.knowledge.releasing import Change, release_changes
from tests.knowledge_samples import CONTENTS, HOURS, RETURNS, SMOKE


@pytest.mark.parametrize("content", [*CONTENTS, HOURS | {"readings": {"19時": "じゅうくじ"}, "authority_up_to_yen": 0}])
def test_a_form_says_what_the_article_said(content):
    again = plain_of(form_of(content))
    assert {name: str(value) for name, value in again.items()} == {name: str(value) for name, value in content.items()}


def test_what_people_type_is_taken_as_they_mean_it():
    typed = {"steps": " 開ける｜あける \r\n\r\n閉める\n", "readings": "19時＝じゅうくじ", "variants": "いつ\n 何時 \n"}
    assert plain_of(typed) == {
        "steps": [{"text": "開ける", "reading": "あける"}, "閉める"],
        "readings": {"19時": "じゅうくじ"},
        "variants": ["いつ", "何時"],
    }


@pytest.mark.parametrize(("before", "after", "wanted"), [
    ("19時までです。", "20時までです。", ["-19", "+20", "時までです。"]),
    ("営業時間は九時から", "営業時刻は九時から", ["-営業時間", "+営業時刻", "は九時から"]),
    ("同じ", "同じ", ["同じ"]),
    ("", "足した\n行", ["+足した\n行"]),
    ("テレビを消す", "テレビの電源を消す", ["テレビ", "+の電源", "を消す"]),
])  # fmt: skip
def test_words_that_differ(before, after, wanted):
    signs = {Kind.SAME: "", Kind.ADDED: "+", Kind.REMOVED: "-"}
    found = pieces(before, after)
    assert [signs[one.kind] + one.text for one in found] == wanted
    assert "".join(one.text for one in found if one.kind is not Kind.ADDED) == before
    assert "".join(one.text for one in found if one.kind is not Kind.REMOVED) == after


def test_fields_that_differ_are_told_in_the_order_of_the_form():
    found = changes(RETURNS, RETURNS | {"title": "返品", "variants": ["返品したい"]})
    assert [one.field for one in found] == ["title", "variants"]
    assert [one.field for one in changes(None, SMOKE)] == ["id", "title", "category", "variants", "answer", "safety"]


def test_a_release_changes_what_devices_are_told_and_nothing_else():
    old = base_of(CONTENTS)
    assert release_changes(old, old.having(HOURS | {"staff_note": "別のメモ", "authority": "可"})) == ()
    new = old.without("smoke").having(RETURNS | {"answer": "x"}).having(HOURS | {"id": "parking"})
    found = [(one.article_id, one.change) for one in release_changes(old, new)]
    assert found == [("parking", Change.ADDED), ("returns", Change.CHANGED), ("smoke", Change.REMOVED)]
    assert "staff_note" not in told(HOURS)


def test_a_base_is_known_by_what_it_says():
    assert base_of(CONTENTS).key == base_of(reversed(CONTENTS)).key
    assert base_of(CONTENTS).key != base_of(CONTENTS).having(HOURS | {"answer": "x"}).key
