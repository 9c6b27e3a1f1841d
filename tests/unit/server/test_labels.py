"""Every enum and code that staff meet has Japanese words."""

import ast
import re
from pathlib import Path

import pytest

import server.labels as labels_module
from server.access import Permission, Role
from server.alarming import AlarmKind
from server.attempts import CallOutcome, CloseReason, Resolution
from server.labels import group_labels, label, labels
from server.plan_table import WEEKDAYS, shipped_settings
from server.ratings import Rating
from server.store.journal import VIEWED
from server.wire import Channel, Speaker, Urgency

MEMBERS = [
    (group, member)
    for group, kind in {
        "urgency": Urgency,
        "channel": Channel,
        "speaker": Speaker,
        "outcome": CallOutcome,
        "resolution": Resolution,
        "close_reason": CloseReason,
        "rating": Rating,
        "role": Role,
        "permission": Permission,
        "alarm": AlarmKind,
        "alarm_text": AlarmKind,
    }.items()
    for member in kind
]
JAPANESE = re.compile(r"[ぁ-ゖァ-ヺ一-龥]")
WRITTEN_ALIKE = {"SMS", "LINE"}  # in Japanese as in English


@pytest.mark.parametrize(("group", "member"), MEMBERS)
def test_every_member_has_words(group, member):
    words = label(group, member)
    assert words in WRITTEN_ALIKE or JAPANESE.search(words), f"no words for {group}.{member}"


def test_no_word_twice_in_what_one_chooses_from():
    for group in ("urgency", "channel", "outcome", "resolution", "close_reason", "role", "permission"):
        words = list(group_labels(group).values())
        assert len(words) > 2
        assert len(set(words)) == len(words), group


def test_what_the_code_writes_into_the_journal_has_words():
    actions = set(actions_in_code())
    assert {"closed", "claimed", "received", "joined"} <= actions
    actions |= {"attempt", "declined", "sms", VIEWED}  # these come from a table or a constant
    assert {action for action in actions if label("action", action) == action} == set()


def actions_in_code():
    """Constants given as `action=`, or to the store's own `_journal`."""
    for path in Path(labels_module.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                given = [word.value for word in call.keywords if word.arg == "action"]
                given += call.args if isinstance(call.func, ast.Name) and call.func.id == "_journal" else []
                ends = [
                    end
                    for node in given
                    for end in ((node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,))
                ]
                yield from (end.value for end in ends if isinstance(end, ast.Constant))


def test_weekdays_by_name_and_number():
    assert "".join(label("weekdays", name) for name in WEEKDAYS) == "月火水木金土日"
    assert "".join(label("weekdays", str(day)) for day in range(7)) == "月火水木金土日"
    assert label("weekdays", 6) == "日"


def test_the_shipped_skills_have_words():
    skills = list(shipped_settings().plan.capacity)
    assert skills == ["general"]
    assert label("skill", "general") == "一般"


@pytest.mark.parametrize(("group", "key"), [("role", "guest"), ("no such group", "x"), ("skill", "billing")])
def test_an_unknown_key_stands_for_itself(group, key):
    assert label(group, key) == key


def test_a_group_to_choose_from_keeps_the_order_of_the_file():
    assert list(group_labels("urgency")) == ["safety", "complaint", "normal"]
    assert group_labels("no such group") == {}


def test_the_words_are_read_once_and_cannot_be_changed():
    assert labels() is labels()
    with pytest.raises(TypeError):
        labels()["role"]["agent"] = "x"
