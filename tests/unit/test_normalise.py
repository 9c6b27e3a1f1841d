import pytest

from intents.normalise import core_reading, core_text, match_key
from intents.readings import reading_of


@pytest.mark.parametrize(
    ("text", "key"), [("　ＥＲＲＯＲ Ｅ１！", "errore1"), ("㈱ひだまり", "株ひだまり"), ("データー", "データー")]
)
def test_match_key(text, key):
    assert match_key(text) == key


@pytest.mark.parametrize(
    ("question", "core"),
    [
        ("すみません、返品の期限を教えてください", "ヘンピンノキゲン"),
        ("返品の期限を知りたいんですけど", "ヘンピンノキゲン"),
        ("あの、電源が入らないんですが", "デンゲンガハイラナイ"),
        ("電源が入りません", "デンゲンガハイリマセン"),  # the negation stays
        ("予約を取り消したいのですが", "ヨヤクオトリケシタイ"),
        ("予約したいのですが", "ヨヤクシタイ"),
    ],
)
def test_politeness_is_taken_off(question, core):
    assert core_reading(reading_of(question)) == core


@pytest.mark.parametrize("question", ["教えてください", "すみません", "お願いします", "か", "です"])
def test_something_always_remains(question):
    assert core_reading(reading_of(question))
    assert core_text(match_key(question))


def test_writing_and_reading_are_stripped_alike():
    assert core_text(match_key("返品の送料を教えてください")) == "返品の送料"
