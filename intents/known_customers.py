"""Which of the customers a device knows was meant: by name as it was heard, by place, by the end of the telephone number."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from rapidfuzz.distance import Levenshtein

from intents.callback_form import Known
from intents.data_files import load
from intents.distance import split_morae
from intents.morae import MORA_PHONES
from intents.name_slot import NameHeard, correct_name
from intents.name_words import families, pronounced
from intents.phone_slot import EMPTY, hear_digits
from intents.phrases import Phrasebook
from intents.transcripts import Transcript

ENDING_DIGITS: Final = 4
LIKE: Final = 0.7  # one sound of four misheard, in the shortest names
LEAD: Final = 0.1  # over the name next like it
SHORTEST: Final = 5  # sounds; of shorter names too many are alike
_LONG: Final = "H"  # the phone of the long mark
_NO_NAME: Final = NameHeard(reading="")

Sounds = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """Who may have been meant; of one unless `is_sure` it has to be asked."""

    customers: tuple[Known, ...]
    is_sure: bool = True


NOBODY: Final = Meant(())


def meant_in(heard: Transcript, customers: Sequence[Known]) -> Meant:
    """Who of them was meant: nobody, one, or all who are called so."""
    place = _place(heard, len(customers))
    if place is not None:
        return Meant((customers[place],))
    ending = _ending(heard)
    if ending:
        return Meant(tuple(one for one in customers if one.phone.digits.endswith(ending)))
    return _named(list(_names(heard)), customers)


def other_name(heard: Transcript) -> NameHeard | None:
    """The name of somebody else: 「いいえ、佐藤です」; only common names, for much else that is said could be one."""
    found = next(_names(heard), None)
    return found if found and found.family in families() else None


def _place(heard: Transcript, count: int) -> int | None:
    found = _places().meaning(heard)
    if found is None or count == 1:
        return None
    place = count if found == "last" else int(found)
    return place - 1 if place <= count else None


@cache
def _places() -> Phrasebook:
    return Phrasebook(load("remembering")["places"])


def _ending(heard: Transcript) -> str:
    """The end of a number, "" when none was said: 「下4けた、5678です」."""
    before = _any_of(load("remembering")["words"]["before_endings"])
    bare = tuple(
        replace(one, text=before.sub("", one.text), reading=before.sub("", one.reading)) for one in heard.hypotheses
    )
    digits = hear_digits(EMPTY, replace(heard, hypotheses=bare)).draft.digits
    return digits if len(digits) >= ENDING_DIGITS else ""


def _any_of(words: Sequence[str], behind: str = "") -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(words)}){behind}")


def _names(heard: Transcript) -> Iterator[NameHeard]:
    """The names in what was heard, likeliest first."""
    behind = _behind_names()
    for one in heard.hypotheses:
        bare = replace(one, text=behind.sub("", one.text), reading=behind.sub("", one.reading))
        found = correct_name(_NO_NAME, Transcript(hypotheses=(bare,), duration_ms=heard.duration_ms))
        if isinstance(found, NameHeard):
            yield found


def _behind_names() -> re.Pattern[str]:
    words = load("remembering")["words"]
    return _any_of(words["behind_names"], f"(?=$|{'|'.join(words['behind_those'])})")


def _named(names: Sequence[NameHeard], customers: Sequence[Known]) -> Meant:
    """By the likeliest hypothesis that is somebody's name; not surely so where a likelier one is another common name."""
    is_sure = True
    for name in names:
        exactly = tuple(one for one in customers if _is_exactly(name, one.name))
        if exactly:
            return Meant(exactly, is_sure=is_sure or len(exactly) > 1)
        is_sure = is_sure and name.family not in families()
    ranked = sorted(((_likeness(names, one.name), place) for place, one in enumerate(customers)), reverse=True)
    if not ranked or ranked[0][0] < LIKE or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < LEAD):
        return NOBODY
    return Meant((customers[ranked[0][1]],), is_sure=False)


def _is_exactly(heard: NameHeard, name: NameHeard) -> bool:
    if heard.written and heard.written == name.written:
        return True
    return _sounds(heard.reading) in _calls(name)


def _likeness(names: Sequence[NameHeard], name: NameHeard) -> float:
    pairs = [(_sounds(heard.reading), call) for heard in names for call in _calls(name) if len(call) >= SHORTEST]
    return max((float(Levenshtein.normalized_similarity(*pair)) for pair in pairs), default=0.0)


def _calls(name: NameHeard) -> list[Sounds]:
    """How somebody may be called: by the whole name, the family name or the given name."""
    whole, family = _sounds(name.reading), _sounds(name.family)
    has_both = bool(family) and whole[: len(family)] == family and len(whole) > len(family)
    return [whole, family, whole[len(family) :]] if has_both else [whole]


def _sounds(kana: str) -> Sounds:
    """The phones of a name in any spelling: サトウ and サトー are one."""
    out: list[str] = []
    for phone in (phone for mora in split_morae(pronounced(kana)) for phone in MORA_PHONES.get(mora, (mora,))):
        out.append(out[-1] if phone == _LONG and out else phone)
    return tuple(out)
