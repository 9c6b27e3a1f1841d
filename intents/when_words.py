"""The words of days and times in what was said: one pass over writing or over morae, the longest word first."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from intents.data_files import load
from intents.when_forms import Word, form
from intents.when_numbers import counted_words, number_at

_SMALL: Final = tuple("ァィゥェォャュョ")


@dataclass(frozen=True, slots=True)
class Token:
    """A word that was said."""

    kind: str
    value: str
    size: int  # characters
    after_gap: bool  # something that is no word of ours stands before it


def tokens(text: str) -> list[Token]:
    """Every word of days and times, and what stands between them, in their order; `text` as `form` makes it."""
    found: list[Token] = []
    place = 0
    gap = False
    while place < len(text):
        word, size = _at(text, place)
        if word is None or (gap and text[place : place + size] in _only_whole()):
            gap = True
        elif word.kind != "skip":
            found += _made(word, size, gap)
            gap = False
        else:
            gap = True
        place += size
    return found


def is_made_of(text: str, others: Collection[str]) -> bool:
    """Whether there is nothing in a text but words of days and times, and these others; all as `form` makes them."""
    place = 0
    while place < len(text):
        word, size = _at(text, place)
        ours = size if word is not None and word.kind != "skip" else 0
        size = max([ours, *(len(other) for other in others if text.startswith(other, place))])
        if not size:
            return False
        place += size
    return True


@cache
def _only_whole() -> frozenset[str]:
    return frozenset(map(form, load("when")["only_whole"]["words"]))


def _made(word: Word, size: int, gap: bool) -> list[Token]:
    """The word as a token; 今晩 is 今日 and 夜."""
    if word.kind == "turned":
        kind, value = word.value.split()
        return [Token(kind, value, size, gap), Token("since", "", 0, False)]
    if word.kind == "weekend_of":
        return [Token("week", word.value, size, gap), Token("days", "weekend", 0, False)]
    if word.kind != "both":
        return [Token(word.kind, word.value, size, gap)]
    day, part = word.value.split()
    return [Token("day", day, size, gap), Token("part", part, 0, False)]


def _at(text: str, place: int) -> tuple[Word | None, int]:
    lexicon, longest = _lexicon()
    numbered, end = number_at(text, place)
    for size in range(min(longest, len(text) - place), end - place, -1):
        word = lexicon.get(text[place : place + size])
        if word and not _cut_short(text, place + size, word):
            return word, size
    return (numbered, end - place) if numbered else (None, max(1, end - place))


def _cut_short(text: str, end: int, word: Word) -> bool:
    """Whether the word would take the beginning of the next: ごご|いちじ is not ごごいち|じ, にじゅう not にじ|ゅう."""
    if text[end : end + 1] in _SMALL:
        return True
    if word == Word("part", "午後一番") or word == Word("part", "朝一番"):
        return text[end : end + 1] in tuple("0123456789時ジ:") and end < len(text)
    if word.kind == "day" and text[:end].endswith("ゴ") and text[end : end + 1] == "ゴ":
        return True  # みっか|ごご is not みっかご|ご
    return word.kind == "clock" and text.startswith(("カン", "間"), end)


@cache
def _lexicon() -> tuple[dict[str, Word], int]:
    words = {form(text): word for text, word in _listed()}
    return words, max(map(len, words))


def _listed() -> Iterator[tuple[str, Word]]:
    """All words with what they are; later ones win."""
    data = load("when")
    yield from counted_words()
    for text in data["mark"]["refusal"]:  # 「土日じゃだめですか」 asks for just that
        yield from ((text + asked, Word("skip", "")) for asked in ("か", "ですか", "でしょうか", "ますか"))
        yield from (
            (text + if_so, Word("or", "")) for if_so in ("なら", "だったら", "でしたら", "であれば", "な場合は")
        )
    for kind, texts in data["mark"].items():
        yield from ((text, Word(kind, "")) for text in texts)
    yield from ((text, Word("since", "later")) for text in data["later"]["words"])
    yield from ((text, Word("behind", "")) for text in data["behind"]["words"])
    for name, part in data["part"].items():
        yield from ((text, Word("part", name)) for text in part["words"])
    for kind in (
        "day",
        "week",
        "month",
        "year",
        "both",
        "weekday",
        "days",
        "holiday",
        "monthday",
        "nth",
        "clock",
        "weekend_of",
        "turned",
    ):
        yield from ((text, Word(kind, value)) for value, texts in data[kind].items() for text in texts)
