"""Display text as text that the synthesiser reads correctly: no digits, no Latin letters, no signs it would mangle."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from intents import spoken_counts, spoken_dates, spoken_digits, spoken_latin
from intents.morae import from_kana, spelled
from intents.rewriting import Rule, rewrite, rule
from intents.spoken_counts import TILDE
from intents.spoken_data import AFTER_KANA, HOW_MANY, PATTERNS, READINGS, SIGNS, alternatives

NO_OVERRIDES: Final[Mapping[str, str]] = MappingProxyType({})
_KEPT: Final = 0xF0000  # private characters stand for overridden words while the rules run
_PRIVATE: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_UNSPEAKABLE: Final = re.compile(
    "[^ぁ-ゖゝゞァ-ヺー-ヾ一-鿿㐀-䶿々〆〇\U00020000-\U0003ffff、。？！「」\U000f0000-\U0010fffd]"
)
_PAUSES: Final = re.compile("[、。？！]{2,}")
# Open JTalk says スィー for the letter C alone, not when it is in hiragana
_LETTER_C: Final = re.compile("(?<![ァ-ヺー])シー(?=ゼロ|[^ァ-ヺー]|$)")
_CIRCLED: Final = re.compile("[①-⑳]")
_ROMAN: Final = re.compile("[Ⅰ-Ⅻⅰ-ⅻ]")
_COUNTED: Final = "0-9年月日時分秒円個台本枚回人名階度歳番号"  # before 〜 these begin a range


def spoken_form(text: str, overrides: Mapping[str, str] = NO_OVERRIDES) -> str:
    """The text as it is to be given to Open JTalk.

    `overrides` are words and the kana to say for them, the longest word first; no rule touches that kana again.  A
    value that is not kana (「ぜいこみ5」 for 「税込5」) is text and goes through the rules.
    """
    table = {_plain(word): said for word, said in overrides.items() if _plain(word)}
    kept = {word: chr(_KEPT + place) for place, word in enumerate(w for w, said in table.items() if from_kana(said))}
    marked = _overridden(_plain(text), {word: kept.get(word) or _plain(said) for word, said in table.items()})
    return _restored(_tidy(rewrite(marked, _RULES)), {mark: _settled(word, table[word]) for word, mark in kept.items()})


def _plain(text: str) -> str:
    """Compatibility forms (full-width, ㎏, №, Ⅲ) as ordinary characters; a circled number gets its pause."""
    listed = _CIRCLED.sub(lambda match: f"{match[0]}、", _PRIVATE.sub("", text))
    listed = _ROMAN.sub(lambda match: str(int(unicodedata.numeric(match[0]))), listed)
    return unicodedata.normalize("NFKC", listed)


def _overridden(text: str, table: Mapping[str, str]) -> str:
    return _override_pattern(tuple(table)).sub(lambda match: table[match[0]], text) if table else text


def _settled(word: str, said: str) -> str:
    """The kana with は and へ settled: Open JTalk takes those of はいれる and へや for particles after に or の."""
    if not re.search("[はへ](?!$)", said):
        return said
    particle = {"は": "ワ", "へ": "エ"}.get(said[-1]) if word[-1] == said[-1] else None
    return "".join(spelled(said[:-1] + particle if particle else said) or said)


@lru_cache(maxsize=256)
def _override_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, but no part of a longer number (1分 in 11分) or of a longer Latin word."""
    before = "(?<![0-9](?=[0-9]))(?<![A-Za-z](?=[A-Za-z]))"
    after = "(?!(?<=[0-9])[0-9]|(?<=[A-Za-z])[A-Za-z])"
    return re.compile(f"{before}(?:{alternatives(words)}){after}")


def _restored(text: str, kept: Mapping[str, str]) -> str:
    return _PRIVATE.sub(lambda match: kept[match[0]], text)


def _tidy(text: str) -> str:
    speakable = _UNSPEAKABLE.sub("", text)
    return _LETTER_C.sub("しー", _PAUSES.sub(_strongest, speakable).strip("、"))


def _strongest(match: re.Match[str]) -> str:
    return next(pause for pause in "？！。、" if pause in match[0])


def _how_many(match: re.Match[str]) -> str:
    return "ナン" + HOW_MANY[match[1]] + AFTER_KANA.get(match[2] or "", "")


def _tilde(match: re.Match[str]) -> str:
    """から between two things and after a number, otherwise a drawn-out vowel."""
    before, after = match.string[: match.start()].rstrip()[-1:], match.string[match.end() :][:1]
    if not before or before in "、。(「\n":
        return ""
    if re.match(r"[0-9A-Za-z一-鿿ァ-ヺ]", after):
        return "から、"
    return "から" if re.match(f"[{_COUNTED}]", before) else "ー"


_SIGN_RULES: Final[tuple[Rule, ...]] = (
    rule(rf"\s?{TILDE}+\s?", _tilde),
    rule(rf"(?<=[{_COUNTED}])\s?[-–—−]\s?(?=[0-9])", "から、"),
    rule(r"(?<![0-9A-Za-z])[-−–](?=[0-9.]+\s?(?:度|°))", "マイナス"),
    rule(r"(?<![0-9A-Za-z一-鿿ぁ-んァ-ヺー])[-−](?=[0-9])", "マイナス"),
    rule(r"\s?[×✕]\s?(?=[0-9])", "カケル"),
    rule("(?<![一二三四五六七八九十百千万〇])〇(?![一二三四五六七八九〇])", "マル"),
    rule(r"(?<=[一-鿿ァ-ヺーA-Za-z])\s+(?=[一-鿿ァ-ヺ])|(?<=[一-鿿ァ-ヺー])\s+(?=[A-Za-z])", "、"),
    rule(f"({alternatives(SIGNS)})", lambda match: SIGNS[match[1]]),
)
_WORD_RULES: Final[tuple[Rule, ...]] = (
    rule(f"何({alternatives(HOW_MANY)})({alternatives(AFTER_KANA)})?", _how_many),
    *(rule(pattern, said) for pattern, said in PATTERNS.items()),
    rule(f"(?<![0-9])({alternatives(READINGS)})", lambda match: READINGS[match[1]]),
)
_RULES: Final[tuple[Rule, ...]] = (
    *_WORD_RULES,
    *spoken_latin.RULES,
    *spoken_dates.RULES,
    *spoken_digits.RULES,
    *spoken_counts.RULES,
    *spoken_digits.LAST_RULES,
    *spoken_latin.CODE_RULES,
    *spoken_counts.LAST_RULES,
    *_SIGN_RULES,
)
