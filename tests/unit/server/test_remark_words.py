"""Every finding about an article has Japanese words for its author."""

import re
from pathlib import Path

import kb
import voice.checks
import voice.desk_rules
from server.knowledge.ports import Remark
from server.remark_words import remark_words, remedy, says

JAPANESE = re.compile(r"[ぁ-ゖァ-ヺ一-龥]")
CODE = re.compile(r'code="([a-z-]+)"|Doubt\(\s*"([a-z-]+)"|return "([a-z]+-[a-z-]+)"')
OTHERS = {
    "article-expired",
    "article-not-yet-valid",
    "article-expiring",
    "missing",
    "twice",
    "id",
    "yen",
    "day",
    "kana",
}


def codes_in_code():
    sources = [*Path(kb.__file__).parent.glob("checking*.py"), *Path(voice.checks.__file__).parent.glob("*.py")]
    texts = [source.read_text(encoding="utf-8") for source in [*sources, Path(voice.desk_rules.__file__)]]
    return {next(filter(None, groups)) for text in texts for groups in CODE.findall(text)} | OTHERS


def test_every_code_has_words():
    found = codes_in_code()
    assert {"variant-conflict", "reading-doubtful", "word-unheard", "answer-too-long", "missing"} <= found
    assert found - set(remark_words()) == set()
    assert all(JAPANESE.search(words["says"]) for words in remark_words().values())


def test_what_it_is_about_is_named():
    remark = Remark(field="variants", code="variant-conflict", severity="error", text="返品したい", others=("a", "b"))
    assert says(remark, {"a": "返品"}) == "「返品したい」は、「返品」、「b」でも使っている言い方です。"
    assert "違い" in remedy(remark, {})


def test_long_texts_and_many_others_are_cut():
    remark = Remark(field="x", code="variant-near", severity="note", text="あ" * 99, others=tuple("abcdef"))
    assert "あ…」" in says(remark, {})
    assert "「c」ほか" in says(remark, {})
    assert "「d」" not in says(remark, {})


def test_without_words_the_code_is_shown():
    remark = Remark(field="x", code="brand-new", severity="note")
    assert (says(remark, {}), remedy(remark, {})) == ("brand-new", "")
