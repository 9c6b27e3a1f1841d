"""Words of the base that the installed model cannot hear, because they are not in its vocabulary.

A model of morae hears every kana; what matters there is only that a wording has morae at all.  A model of words hears a
wording as the words it knows: one that sounds the same is as good, for matching compares readings, and is suggested.
"""

import hashlib
import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extract

from intents.matching import Topic
from intents.morae import from_kana, spelled
from intents.readings import reading_of
from kb.checking import Finding, Severity
from voice.checks.dictionary import Word, cut
from voice.files import write_atomically
from voice.models.inspect import GraphKind, check_model, graph_kind
from voice.models.openfst import output_symbols, read_header

SUGGESTED: Final = 3
_READINGS_VERSION: Final = "1"  # raise when readings of the same words come out differently

Homophones = Callable[[str], Sequence[str]]


def vocabulary(folder: Path) -> frozenset[str]:
    """The words a model can hear, from where Vosk itself takes them.  Raises ModelDamaged."""
    check_model(folder)
    graph = folder / "graph" if (folder / "am").is_dir() else folder
    fst = graph / ("HCLG.fst" if graph_kind(folder) is GraphKind.STATIC else "Gr.fst")
    if read_header(fst).has_output_symbols:
        return frozenset(output_symbols(fst))
    lines = (graph / "words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.split()[0] for line in lines if line.strip())


def unheard_words(
    topics: Iterable[Topic], known: Collection[str], homophones: Homophones, near: Homophones
) -> Iterator[Finding]:
    """One finding for each word of the wordings that a model of words does not know."""
    places: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for topic in topics:
        for wording in topic.wordings:
            for word in unknown_in(wording.text, known):
                places[word].append((topic.id, wording.text))
    for word, found in places.items():
        yield _unheard(word, found, homophones, near)


def unknown_in(text: str, known: Collection[str]) -> Iterator[str]:
    """Words of a text that neither stand in the vocabulary nor are made of words that do."""
    for word in cut(unicodedata.normalize("NFKC", text)):
        if _is_said(word) and word.text not in known and word.text.lower() not in known:
            parts = [part for part in cut(word.text, short=True) if _is_said(part)]
            if not parts or any(part.text not in known for part in parts):
                yield word.text


def unheard_morae(topics: Iterable[Topic], known: Collection[str]) -> Iterator[Finding]:
    """Wordings with a mora that a model of morae does not have."""
    for topic in topics:
        for wording in topic.wordings:
            missing = [mora for mora in from_kana(wording.reading) or () if mora not in known]
            if missing:
                yield Finding(
                    code="word-unheard",
                    severity=Severity.WARNING,
                    article_id=topic.id,
                    text=wording.text,
                    message=f"the model has no {' '.join(missing)}",
                    remedy="give the word a more Japanese reading in the article's readings",
                    reading=wording.reading,
                )


def homophones_in(known: Collection[str], folder: Path) -> tuple[Homophones, Homophones]:
    """Two look-ups by reading: words of the vocabulary that sound the same, and words that sound nearly the same.

    Reading a vocabulary takes seconds, so the readings are kept in `folder`.
    """
    by_reading = defaultdict(list)
    for word, reading in _readings(known, folder).items():
        by_reading[reading].append(word)
    readings = sorted(by_reading)

    def same(reading: str) -> Sequence[str]:
        return by_reading.get(reading, [])[:SUGGESTED]

    def near(reading: str) -> Sequence[str]:
        close = extract(reading, readings, scorer=Levenshtein.distance, score_cutoff=1, limit=SUGGESTED)
        return [by_reading[found][0] for found, _, _ in close]

    return same, near


def _unheard(word: str, found: Sequence[tuple[str, str]], homophones: Homophones, near: Homophones) -> Finding:
    reading = reading_of(word)
    same = homophones(reading)
    close = () if same else near(reading)
    others = sorted({article_id for article_id, _ in found} - {found[0][0]})
    return Finding(
        code="word-unheard",
        severity=Severity.NOTE if same else Severity.WARNING,
        article_id=found[0][0],
        text=word,
        message=f"the model does not know the word, as in 「{found[0][1]}」 ({len(found)} wordings)",
        remedy=_remedy(same, close),
        others=tuple(others),
        reading=reading,
    )


def _remedy(same: Sequence[str], close: Sequence[str]) -> str:
    if same:
        return f"nothing must be done: it is heard as {_listed(same)}, which sounds the same; as a variant that is heard too"
    nearest = f"; the nearest words it knows: {_listed(close)}" if close else ""
    return f"add a variant that says it in other words{nearest}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"「{word}」" for word in words)


def _is_said(word: Word) -> bool:
    """Not punctuation, and no number: those are heard in kanji whatever their writing."""
    return word.kind[0] not in ("補助記号", "空白") and word.kind[1] != "数詞"


def _readings(known: Collection[str], folder: Path) -> Mapping[str, str]:
    listed = sorted(known)
    digest = hashlib.sha256("\n".join([_READINGS_VERSION, *listed]).encode()).hexdigest()[:32]
    file = folder / f"vocabulary-{digest}.json"
    try:
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {word: _spoken(word) for word in listed}
        _keep(file, kept)
    return kept


def _spoken(word: str) -> str:
    return "".join(spelled("".join(part.reading for part in cut(word))) or ())


def _keep(file: Path, readings: Mapping[str, str]) -> None:
    try:
        write_atomically(file, json.dumps(readings, ensure_ascii=False).encode(), make_folder=True)
    except OSError:
        return  # made again next time
