"""Whom of the known customers was meant, what is said of them aloud, and that only a yes lets somebody be remembered."""

from dataclasses import replace
from datetime import datetime

import pytest

from intents.callback import Stage, Wanted, arrived, begin, stored, take
from intents.callback_form import Form, Known, Setting
from intents.callback_memory import ask_whether_to_forget, customer_of, forgotten, is_forgetting, remembered
from intents.callback_words import known as question
from intents.known_customers import Meant, meant_in, other_name
from intents.name_slot import NameHeard
from intents.phone_slot import PhoneDraft
from intents.readings import reading_of
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript, typed
from intents.when_types import TOKYO

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)


def customer(reading, digits, written="", family="", given=""):
    name = NameHeard(reading=reading, written=written, family=family, given=given)
    return Known(name=name, phone=PhoneDraft(digits=digits))


HANAKO = customer("ヤマダハナコ", "09012345678", "山田花子", "ヤマダ", "ハナコ")
TARO = customer("ヤマダタロウ", "0312345678", "山田太郎", "ヤマダ", "タロウ")
ICHIRO = customer("スズキーチロー", "08011112222", "鈴木一郎", "スズキ", "ーチロー")
KATO = customer("カトウ", "0463123456", "加藤", "カトウ")
HOUSE = (HANAKO, TARO, ICHIRO)


def setting(*known, remembers=True, kept=False):
    return Setting(now=lambda: NOW, known=known, remembers=remembers, kept=kept, desk_phone="03-1555-1234")


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("花子です", HANAKO),
        ("花子のほうです", HANAKO),
        ("花子の方です", HANAKO),
        ("ハナコデス", HANAKO),
        ("はい、山田花子です", HANAKO),
        ("タローデス", TARO),
        ("太郎と申します", TARO),
        ("鈴木", ICHIRO),
        ("スズキデス", ICHIRO),
        ("スズキイチロウです", ICHIRO),
        ("二番です", TARO),
        ("三つ目", ICHIRO),
        ("最後の", ICHIRO),
        ("下4けたが5678の、花子です", HANAKO),
        ("下4桁は2222です", ICHIRO),
        ("090-1234-5678", HANAKO),
        ("四番", None),
        ("佐藤です", None),
        ("明日の午後", None),
    ],
)
def test_one_of_three(heard, meant):
    assert meant_in(typed(heard), HOUSE) == Meant((meant,) if meant else ())


def test_all_of_the_same_name_are_meant():
    assert meant_in(typed("山田です"), HOUSE) == Meant((HANAKO, TARO))
    assert meant_in(typed("5678です"), HOUSE) == Meant((HANAKO, TARO))


def test_a_name_misheard_by_a_sound_is_likely_only():
    assert meant_in(typed("スズイイチローデス"), HOUSE) == Meant((ICHIRO,), is_sure=False)


def spoken(*texts):
    said = tuple(Hypothesis(text=text, reading=reading_of(text), confidence=0.3) for text in texts)
    return Transcript(hypotheses=said, duration_ms=900)


def test_a_lesser_hypothesis_may_have_the_name():
    assert meant_in(spoken("スムキデス", "鈴木です"), HOUSE) == Meant((ICHIRO,))
    assert meant_in(spoken("カネコデス", "ハナコデス"), HOUSE) == Meant((HANAKO,), is_sure=False)


def test_a_lesser_hypothesis_may_want_to_be_forgotten():
    assert is_forgetting(
        spoken("トドイテイルジョーホーオケシテクダサイ", "覚えている情報を消してください"), setting(HANAKO)
    )
    assert not is_forgetting(spoken("明日は晴れますか", "忘れて"), setting(HANAKO))
    assert not is_forgetting(spoken("明日は晴れますか", "登録を消して"), setting(HANAKO))


def test_only_common_names_are_taken_for_somebody_elses():
    assert other_name(typed("いいえ、佐藤です")).reading in ("サトウ", "サトー")
    assert other_name(typed("ええとどっちだったかしら")) is None


