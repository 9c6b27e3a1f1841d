"""A walk through all states of taking down a request: whatever is said again and again, each comes to an end."""

import os

import pytest

from intents.callback import Stage, Wanted, is_over, stored, take, with_slots
from intents.callback_form import Known, Setting
from intents.callback_memory import ask_whether_to_forget, forgotten, may_be_asked, remembered
from intents.name_slot import NameHeard
from intents.phone_slot import PhoneDraft
from tests.unit.test_callback import NOW, SETTING, SLOTS, TO_NAME, TO_PHONE, TO_WHEN, Talk, heard, slot


def customer(reading, digits, family="", given=""):
    return Known(
        name=NameHeard(reading=reading, family=family, given=given),
        phone=PhoneDraft(digits=digits),
    )


CUSTOMERS = (
    customer("ヤマダハナコ", "09087654321", "ヤマダ", "ハナコ"),
    customer("スズキイチロー", "08011112222", "スズキ", "イチロー"),
    customer("サトー", "0312345678"),
)


def remembering(count):
    return Setting(now=lambda: NOW, known=CUSTOMERS[:count], remembers=True)


FORMS = int(os.environ.get("KOEMADO_BEGINNINGS", "2"))  # of a stage, from which something is said again and again
UTTERANCES = (
    "", "はい", "いいえ", "ああああ", "もう一回", "山田です", "090", "090-1234-5678", "0", "明日の午後", "日曜の夜9時", "昨日", "8時",
    "二番", "名前", "電話番号", "時間", "前", "最初から", "人と話したい", "ありがとう", "最後は7", "違います", "今日はいい天気ですね",
    "鈴木です", "スズイイチローデス", "私のことを忘れて", "覚えておいて",
    "もっと遅いほうがいい", "番号は忘れました",
)  # fmt: skip


def key(form):
    return (
        form.stage, form.failed, form.silent, form.rounds, form.changing, form.phone.digits, form.name is None,
        form.phone_asked, len(form.offers), form.slot is None, form.known and form.known.name.reading,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("slots", "setting"),
    [(SLOTS, SETTING), ((slot(13),), remembering(0)), ((), remembering(1)), (None, remembering(3))],
)
def test_nobody_is_stuck(slots, setting):
    """Walk to every form that can be reached; whatever one says again and again, each comes to an end."""
    seen = _reachable(slots, setting)
    never = {Stage.DONE, Stage.LEFT, *_missing(slots, setting)}
    assert {form.stage for form in seen.values()} == set(Stage) - never
    forms = {stage: [form for form in seen.values() if form.stage is stage] for stage in Stage}
    sample = [form for found in forms.values() for form in found[:: max(1, len(found) // FORMS)]]
    for form in sample:
        for line in UTTERANCES:
            assert _ends(form, line, slots, setting), (form.stage, line)


def _reachable(slots, setting):
    who = ("はい", "違います") if setting.known else TO_NAME
    to_when = (*who, *TO_WHEN[1:])
    paths = (
        (),
        ("はい",),
        who,
        (*who, *TO_PHONE[1:]),
        to_when,
        (*to_when, "明日の午後"),
        (*to_when, "いつでも", "一番"),
        (*to_when, "いつでも", "一番", "いいえ"),
    )
    starts = [Talk(slots=slots, setting=setting)(*path).form for path in paths]
    starts.append(ask_whether_to_forget(setting).form)
    waiting = [form for form in starts if not is_over(form)]
    seen = {key(form): form for form in waiting}
    while waiting and len(seen) < 300:
        form = waiting.pop(0)
        for line in UTTERANCES:
            after = _next(form, line, slots, setting)
            if not is_over(after) and key(after) not in seen:
                seen[key(after)] = after
                waiting.append(after)
    return seen


def _missing(slots, setting):
    return (
        *(() if slots else (Stage.OFFER,)),
        *(() if setting.known else (Stage.KNOWN, Stage.FORGET)),
        *(() if setting.remembers else (Stage.REMEMBER, Stage.LATER)),
    )


def _next(form, line, slots, setting):
    step = take(form, heard(line), setting)
    assert step.says or step.wanted is not Wanted.NOTHING
    if step.wanted is Wanted.NOTHING:
        return step.form
    done = {
        Wanted.SLOTS: lambda: with_slots(step.form, slots, setting),
        Wanted.STORE: lambda: stored(step.form, True, setting),
        Wanted.REMEMBER: lambda: remembered(step.form, True),
        Wanted.LATER: lambda: may_be_asked(step.form, True),
        Wanted.FORGET: lambda: forgotten(step.form, True, setting),
    }[step.wanted]()
    assert done.says
    assert done.wanted is Wanted.NOTHING
    return done.form


def _ends(form, line, slots, setting):
    for _ in range(60):
        form = _next(form, line, slots, setting)
        if is_over(form):
            return True
    return False
