"""Finding people without reading them: keyed digests of what staff type into the search field.

Kept are beginnings of names and readings (from two characters, or the whole when shorter) and ends of numbers
(from four digits).  Beginnings of whole words and not n-grams: sets of n-grams of a number give the number away.
"""

import re
import unicodedata
from collections.abc import Iterator

from server.store.vault import Vault
from server.wire import CallbackRequest

DIGEST_BYTES = 16
LEAST_LETTERS = 2
MOST_LETTERS = 12
LEAST_DIGITS = 4
_SEPARATORS = re.compile(r"[\s・=＝]+")
_NO_DIGIT = re.compile(r"\D")
_NUMBER = re.compile(r"[+\d\s()\-‐-―−ー]+")
_HONORIFIC = re.compile(r"(さん|様|さま|サン|サマ)$")
_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


def search_keys(vault: Vault, request: CallbackRequest) -> set[bytes]:
    """Return what the request's case is found by."""
    terms = {*_beginnings(request.customer_name), *_beginnings(request.customer_reading), *_ends(request.phone)}
    return {vault.digest(term)[:DIGEST_BYTES] for term in terms}


def query_keys(vault: Vault, typed: str) -> tuple[bytes, ...]:
    """Return the digests, one for each key there is, of what was typed; empty when it is too short to search by."""
    text = unicodedata.normalize("NFKC", typed).strip()
    term = _number_term(text) if _NUMBER.fullmatch(text) and _NO_DIGIT.sub("", text) else _name_term(typed)
    return tuple(digest[:DIGEST_BYTES] for digest in vault.digests(term)) if term else ()


def _beginnings(name: str | None) -> Iterator[str]:
    words = [_folded(word) for word in _SEPARATORS.split(name or "") if word]
    for word in {*words, "".join(words)}:
        for length in range(min(LEAST_LETTERS, len(word)), min(MOST_LETTERS, len(word)) + 1):
            yield f"name {word[:length]}"


def _ends(phone: str) -> Iterator[str]:
    digits = _national(phone)
    for length in range(LEAST_DIGITS, len(digits) + 1):
        yield f"phone {digits[-length:]}"


def _number_term(text: str) -> str | None:
    digits = _national(text)
    return f"phone {digits}" if len(digits) >= LEAST_DIGITS else None


def _name_term(typed: str) -> str | None:
    folded = _folded("".join(_SEPARATORS.split(_HONORIFIC.sub("", typed.strip()))))
    return f"name {folded[:MOST_LETTERS]}" if folded else None


def _folded(word: str) -> str:
    """Make kana, width and case alike: 「やまだ」 finds 「ヤマダ」."""
    return unicodedata.normalize("NFKC", word).casefold().translate(_HIRAGANA_TO_KATAKANA)


def _national(phone: str) -> str:
    """Return the digits as dialled in Japan: +81 90 … and 090 … are alike."""
    digits = _NO_DIGIT.sub("", phone)
    return f"0{digits.removeprefix('81').removeprefix('0')}" if phone.lstrip().startswith("+81") else digits