def test_of_one_the_end_of_the_number_is_said_of_several_none():
    assert "下4けたが5678" in question((HANAKO,), 0).text
    assert "1234" not in question((HANAKO,), 0).text
    assert question((HANAKO, TARO), 0).text.startswith("山田花子さま、山田太郎さま、のどちらでしょうか。")
    assert question(HOUSE, 0).text.startswith("山田花子さま、山田太郎さま、鈴木一郎さま、のどなたでしょうか。")
    assert not any(sign.isdigit() for sign in question(HOUSE, 0).text)
    assert question(HOUSE, 1).text.startswith("一、山田花子さま。二、山田太郎さま。三、鈴木一郎さま。")
    assert question(HOUSE, 0).overrides["鈴木一郎"] == "スズキ、ーチロー"


def test_two_of_the_same_name_are_told_apart():
    other = replace(HANAKO, phone=PhoneDraft(digits="0312345670"))
    asked = question((HANAKO, other), 0).text
    assert "5678" in asked
    assert "5670" in asked
    assert "1234" not in asked


def at_known(*known):
    with_them = setting(*known)
    return with_them, take(begin("consent_sorry", with_them).form, typed("はい"), with_them).form


@pytest.mark.parametrize(
    ("known", "lines", "stage", "name"),
    [
        ((KATO,), ["はい"], Stage.WHEN, "カトウ"),
        ((KATO,), ["加藤です"], Stage.WHEN, "カトウ"),
        ((KATO,), ["佐藤です"], Stage.NAME_CHECK, "サトウ"),
        ((KATO,), ["別の者です"], Stage.NAME, None),
        ((KATO,), ["ううん、どうだったっけ", "ええとねえ"], Stage.NAME, None),
        ((KATO,), ["電話番号が変わったんです"], Stage.PHONE, "カトウ"),
        (HOUSE, ["違います"], Stage.NAME, None),
        (HOUSE, ["はい"], Stage.KNOWN, None),
        (HOUSE, ["はい", "はい"], Stage.NAME, None),
        (HOUSE, ["山田です", "太郎です"], Stage.WHEN, "ヤマダタロウ"),
        (HOUSE, ["スズイイチローデス"], Stage.KNOWN, None),
        (HOUSE, ["スズイイチローデス", "はい"], Stage.WHEN, "スズキーチロー"),
        (HOUSE, ["スズイイチローデス", "違います"], Stage.NAME, None),
    ],
)
def test_which_known(known, lines, stage, name):
    with_them, form = at_known(*known)
    for line in lines:
        form = take(form, typed(line), with_them).form
    assert (form.stage, form.name.reading if form.name else None) == (stage, name)


def test_whoever_was_forgotten_meanwhile_is_asked_for_the_name():
    _, form = at_known(KATO)
    assert "お名前" in take(form, NOTHING_HEARD, setting()).says[0].text
    assert take(form, typed("佐藤です"), setting()).form.stage is Stage.NAME_CHECK


FORM = Form(stage=Stage.SUMMARY, consent="よろしいでしょうか。", name=HANAKO.name, phone=HANAKO.phone)


def asks_to_remember(form, known):
    return stored(form, True, known).form.stage is Stage.REMEMBER


def test_who_is_asked_to_be_remembered():
    moved = replace(FORM, phone=PhoneDraft(digits="0398765432"), known=HANAKO)
    assert asks_to_remember(FORM, setting())
    assert asks_to_remember(FORM, setting(TARO))
    assert asks_to_remember(moved, setting(HANAKO))
    assert "新しいお電話番号" in arrived(moved, None, setting(HANAKO)).says[-1].text
    assert not asks_to_remember(FORM, setting(remembers=False))
    assert not asks_to_remember(FORM, setting(HANAKO, TARO))
    assert not asks_to_remember(replace(FORM, name=None), setting())
    assert stored(FORM, False, setting()).form.stage is Stage.LEFT


