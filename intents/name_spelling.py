"""A name, or a sound of it, told by words that begin so: 「サは桜のサ」, 「アサヒのア、サクラのサ、ダイコンのダ」.

A wrong aid (「サは座布団のサ」) tells nothing: it is asked.
"""

import re
from dataclasses import dataclass
from typing import Final

from intents.morae import from_kana
from intents.name_changes import VOICED_AND_NOT
from intents.name_types import NameHeard
from intents.readings import reading_of

_SOUND: Final = "[ァ-ヺ][ァィゥェォャュョ]?ー?"
_PIECE: Final = re.compile(
    rf"(?:(?:[ァ-ヺー一-鿿々]+ノ)?(?P<topic>{_SOUND})[ハワ])?(?P<aid>[ァ-ヺー一-鿿々]{{2,}}?)ノ(?P<sound>{_SOUND})(?:デスヨ?|デ)?$"
)
_RIGHT_PIECE: Final = re.compile(rf"(?P<sound>{_SOUND})[ァ-ヺー]{{1,7}}?ノ(?P=sound)")
_ENDING: Final = re.compile("(?:デスヨ?ネ?|デ)")
_CLAUSES: Final = re.compile(r"[、。\s]+(?:ニ|ト)?[、。\s]*")
_WHOLE: Final = 2  # sounds that are a name


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound that was told by a word; `topic` is the sound it was said of, "" where none was."""

    topic: str
    sound: str
    is_right: bool  # the word begins with the sound


@dataclass(frozen=True, slots=True)
class Spelling:
    """What was told so, and the name that stands before it."""

    before: str
    sounds: tuple[Sound, ...]

    @property
    def name(self) -> NameHeard | None:
        """The whole name, where every sound of it was told and each by a word that begins with it."""
        is_whole = len(self.sounds) >= _WHOLE and all(one.is_right and not one.topic for one in self.sounds)
        return NameHeard(reading="".join(one.sound for one in self.sounds)) if is_whole else None


def spelling_in(plain: str) -> Spelling | None:
    """What a sentence in katakana and kanji spells; None where it does not."""
    if sounds := _in_one_breath(plain):
        return Spelling("", sounds)
    clauses = [clause for clause in _CLAUSES.split(plain) if clause]
    told = [_sound(clause) for clause in clauses]
    begin = next((at for at in range(len(told)) if all(told[at:])), len(told))
    sounds = tuple(sound for sound in told[begin:] if sound is not None)
    is_one = len(sounds) == 1 and bool(sounds[0].topic)
    return Spelling("、".join(clauses[:begin]), sounds) if is_one or len(sounds) >= _WHOLE else None


def _in_one_breath(plain: str) -> tuple[Sound, ...]:
    """「アサヒノアサクラノサダイコンノダ」, as a recogniser of sounds writes it; what is left over is a wrong aid."""
    sounds: list[Sound] = []
    place = 0
    while found := _RIGHT_PIECE.match(plain, place):
        sounds.append(Sound("", found["sound"], is_right=True))
        place = found.end()
    rest = plain[place:]
    if len(sounds) < _WHOLE or not (not rest or _ENDING.fullmatch(rest) or _PIECE.fullmatch(rest)):
        return ()
    wrong = [] if not rest or _ENDING.fullmatch(rest) else [Sound("", "", is_right=False)]
    return (*sounds, *wrong)


def respelled(name: NameHeard, spelling: Spelling) -> NameHeard | None:
    """The name with the sounds that were told; None where an aid is wrong, or the name has no such sound."""
    if spelling.name and not spelling.before:
        return spelling.name
    for sound in spelling.sounds:
        changed = _with(name, sound)
        if changed is None:
            return None
        name = changed
    return name


def _with(name: NameHeard, told: Sound) -> NameHeard | None:
    if not told.is_right:
        return None
    old = next(
        (one for one in (told.topic, told.sound, VOICED_AND_NOT.get(told.sound)) if one and one in name.reading), ""
    )
    if not old or (old != told.sound and name.reading.count(old) > 1):
        return None
    if old == told.sound:
        return name
    at = name.reading.index(old)
    reading = name.reading[:at] + told.sound + name.reading[at + len(old) :]
    size = len(name.family)
    family, given = (reading[:size], reading[size:]) if size else ("", "")
    return NameHeard(reading=reading, family=family, given=given, remark=name.remark)


def _sound(clause: str) -> Sound | None:
    found = _PIECE.fullmatch(clause)
    if found is None or from_kana(found["sound"]) is None:
        return None
    topic, sound = found["topic"] or "", found["sound"]
    if topic and topic != sound and VOICED_AND_NOT.get(topic) != sound:
        return None  # 「イワモトノブ」 is a name
    begins = reading_of(found["aid"]).startswith(sound) or found["aid"].startswith(sound)
    return Sound(topic, sound, begins) if topic or begins else None
