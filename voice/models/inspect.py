"""What a model folder holds, found without loading it: libvosk answers a bad folder with a bare NULL.

The file names are those of Vosk 0.3.45 (`src/model.cc`): today's layout, and the old one with all files at the root.
"""

import mmap
import re
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path

from voice.models.errors import ModelDamaged
from voice.models.openfst import FstHeader, NotAnFst, output_symbols, read_header

_KALDI_BINARY = b"\0B"
_NETWORK_END = b"</Nnet3>"
_PRIORS = b"<Priors> "
_VECTOR = b"FV \x04"  # Kaldi's binary vector of 32-bit floats; its length follows
_SPECIAL = re.compile(r"<.*>|\[.*\]|#\d+|![A-Z]+")  # <eps>, [unk], #0, !SIL: symbols that are no words
_KATAKANA = re.compile(r"[ァ-ヺー]+")
_IVECTOR_NEEDS = ("final.dubm", "final.mat", "global_cmvn.stats", "online_cmvn.conf", "splice.conf")


class GraphKind(StrEnum):
    """Whether the decoding graph can be changed after loading."""

    STATIC = "static"  # HCLG.fst: run-time grammars are ignored
    DYNAMIC = "dynamic"  # HCLr.fst + Gr.fst: run-time grammars work

    @property
    def run_time_grammars(self) -> bool:
        """Whether a list of phrases given to the recognizer has an effect."""
        return self is GraphKind.DYNAMIC


