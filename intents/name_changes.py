"""What is changed of a name that was read back: one of its two parts, a sound, or whether one is voiced."""

import re
from dataclasses import replace
from typing import Final

from intents.morae import from_kana
from intents.name_types import Answered, NameHeard
from intents.name_words import EDGE, families, pronounced, without_openings, words_of
from intents.readings import is_kana, reading_of

_UNVOICED: Final = dict(
    zip("ガギグゲゴザジズゼゾダヂヅデドバビブベボ", "カキクケコサシスセソタチツテトハヒフヘホ", strict=True)
)
_VOICED: Final = {plain: voiced for voiced, plain in _UNVOICED.items()}
VOICED_AND_NOT: Final = _UNVOICED | _VOICED  # each sound with its counterpart
_FAMILY: Final = "名字|苗字|姓|上ノ名前|ミョウジ|ミョージ|ウエノナマエ"
_GIVEN: Final = "下ノ名前|シタノ名前|シモノ名前|シタノナマエ|シモノナマエ"
_WRONG: Final = (
    "(?:違|チガ)(?:イマスヨ?|ウンデス(?:ケド|ガ|ヨ)?|ウヨ?|ッテイ?マスヨ?|ッテル)"
    "|(?:間違|マチガ)(?:ッテイ?マスヨ?|ッテル|イデスヨ?|エテイ?マス)"
)
_PART: Final = re.compile(
    f"^(?:(?P<family>{_FAMILY})|(?P<given>{_GIVEN}))(?:ダケ|ノホウ|ノ方)?[ガハワモ]?(?:{_WRONG})?[、。\\s]*(?P<rest>.*)$"
)
_WHOLE_WRONG: Final = re.compile(f"^オ?(?:名前|ナマエ)[ガハワ]?(?:{_WRONG})[、。\\s]*(?P<rest>.*)$")
_LAST: Final = re.compile("^(?:一番)?(?:最後|サイゴ)[ノガハワ]*[、。\\s]*")
_SOUND: Final = 2  # morae; more is a name


def part_named(text: str) -> tuple[str, str]:
    """Which part a sentence speaks of ("family", "given", "" for the whole), and what it says of it."""
    if found := _PART.match(text):
        return "family" if found["family"] else "given", found["rest"].strip(EDGE)
    wrong = _WHOLE_WRONG.match(text)
    return "", wrong["rest"].strip(EDGE) if wrong else text


def instead(name: NameHeard, wrong: str, part: str, right: Answered) -> Answered:
    """One of two names changed, where the wrong one is the family or the given name, or it is told which."""
    if not isinstance(right, NameHeard) or not (name.family and name.given) or right.given:
        return right
    part = part or _part_of(name, without_openings(wrong, (*words_of("wrong"), *words_of("openings"))))
    if part == "family":
        return NameHeard(reading=right.reading + name.given, family=right.reading, given=name.given, remark=name.remark)
    if part == "given":
        return NameHeard(
            reading=name.family + right.reading, family=name.family, given=right.reading, remark=name.remark
        )
    return right


def _part_of(name: NameHeard, said: str) -> str:
    """Which of the two it is, in whatever writing."""
    sounds = {pronounced(sound) for sound in (said, families().get(said, ""), reading_of(said)) if sound}
    return "family" if pronounced(name.family) in sounds else "given" if pronounced(name.given) in sounds else ""


def sound_changed(name: NameHeard, wrong: str, right: str) -> NameHeard | None:
    """「最後は、こ、じゃなくて、か」: a sound or two of the name for another; None for names, and where it may be any of several."""
    old = _LAST.sub("", without_openings(wrong, words_of("wrong")))
    new = right.removesuffix("デス").strip(EDGE)
    if not (_is_sound(old) and _is_sound(new)) or old in (name.reading, name.family, name.given):
        return None
    at = name.reading.rfind(old)
    is_last = _LAST.match(without_openings(wrong, words_of("wrong"))) is not None
    if at < 0 or (not is_last and name.reading.count(old) > 1):
        return None
    return _with_sounds(name, at, old, new)


def _is_sound(kana: str) -> bool:
    return bool(kana) and is_kana(kana) and 0 < len(from_kana(kana) or "") <= _SOUND


def _with_sounds(name: NameHeard, at: int, old: str, new: str) -> NameHeard:
    reading = name.reading[:at] + new + name.reading[at + len(old) :]
    if not name.family:
        return replace(name, reading=reading, written="")
    size = len(name.family) + (len(new) - len(old) if at + len(old) <= len(name.family) else 0)
    return NameHeard(reading=reading, family=reading[:size], given=reading[size:], remark=name.remark)


def voicing_changed(name: NameHeard, text: str) -> NameHeard | None:
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


def speaks_of(name: NameHeard, wrong: str) -> bool:
    """Whether what is said to be wrong is the name, or a part of it."""
    said = without_openings(wrong, (*words_of("wrong"), *words_of("openings")))
    return bool(_part_of(name, said)) or pronounced(name.reading) in (pronounced(said), pronounced(reading_of(said)))
