"""Normal forms of written Japanese: what matching compares."""

import re
import unicodedata
from functools import cache

from intents.data_files import load
from intents.morae import from_kana, katakana

_NOT_SAID = re.compile(r"[\s\W_]+")
_SHORTEST_CORE = 2  # what remains after stripping must still say something


def match_key(text: str) -> str:
    """The text as compared: NFKC, lower case, no spaces and no punctuation (the long mark stays)."""
    return _NOT_SAID.sub("", unicodedata.normalize("NFKC", text).lower())


def core_text(key: str) -> str:
    """A match key without polite openings and endings; the key itself when nothing would remain."""
    return _stripped(key, *_written_forms(), particle="を")


def core_reading(reading: str) -> str:
    """A reading (katakana morae) without polite openings and endings; itself when nothing would remain."""
    return _stripped(reading, *_spoken_forms(), particle="オ")


def is_opening(reading: str) -> bool:
    """Whether the reading is nothing but a polite opening (すみません, えーと): more will follow."""
    return reading in _spoken_forms()[0]


def _stripped(text: str, openings: tuple[str, ...], endings: tuple[str, ...], *, particle: str) -> str:
    while text.startswith(openings):
        opening = next((o for o in openings if text.startswith(o)), "")
        if not _remains(text, opening):
            break
        text = text[len(opening) :]
    whole = text
    while text.endswith(endings):
        ending = next((e for e in endings if text.endswith(e)), "")
        if not _remains(text, ending):
            break
        text = text[: -len(ending)]
    # 期限を(教えて): the particle belongs to what was taken off, and in a reading it melts into it (オオシエテ, オーシエテ).
    return text.removesuffix(particle) if text != whole and _remains(text, particle) else text


def _remains(text: str, part: str) -> bool:
    return len(text) - len(part) >= _SHORTEST_CORE


@cache
def _spoken_forms() -> tuple[tuple[str, ...], tuple[str, ...]]:
    data = load("phrasing")
    return _longest_first(_reading(o) for o in data["openings"]), _longest_first(_reading(e) for e in data["endings"])


@cache
def _written_forms() -> tuple[tuple[str, ...], tuple[str, ...]]:
    data = load("phrasing")
    openings = [*data["openings"], *data["openings_written"]]
    endings = [*data["endings"], *data["endings_written"]]
    both = [[match_key(spelling) for form in forms for spelling in _spellings(form)] for forms in (openings, endings)]
    return _longest_first(both[0]), _longest_first(both[1])


def _reading(kana: str) -> str:
    return "".join(from_kana(kana) or katakana(kana))


def _spellings(form: str) -> tuple[str, ...]:
    """A pronunciation as it may be written: どー as どう, いー as いい, わ at the end as は."""
    written = form.replace("どー", "どう").replace("しょー", "しょう").replace("いー", "いい").replace("しー", "しい")
    written = written.replace("よー", "よう")
    return (form, written, written[:-1] + "は") if written.endswith("わ") else (form, written)


def _longest_first(forms: object) -> tuple[str, ...]:
    return tuple(sorted(set(forms), key=len, reverse=True))  # type: ignore[call-overload]
