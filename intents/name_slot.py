"""The name of somebody who wants to be called back: heard, read back in kana, put right.

A name is what remains when the polite frame is taken off; nothing is looked up to decide whether it is one, for there are
more names than lists.  The list of common family names only tells where a family name ends.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Final

from intents.morae import from_kana, katakana
from intents.name_changes import instead, part_named, sound_changed, speaks_of, voicing_changed
from intents.name_sentences import family_with_signs, said_once
from intents.name_signs import family_described, parted
from intents.name_spelling import Spelling, respelled, spelling_in
from intents.name_types import Answered, Declined, NameHeard, SignsDescribed
from intents.name_words import EDGE, families, family_at, pronounced, without_endings, without_openings, words_of
from intents.readings import is_kana, reading_of
from intents.replies import Reply, reply_in
from intents.transcripts import Hypothesis, Transcript

__all__ = [
    "Answered",
    "Declined",
    "NameHeard",
    "SignsDescribed",
    "correct_name",
    "name_changed",
    "name_in",
    "with_signs",
]

_LONGEST: Final = 16  # morae of a name; beyond it, it is a sentence
_GIVEN: Final = range(2, 7)  # morae
_PAUSES: Final = re.compile(r"[\s、。,.・]+")
_DIGITS: Final = re.compile(r"[0-9〇一二三四五六七八九十]{3,}|[0-9]")
_DIGIT_WORDS: Final = re.compile(
    "(?:ゼロ|レ[ーイ]|イチ|ニ[ーイ]?|サン|ヨン|ゴ[ーオ]?|ロク|ナナ|シチ|ハチ|キュ[ーウ]|ノ){3,}"
)
_WRITTEN_SO: Final = re.compile("^(.+?)ト(?:書イテ|カイテ)[、。\\s]*(.+?)(?:ト読ミマス|トヨミマス|デス)?$")
_STARTLED: Final = re.compile(r"^[アエ]ッ?[、。\s]+")
_TOLD: Final = ("デス", "ト申シマス", "トモーシマス", "トモウシマス", "トイイマス", "ト言イマス")
_SIGN: Final = r"[ァ-ヺー一-鿿々]{1,6}ノ[一-鿿々]"  # 山の山
_SPELLING: Final = re.compile(rf"^{_SIGN}(?:[ニト、]+{_SIGN})+")
_TOLD_FIRST: Final = re.compile(
    r"^(.+?)(?:(?:ト(?:イイ|申シ|モウシ|モーシ)マス|デス)(?:ガ|ケド|ケレド|ネ)?[、。\s]*|[、。])(.+)$"
)


def name_in(heard: Transcript) -> Answered:
    """The name in an answer to 「お名前を」; None when it is none that can be made out (a number, a sentence)."""
    best = heard.best
    if best is None:
        return None
    if spelling := _spelling(best):
        before = _name_of(spelling.before, "") if spelling.before else None
        return respelled(before, spelling) if isinstance(before, NameHeard) else spelling.name
    return _name_of(best.text, best.reading) or _at_the_end(_plain(best.text))


def _spelling(said: Hypothesis) -> Spelling | None:
    """By the text, or by its sounds where a recogniser wrote kanji for them: 「座布団の座」."""
    return spelling_in(_plain(said.text)) or spelling_in(_plain(said.reading))


def _at_the_end(plain: str) -> Answered:
    """「代わりに電話しています、孫の山本です」: a common family name in the last clause of a sentence that is none."""
    before, _, clause = plain.rpartition("、")
    name = clause.rpartition("ノ")[2]
    return _name_of(name, "") if before and name.endswith(_TOLD) and family_at(_core(name)) else None


def correct_name(name: NameHeard, heard: Transcript) -> Answered:
    """The name after 「やまだじゃなくてやまたです」, 「ちがいます、やまもとです」 or 「濁りません」; None for a mere 「ちがいます」."""
    if (best := heard.best) is None:
        return None
    spelling = _spelling(best)
    return respelled(name, spelling) if spelling else _put_right(name, best)


def _put_right(name: NameHeard, best: Hypothesis) -> Answered:
    whole = _plain(best.text)
    if (changed := voicing_changed(name, whole)) is not None:
        return changed
    part, text = part_named(without_openings(whole, words_of("wrong")) or whole)
    wrong, right = _around(text, words_of("not_but"))
    if right:
        return sound_changed(name, wrong, right) or instead(name, wrong, part, _name_of(right, ""))
    rest = without_openings(text, words_of("wrong"))
    if not rest:
        return None
    found = instead(name, "", part, _name_of(rest, best.reading if rest == whole else ""))
    if isinstance(found, NameHeard | SignsDescribed) and found.remark:
        return replace(found, remark=_as_said(found.remark, best.text))
    return found


def name_changed(name: NameHeard | None, heard: Transcript) -> NameHeard | None:
    """The name after 「やまだじゃなくてやまたです」 in the middle of something else; None where it is not spoken of."""
    wrong, right = _around(_plain(heard.best.text), words_of("not_but")) if heard.best else ("", "")
    if name is None or not right or not speaks_of(name, wrong):
        return None
    found = correct_name(name, heard)
    return found if isinstance(found, NameHeard) else None


def _plain(text: str) -> str:
    return katakana(unicodedata.normalize("NFKC", text)).strip(EDGE)


def _name_of(text: str, reading: str) -> Answered:
    plain = said_once(_plain(text))
    if _is_reply(text, reading):
        return None
    if known := _declined(plain) or _with_its_signs(plain, text):
        return known
    if written := _WRITTEN_SO.match(plain):  # 「渡部と書いてわたべです」
        found = _name_of(written[2], "")
        if isinstance(found, NameHeard):
            return replace(found, remark=_as_said(plain, text))
    remark, plain = _description(plain)
    if remark and not _core(plain):
        return _described(remark, text)
    remark = _as_said(remark, text)
    core = _core(plain)
    if not core or _is_no_name(core, plain):
        return None
    found = _made(core, reading if core == _plain(text) else "")
    return replace(found, remark=remark) if found else None


def _with_its_signs(plain: str, text: str) -> NameHeard | None:
    """A full name told first, and how it is written afterwards: 「佐々木小次郎といいます、佐々木は普通の佐々木です」."""
    if family := family_with_signs(without_openings(plain, words_of("openings"))):
        made = _made(family, "")
        return replace(made, remark=_as_said(plain, text)) if made else None
    match = _TOLD_FIRST.match(plain)
    if match is None or _has_signs(match[1]) or not (_has_signs(match[2]) or _is_about(match[1], match[2])):
        return None
    found = _name_of(match[1], "")
    full = isinstance(found, NameHeard) and (found.given or _is_bare_family(_core(match[1]), match[2]))
    return replace(found, remark=_as_said(match[2], text)) if full and isinstance(found, NameHeard) else None


def _is_bare_family(core: str, signs: str) -> bool:
    """Whether only a common family name was told, whose signs are not plain from how they are described."""
    said = families().get(core, "")
    return bool(said) and family_described(signs, said) is None


def _is_about(name: str, rest: str) -> bool:
    """「花子はお花の花に子どもの子です」, behind a name that has 花子 in it."""
    if "ノ" in rest and _core(name) in families() and not family_at(_core(rest)):
        return True
    return any(rest.startswith(name[at:] + topic) and "ノ" in rest for at in range(len(name)) for topic in "ハワ")


def _has_signs(plain: str) -> bool:
    return any(mark in plain for mark in (*words_of("spelling_marks"), *words_of("plain_spelling")))


def _described(remark: str, text: str) -> Answered:
    """A name told with its signs, or by them alone, where they make a common one; else only how they were described."""
    name, signs = parted(remark)
    said = families().get(katakana(name), "")
    found = family_described(signs, said)
    if found is None and not name:
        return SignsDescribed(_as_said(remark, text))
    written, reading = found or ("", pronounced(said))
    return NameHeard(reading=reading, written=written, family=reading, remark=_as_said(signs, text))


def with_signs(name: NameHeard, described: SignsDescribed) -> NameHeard:
    """A name whose signs are described afterwards; in kanji where that makes them plain."""
    found = None if name.given else family_described(described.remark, name.family or name.reading)
    return replace(name, written=found[0] if found else name.written, remark=described.remark)


def _declined(plain: str) -> Declined | None:
    bare = without_openings(plain.rstrip("?？"), _fillers())
    exact = without_endings(bare)
    if (
        exact in families()
        or bare.removesuffix("デス") in words_of("end_like_sentences")
        or bare in words_of("end_like_sentences")
    ):
        return None
    if (
        plain.endswith(("?", "？"))
        or bare.endswith(words_of("question_endings"))
        or bare.startswith(words_of("questions"))
    ):
        return Declined(is_question=True)
    if bare in words_of("declined") or exact in words_of("declined"):
        return Declined(is_question=False)
    longer = (word for word in words_of("declined") if len(word) > 3)  # noqa: PLR2004 - イヤ is in names
    return Declined(is_question=False) if any(word in bare for word in longer) else None


def _as_said(remark: str, text: str) -> str:
    """The description in the customer's own signs."""
    said = unicodedata.normalize("NFKC", text)
    at = katakana(said).find(remark)
    return said[at : at + len(remark)] if at >= 0 else remark