class VocabularyKind(StrEnum):
    """What the words of a transcript are."""

    MORAE = "morae"  # katakana only: a transcript is a reading already
    WORDS = "words"  # ordinary spelling: a reading must be found for it


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What the rest of the program must know of a model before loading it."""

    path: Path
    graph: GraphKind
    vocabulary: VocabularyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    acoustic: str
    settings: tuple[str, ...]
    graph: str  # folder with the FSTs and words.txt


_TODAY = _Layout(acoustic="am/final.mdl", settings=("conf/mfcc.conf", "conf/model.conf"), graph="graph")
_OLD = _Layout(acoustic="final.mdl", settings=("mfcc.conf",), graph=".")


def inspect_model(folder: Path) -> ModelFacts:
    """Check a folder and say what it is.  Raises ModelDamaged."""
    check_model(folder)
    return ModelFacts(path=folder, graph=graph_kind(folder), vocabulary=vocabulary_kind(folder))


def check_model(folder: Path) -> None:
    """Make sure that Vosk can load `folder`: all files there, none empty, none cut short that shows it.

    Reads some kilobytes of each file, not their content.  Raises ModelDamaged.
    """
    with _reading(folder):
        layout = _layout(folder)
        for name in layout.settings:
            _require(folder, name)
        _check_acoustic(folder, layout.acoustic)
        header = _check_graph(folder, layout)
        if not header.has_output_symbols:
            _require(folder, f"{layout.graph}/words.txt")
        _check_extras(folder)


def graph_kind(folder: Path) -> GraphKind:
    """Which kind of graph Vosk will use: HCLG.fst wins where both are there.  Raises ModelDamaged without any."""
    with _reading(folder):
        graph = folder / _layout(folder).graph
        if (graph / "HCLG.fst").exists():
            return GraphKind.STATIC
        for name in ("HCLr.fst", "Gr.fst"):
            if not (graph / name).exists():
                raise ModelDamaged(folder, f"it has neither HCLG.fst nor {name} in {graph.name}/")
    return GraphKind.DYNAMIC


def vocabulary_kind(folder: Path) -> VocabularyKind:
    """Whether all words are katakana.  Reads the list Vosk itself would use.  Raises ModelDamaged without words."""
    with _reading(folder), closing(_words(folder)) as symbols:
        words = (symbol for symbol in symbols if not _SPECIAL.fullmatch(symbol))
        first = next(words, None)
        if first is None:
            raise ModelDamaged(folder, "its list of words is empty")
        katakana = all(_KATAKANA.fullmatch(word) for word in chain((first,), words))
    return VocabularyKind.MORAE if katakana else VocabularyKind.WORDS


def vocabulary(folder: Path) -> frozenset[str]:
    """Every symbol the decoder can give back, from the list Vosk itself would use.  Raises ModelDamaged."""
    with _reading(folder), closing(_words(folder)) as symbols:
        return frozenset(symbols)


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as refused:
        name = Path(refused.filename or folder).name
        raise ModelDamaged(folder, f"{name} cannot be read ({refused.strerror})") from refused


def _layout(folder: Path) -> _Layout:
    for layout in (_TODAY, _OLD):
        if (folder / layout.acoustic).is_file():
            return layout
    if not folder.is_dir():
        raise ModelDamaged(folder, "there is no such folder")
    inner = next(iter(sorted(folder.glob("*/am/final.mdl"))), None)
    hint = None if inner is None else f"the model seems to be in {inner.parent.parent}, give that folder"
    raise ModelDamaged(folder, "it has no am/final.mdl", hint)


def _require(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ModelDamaged(folder, f"{name} is missing")
    if path.stat().st_size == 0:
        raise ModelDamaged(folder, f"{name} is empty")
    return path


def _check_acoustic(folder: Path, name: str) -> None:
    path = _require(folder, name)
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        problem = _acoustic_problem(content)
    if problem is not None:
        raise ModelDamaged(folder, f"{name} {problem}")


def _acoustic_problem(content: mmap.mmap) -> str | None:
    """What is wrong with a final.mdl; the priors are the last thing in it and say how long they are."""
    if not content[:2].startswith((_KALDI_BINARY, b"<")):
        return "is no Kaldi model"
    priors = content.rfind(_PRIORS)
    if priors < 0 or content.rfind(_NETWORK_END) < 0:
        return "is cut short"
    vector = priors + len(_PRIORS)
    if content[vector : vector + len(_VECTOR)] != _VECTOR:
        return None  # a text model
    start = vector + len(_VECTOR) + 4
    count = int.from_bytes(content[start - 4 : start], "little")
    return "is cut short" if len(content) < start + 4 * count else None


def _check_graph(folder: Path, layout: _Layout) -> FstHeader:
    """The header of the FST that may hold the words: HCLG or Gr."""
    if graph_kind(folder) is GraphKind.STATIC:
        return _check_fst(folder, f"{layout.graph}/HCLG.fst")
    _require(folder, f"{layout.graph}/disambig_tid.int")
    _check_fst(folder, f"{layout.graph}/HCLr.fst")
    return _check_fst(folder, f"{layout.graph}/Gr.fst")


def _check_fst(folder: Path, name: str) -> FstHeader:
    path = _require(folder, name)
    try:
        return read_header(path)
    except NotAnFst as bad:
        raise ModelDamaged(folder, f"{name} is damaged: {bad}") from bad


def _check_extras(folder: Path) -> None:
    """Vosk reads these without looking whether they are there."""
    if (folder / "ivector/final.ie").exists():
        for name in ("final.ie", *_IVECTOR_NEEDS):
            _require(folder, f"ivector/{name}")
    if (folder / "rescore/G.carpa").exists():
        _require(folder, "rescore/G.carpa")
        _require(folder, "rescore/G.fst")


def _words(folder: Path) -> Generator[str, None, None]:
    graph = folder / _layout(folder).graph
    fst = graph / ("HCLG.fst" if graph_kind(folder) is GraphKind.STATIC else "Gr.fst")
    try:
        if read_header(fst).has_output_symbols:
            yield from output_symbols(fst)
            return
        with (graph / "words.txt").open(encoding="utf-8") as lines:
            yield from (line.split()[0] for line in lines if line.strip())
    except (NotAnFst, UnicodeDecodeError) as bad:
        raise ModelDamaged(folder, f"its list of words cannot be read ({bad})") from bad
