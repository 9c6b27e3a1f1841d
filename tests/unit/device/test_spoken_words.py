import pytest

from intents.readings import reading_of
from voice.recognition.frames import framed
from voice.recognition.spoken_words import cut, joined, surfaces


def text_of(words) -> str:
    return " ".join("".join(word) for word in words)


def test_words_are_cut_as_open_jtalk_reads_them():
    assert text_of(cut("返品の手順を教えてください").words) == "ヘンピン ノ テジュン オ ーシエ テ クダサイ"
    assert text_of(cut("エアコンが冷えない").words) == "エアコン ガ ヒエ ナイ"


@pytest.mark.parametrize(
    "text",
    ["シーゼロワンで止まってしまいました", "28度にしたい", "を", "Wi-Fiにつながらない", "炊飯器 保温 におい", ""],
)
def test_the_words_add_up_to_the_reading(text):
    assert text_of(cut(text, reading_of(text)).words).replace(" ", "") == reading_of(text)


def test_borders_are_carried_over_to_a_reading_set_by_hand():
    found = cut("日向家電に連絡したい", "ヒマワリカデンニレンラクシタイ")
    assert text_of(found.words) == "ヒマワリ カデン ニ レンラク シ タイ"


def test_words_join_in_the_normal_form_of_the_whole():
    assert joined([["カ", "オ"], ["オ"], ["ア"]]) == (("カ", "オ"), ("ー",), ("ア",))
    assert joined([["ー"], ["カ"], ["ン"], ["ン"]]) == (("カ",), ("ン",))  # nothing is left of two of them


def test_written_words_come_without_marks():
    assert surfaces("返品、したい。") == ["返品", "し", "たい"]


def test_frames_fit_what_they_stand_around():
    polite, noun, plain, particle = (cut(t) for t in ("壊れています", "返品の方法", "返品したい", "どうすればいいのか"))
    assert particle.particle_last

    def endings(wording) -> set[str]:
        said = {text_of(words) for words in framed([wording] * 40)}
        start = text_of(wording.words)
        return {one.removeprefix(start).strip() for one in said if one.startswith(start)} - {""}

    assert "ン デス ケド" in endings(plain)
    assert "カ" in endings(polite)
    assert "ン デス ケド" not in endings(polite)
    assert any(ending.endswith("オシエ テ クダサイ") for ending in endings(noun))
    assert endings(particle) == set()


def test_frames_stand_before_every_wording():
    said = [text_of(words) for words in framed([cut("返品したい")] * 40)]
    assert any(one.startswith("スミマセン ヘンピン") for one in said)
    assert list(framed([cut("")])) == []