@cache
def _fillers() -> tuple[str, ...]:
    return tuple(
        word for word in words_of("openings") if not any(sign in word for sign in ("ナマエ", "名前", "ワタ", "私"))
    )


def _description(plain: str) -> tuple[str, str]:
    """How the signs were described, and what was said behind it."""
    match = _SPELLING.match(plain)
    if match:
        rest = re.sub("^(?:デ|ト書イテ|トカイテ|、)+", "", plain[match.end() :])
        return match[0], "" if rest in ("", "ス", "デス") else rest
    return (plain, "") if any(mark in plain for mark in words_of("spelling_marks")) else ("", plain)


def _core(plain: str) -> str:
    """The name without its frame and without where it comes from (「山田商店の鈴木」)."""
    bare = without_openings(plain, words_of("openings"))
    if bare not in words_of("end_like_sentences"):
        bare = without_endings(bare)
    bare = bare.strip(EDGE)
    return _behind_no(bare)


def _behind_no(bare: str) -> str:
    """「渋谷の山田」 is 山田; 「イチノセ」, 「一ノ瀬」 and 「キノシタ」 stay."""
    before, found, behind = bare.rpartition("ノ")
    if not found or not before or not behind or bare.startswith(words_of("with_no")) or bare in families():
        return bare
    if (family := family_at(bare)) and "ノ" in family[0]:
        return bare
    known = family_at(behind)
    in_kanji = not is_kana(before) and re.search("[一-鿿]", behind)  # 山田商店の鈴木
    return behind if (known or in_kanji) and len(before) > 1 else bare


