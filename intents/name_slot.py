"""The name of somebody who wants to be called back: heard, read back in kana, put right.

A name is what remains when the polite frame is taken off; nothing is looked up to decide whether it is one, for there are
more names than lists.  The list of common family names only tells where a family name ends.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from intents.morae import from_kana, katakana
from intents.name_signs import family_described, parted
from intents.name_words import EDGE, families, family_at, pronounced, without_endings, without_openings, words_of
from intents.readings import is_kana, reading_of
from intents.replies import Reply, reply_in
from intents.transcripts import Hypothesis, Transcript

_LONGEST: Final = 16  # morae of a name; beyond it, it is a sentence
_GIVEN: Final = range(2, 7)  # morae
_PAUSES: Final = re.compile(r"[\s、。,.・]+")
_DIGITS: Final = re.compile(r"[0-9〇一二三四五六七八九十]{3,}|[0-9]")
_DIGIT_WORDS: Final = re.compile(
    "(?:ゼロ|レ[ーイ]|イチ|ニ[ーイ]?|サン|ヨン|ゴ[ーオ]?|ロク|ナナ|シチ|ハチ|キュ[ーウ]|ノ){3,}"
)
_SIGN: Final = r"[ァ-ヺー一-鿿々]{1,6}ノ[一-鿿々]"  # 山の山
_SPELLING: Final = re.compile(rf"^{_SIGN}(?:[ニト、]+{_SIGN})+")
_TOLD_FIRST: Final = re.compile(
    r"^(.+?)(?:(?:ト(?:イイ|申シ|モウシ|モーシ)マス|デス)(?:ガ|ケド|ケレド|ネ)?[、。\s]*|[、。])(.+)$"
)
_UNVOICED: Final = dict(
    zip("ガギグゲゴザジズゼゾダヂヅデドバビブベボ", "カキクケコサシスセソタチツテトハヒフヘホ", strict=True)
)
_VOICED: Final = {plain: voiced for voiced, plain in _UNVOICED.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class NameHeard:
    """A name."""

    reading: str  # katakana, family name first, without spaces
    written: str = ""  # in kanji, "" when only its sound is known
    family: str = ""  # katakana; "" when it is not known where the family name ends
    given: str = ""  # katakana; "" when only one name was said
    remark: str = ""  # how its signs were described


@dataclass(frozen=True, slots=True)
class Declined:
    """The customer would rather not say it, or asks why it is wanted."""

    is_question: bool


@dataclass(frozen=True, slots=True)
class SignsDescribed:
    """「山の山に田んぼの田」: kept for the staff, not understood."""

    remark: str


Answered = NameHeard | Declined | SignsDescribed | None


def name_in(heard: Transcript) -> Answered:
    """The name in an answer to 「お名前を」; None when it is none that can be made out (a number, a sentence)."""
    best = heard.best
    if best is None:
        return None
    return _name_of(best.text, best.reading)


def correct_name(name: NameHeard, heard: Transcript) -> Answered:
    """The name after 「やまだじゃなくてやまたです」, 「ちがいます、やまもとです」 or 「濁りません」; None for a mere 「ちがいます」."""
    best = heard.best
    if best is None:
        return None
    text = _plain(best.text)
    if (changed := _voicing(name, text)) is not None:
        return changed
    wrong, right = _around(text, words_of("not_but"))
    if right:
        return _instead(name, wrong, _name_of(right, ""))
    rest = without_openings(text, words_of("wrong"))
    if not rest:
        return None
    found = _name_of(rest, best.reading if rest == text else "")
    if isinstance(found, NameHeard | SignsDescribed) and found.remark:
        return replace(found, remark=_as_said(found.remark, best.text))
    return found


def _plain(text: str) -> str:
    return katakana(unicodedata.normalize("NFKC", text)).strip(EDGE)


def _name_of(text: str, reading: str) -> Answered:
    plain = _plain(text)
    if _is_reply(text, reading):
        return None
    if known := _declined(plain) or _with_its_signs(plain, text):
        return known
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
    match = _TOLD_FIRST.match(plain)
    if match is None or _has_signs(match[1]) or not (_has_signs(match[2]) or _is_about(match[1], match[2])):
        return None
    found = _name_of(match[1], "")
    full = isinstance(found, NameHeard) and found.given
    return replace(found, remark=_as_said(match[2], text)) if full and isinstance(found, NameHeard) else None


def _is_about(name: str, rest: str) -> bool:
    """「花子はお花の花に子どもの子です」, behind a name that has 花子 in it."""
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


def _voicing(name: NameHeard, text: str) -> NameHeard | None:
    """「最後は濁りません」: the last sound of the name that can be so."""
    for kind, table in (("unvoiced", _UNVOICED), ("voiced", _VOICED)):
        if any(word in text for word in words_of(kind)):
            places = [place for place, kana in enumerate(name.reading) if kana in table]
            if not places or ("最後" not in text and "サイゴ" not in text and len(places) > 1):
                return None
            at = places[-1]
            reading = name.reading[:at] + table[name.reading[at]] + name.reading[at + 1 :]
            size = len(name.family)
            parts = (reading[:size], reading[size:]) if name.family else ("", "")
            return NameHeard(reading=reading, family=parts[0], given=parts[1], remark=name.remark)
    return None


def _around(text: str, joints: Iterable[str]) -> tuple[str, str]:
    for joint in sorted(joints, key=len, reverse=True):
        before, found, behind = text.partition(joint)
        if found and before and behind.strip(EDGE):
            return before.strip(EDGE), behind.strip(EDGE)
    return "", ""


def _instead(name: NameHeard, wrong: str, right: Answered) -> Answered:
    """One of two names changed, where the wrong one is the family or the given name."""
    if not isinstance(right, NameHeard) or not (name.family and name.given) or right.given:
        return right
    said = without_openings(wrong, (*words_of("wrong"), *words_of("openings")))
    if said == name.family:
        return NameHeard(reading=right.reading + name.given, family=right.reading, given=name.given, remark=name.remark)
    if said == name.given:
        return NameHeard(
            reading=name.family + right.reading, family=name.family, given=right.reading, remark=name.remark
        )
    return right


def _is_reply(text: str, reading: str) -> bool:
    """もう一度, ゆっくり and the like; a refusal is not meant."""
    said = Hypothesis(text=text, reading=reading, confidence=1.0)
    reply = reply_in(Transcript(hypotheses=(said,), duration_ms=0))
    return reply not in (None, Reply.NO, Reply.DECLINE, Reply.STOP)
