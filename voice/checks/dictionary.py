"""SudachiPy as a second dictionary: where words end, and how it reads them."""

import threading
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

_PARTICLES: Final = {"は": "ワ", "へ": "エ", "を": "オ"}  # written by history, said as these
_thread: Final = threading.local()


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text."""

    text: str
    start: int  # place of its first character
    end: int
    reading: str  # katakana as a dictionary spells it (コウニュウ)
    kind: tuple[str, ...]  # part of speech, as UniDic names it
    known: bool  # whether the dictionary has it; SudachiPy makes numerals up as it goes, and they count as known

    @property
    def is_number(self) -> bool:
        """A numeral, in kanji too; SudachiPy knows nothing of how numerals and counters melt together."""
        return self.kind[1] == "数詞"

    @property
    def is_name(self) -> bool:
        """A proper noun."""
        return self.kind[1] == "固有名詞"


def cut(text: str, *, short: bool = False) -> tuple[Word, ...]:
    """The words of a text: as long as the dictionary has them, or `short` as they may be written apart."""
    mode = _modes().A if short else _modes().C
    return tuple(
        Word(m.surface(), m.begin(), m.end(), _reading(m), tuple(m.part_of_speech()), _is_known(m))
        for m in _tokenizer().tokenize(text, mode)
    )


def _is_known(morpheme: Any) -> bool:
    return not morpheme.is_oov() or morpheme.part_of_speech()[1] == "数詞"


def _reading(morpheme: Any) -> str:
    said = _PARTICLES.get(morpheme.surface()) if morpheme.part_of_speech()[0] == "助詞" else None
    return said or str(morpheme.reading_form())


def _tokenizer() -> Any:
    """One for each thread: a tokenizer is not thread-safe."""
    if not hasattr(_thread, "tokenizer"):
        _thread.tokenizer = _dictionary().tokenizer()
    return _thread.tokenizer


@cache
def _dictionary() -> Any:
    import sudachipy

    return sudachipy.Dictionary(dict="core")


def _modes() -> Any:
    import sudachipy

    return sudachipy.SplitMode