@pytest.mark.parametrize(
    "yes", ["はい", "ええ、お願いします", "覚えておいてください", "はい、ありがとうございます", "いいですよ"]
)
def test_yes_is_remembered(yes):
    form = arrived(FORM, None, setting()).form
    step = take(form, typed(yes), setting())
    assert step.wanted is Wanted.REMEMBER
    assert customer_of(step.form) == replace(HANAKO, may_ask=False)
    assert "忘れて" in remembered(step.form, True).says[0].text
    failed = remembered(step.form, False)
    assert "できませんでした" in failed.says[0].text
    assert "覚えておきます" not in failed.says[0].text


@pytest.mark.parametrize(
    "no", ["", "いいえ", "大丈夫です", "やめて", "キャンセル", "次", "すみません", "ちょっと", "覚えないで", "うーん"]
)
def test_anything_else_is_not(no):
    step = take(arrived(FORM, None, setting()).form, typed(no), setting())
    assert (step.form.stage, step.wanted) == (Stage.DONE, Wanted.NOTHING)
    assert step.says[0].text.startswith("かしこまりました。覚えずにおきます。")


@pytest.mark.parametrize(
    "wish",
    [
        "忘れて", "忘れてください", "私のことを忘れて", "私のことを忘れてもらえますか", "すみません、私のことを忘れてください", "覚えている情報を消して",
        "覚えている情報を消してください", "覚えている名前を消してほしいんですけど", "ワタシノコトオワスレテ", "ワタシノコトーワスレテクダサイ",
    ],
)  # fmt: skip
def test_who_wants_to_be_forgotten(wish):
    assert is_forgetting(typed(wish), setting(remembers=False))


@pytest.mark.parametrize("wish", ["登録を消して", "登録を削除してください", "名前と電話番号を消してほしい"])
def test_a_registration_may_be_something_else(wish):
    assert is_forgetting(typed(wish), setting(HANAKO))
    assert is_forgetting(typed(wish), setting(remembers=False, kept=True))
    assert not is_forgetting(typed(wish), setting(remembers=False))


@pytest.mark.parametrize(
    "other", ["忘れました", "パスワードを忘れて", "録画を消したい", "予約を消して", "傘を忘れてきました", ""]
)
def test_who_does_not(other):
    assert not is_forgetting(typed(other), setting(HANAKO))


def test_forgetting_is_asked_about_done_and_told():
    asked = ask_whether_to_forget(setting(HANAKO))
    assert asked.form.stage is Stage.FORGET
    for yes in ("はい", "消してください", "忘れて"):
        assert take(asked.form, typed(yes), setting(HANAKO)).wanted is Wanted.FORGET
    for no in ("いいえ", "やめて", "", "うーん"):
        step = take(asked.form, typed(no), setting(HANAKO))
        assert (step.form.stage, step.wanted) == (Stage.LEFT, Wanted.NOTHING)
    assert forgotten(asked.form, True, setting(HANAKO)).says[0].text.startswith("消しました。")
    failed = forgotten(asked.form, False, setting(HANAKO)).says[0].text
    assert "できませんでした" in failed
    assert "03-1555-1234" in failed


def test_with_nobody_remembered_that_is_said():
    step = ask_whether_to_forget(setting())
    assert step.form.stage is Stage.LEFT
    assert "いらっしゃいません" in step.says[0].text


def test_a_request_goes_on_after_forgetting():
    with_them, form = at_known(HANAKO)
    asked = take(form, typed("私のことを忘れて"), with_them)
    assert asked.form.stage is Stage.FORGET
    assert take(asked.form, typed("いいえ"), with_them).form.stage is Stage.KNOWN
    done = forgotten(take(asked.form, typed("はい"), with_them).form, True, with_them)
    assert (done.form.stage, done.form.consent != "") == (Stage.NAME, True)
    assert "お名前" in done.says[-1].text
