"""How text is pronounced: katakana morae, through Open JTalk."""

import contextlib
import importlib
import io
import re
import sys
import threading
import warnings
from collections.abc import Mapping
from functools import cache, lru_cache
from types import ModuleType
from typing import Final

from intents.morae import from_kana, katakana
from intents.spoken_form import NO_OVERRIDES, spoken_form

_NOT_KATAKANA: Final = re.compile("[^ァ-ヶー]")
_PIECE: Final = re.compile("[^。！？]{1,500}[。！？]?")  # Open JTalk refuses text of some 2,000 characters
_thread: Final = threading.local()


def open_jtalk() -> ModuleType:
    """The module `pyopenjtalk`, loaded on first use (half a second, 100 MB) and without what it says on the way."""
    jtalk = _loaded()
    if not hasattr(_thread, "tokenizer"):
        _thread.tokenizer = _sudachi_tokenizer(jtalk)
    return jtalk


@cache
def _loaded() -> ModuleType:
    """pyopenjtalk-plus, without its advice on ONNX Runtime.

    It is printed with `print` while the package is imported.  The runtime only guesses how 何 is read, which
    `spoken_form` settles by rule, so nobody needs to hear of it.
    """
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        jtalk = importlib.import_module("pyopenjtalk")
    sys.stdout.write("".join(line for line in said.getvalue().splitlines(keepends=True) if "ONNX Runtime" not in line))
    return jtalk


def _sudachi_tokenizer(jtalk: ModuleType) -> object:
    """What Open JTalk keeps for each thread, made here because making it warns of an old name in SudachiPy."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Dictionary\.create", category=DeprecationWarning)
        tokenizer: object = jtalk.utils.get_sudachi_tokenizer()
    return tokenizer


def morae_of(text: str, overrides: Mapping[str, str] = NO_OVERRIDES) -> list[str]:
    """The pronunciation as katakana morae in normal form; characters without a reading are skipped."""
    return list(_morae(_spoken(text, overrides)))


def reading_of(text: str, overrides: Mapping[str, str] = NO_OVERRIDES) -> str:
    """`morae_of` in one string; "" when nothing in the text can be said in Japanese."""
    return "".join(_morae(_spoken(text, overrides)))


def _spoken(text: str, overrides: Mapping[str, str]) -> str:
    return spoken_form(text, overrides) if overrides else _spoken_plainly(text)


@lru_cache(maxsize=1_024)  # one turn asks for the same words again and again; of what was said no more is kept
def _spoken_plainly(text: str) -> str:
    return spoken_form(text)


@lru_cache(maxsize=8192)
def _morae(spoken: str) -> tuple[str, ...]:
    kana = "".join(_pronounced(piece) for piece in _PIECE.findall(spoken))
    return tuple(from_kana(_NOT_KATAKANA.sub("", kana)) or ())


def _pronounced(piece: str) -> str:
    kana = str(open_jtalk().g2p(piece, kana=True))
    # Open JTalk says the letter C in English
    return kana if "スィ" in katakana(piece) else kana.replace("スィ", "シ")


def is_kana(text: str) -> bool:
    """Whether the text is a pronunciation in hiragana or katakana (punctuation allowed), with at least one mora."""
    return bool(from_kana(text))