def _is_no_name(core: str, plain: str) -> bool:
    if any(word in plain for word in words_of("no_names")) or _DIGITS.search(core) or _DIGIT_WORDS.fullmatch(core):
        return True
    return core in (*words_of("openings"), *words_of("wrong")) or not re.fullmatch(
        r"[ァ-ヺー一-鿿々\s、・A-Za-z]+", core
    )


def _made(core: str, reading: str) -> NameHeard | None:
    parts = [part for part in _PAUSES.split(core) if part]
    kana = [part if is_kana(part) else (reading if len(parts) == 1 and reading else _read(part)) for part in parts]
    if not kana or not all(kana) or len(from_kana("".join(kana)) or "") > _LONGEST:
        return None
    written = "".join(parts) if not is_kana("".join(parts)) else ""
    family, given = (kana[0], "".join(kana[1:])) if len(kana) > 1 else _split(parts[0], kana[0])
    whole = family + given if family and given else "".join(kana)
    return NameHeard(reading=whole, written=written, family=family, given=given)


def _read(written: str) -> str:
    """The reading of a common family name from our list, of anything else from the dictionary."""
    return families().get(written) or reading_of(written)


def _split(written: str, kana: str) -> tuple[str, str]:
    """Family and given name where the family name is a common one, and the whole sounds so (not 小野寺)."""
    found = family_at(written)
    if not found:
        return "", ""
    name, reading = found
    if name == written:
        return kana, ""
    family = name if is_kana(name) else next((r for r in (reading, pronounced(reading)) if kana.startswith(r)), "")
    given = kana[len(family) :]
    if not is_kana(written) and (
        not family or given.startswith("ー")
    ):  # read apart: 「スズキーチロー」 is 鈴木 and 一郎
        family, given = pronounced(reading), reading_of(written[len(name) :])
    return (family, given) if family and len(from_kana(given) or "") in _GIVEN else ("", "")


def _around(text: str, joints: Iterable[str]) -> tuple[str, str]:
    for joint in sorted(joints, key=len, reverse=True):
        before, found, behind = text.partition(joint)
        if found and before and behind.strip(EDGE):
            return _STARTLED.sub("", before.strip(EDGE)), behind.strip(EDGE)
    return "", ""


def _is_reply(text: str, reading: str) -> bool:
    """もう一度, ゆっくり and the like; a refusal is not meant."""
    said = Hypothesis(text=text, reading=reading, confidence=1.0)
    reply = reply_in(Transcript(hypotheses=(said,), duration_ms=0))
    return reply not in (None, Reply.NO, Reply.DECLINE, Reply.STOP)
