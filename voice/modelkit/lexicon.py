"""The dynamic graph, HCLr.fst and Gr.fst, which lets Vosk take grammars at run time.

Vosk composes the two while it decodes (OpenFst's on-line composition).  A word leaves HCLr.fst on its first arc, so the
plain composition needs no look-ahead; HCLr.fst is sorted by output and Gr.fst by input labels.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from intents.morae import MORA_PHONES, UNITS, VOWELS, from_kana
from voice.modelkit.kaldi_io import Fst, FstArc, FstSize
from voice.modelkit.ngram import MoraLm
from voice.modelkit.topology import SILENCE_PHONE, UNKNOWN_WORD, WORD_ID, WORDS, placed, transition_ids

SILENCE_COST: Final = 1.0  # of a pause between words
UNKNOWN_COST: Final = 2.5  # per phone of speech outside a run-time grammar
_ENDING_UNITS: Final = (*VOWELS, "H", "N")  # what a word of unknown speech may end with
_DISAMBIGUATION: Final = "1000000\n"  # our graph has none, but Vosk refuses an empty disambig_tid.int


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicGraphSize:
    """How big the two halves of a dynamic graph are."""

    lexicon: FstSize  # HCLr.fst
    grammar: FstSize  # Gr.fst


def build_dynamic(
    lm: MoraLm, folder: Path, extra_words: Iterable[str] = (), *, scale: float = 1.0, insertion: float = 0.0
) -> DynamicGraphSize:
    """Write folder/graph/ for run-time grammars: HCLr.fst, Gr.fst, disambig_tid.int and words.txt.

    A grammar may use every mora, the `extra_words` (kana, two morae or more; each once) and "[unk]".  An HCLG.fst in
    the folder is removed: where there is one, Vosk ignores run-time grammars.  `scale` weighs the language model against
    the sound, `insertion` is added to every mora.  Raises ValueError for an extra word that is not kana.
    """
    words = _vocabulary(extra_words)
    graph = folder / "graph"
    graph.mkdir(parents=True, exist_ok=True)
    lexicon = compile_lexicon(words, graph / "HCLr.fst")
    grammar = write_grammar(lm, graph / "Gr.fst", scale=scale, insertion=insertion)
    (graph / "disambig_tid.int").write_text(_DISAMBIGUATION, encoding="utf-8")
    write_words(folder, words)
    (graph / "HCLG.fst").unlink(missing_ok=True)
    return DynamicGraphSize(lexicon=lexicon, grammar=grammar)


def _vocabulary(extra_words: Iterable[str]) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {word: list(MORA_PHONES[word]) for word in WORDS}
    words[UNKNOWN_WORD] = []
    for word in extra_words:
        reading = from_kana(word)
        if not reading:
            raise ValueError(f"not the kana of a word: {word!r}")
        if len(reading) > 1 and word not in words:  # a single mora is a word already
            words[word] = [phone for mora in reading for phone in MORA_PHONES[mora]]
    return words


def write_words(folder: Path, words: Iterable[str] = WORDS) -> None:
    """Write folder/graph/words.txt: the names of the output labels, from 1 in the order of `words`."""
    lines = "".join(f"{word} {number}\n" for number, word in enumerate(words, 1))
    (folder / "graph" / "words.txt").write_text(f"<eps> 0\n{lines}", encoding="utf-8")


def compile_lexicon(words: Mapping[str, Sequence[str]], path: Path) -> FstSize:
    """Write HCLr.fst: any sequence of `words` (units of each, numbered from 1 in order; "[unk]" is any speech)."""
    graph = _LexiconGraph()
    for number, (word, units) in enumerate(words.items(), 1):
        if word == UNKNOWN_WORD:
            graph.add_unknown(number)
        else:
            graph.add_word(number, units)
    return graph.save(path)


class _LexiconGraph:
    """HCLr.fst while it grows: words leave the root and land on the state of their last phone."""

    def __init__(self) -> None:
        self._fst = Fst()
        self._start, self._root, self._silence = self._fst.state(), self._fst.state(), self._fst.state()
        self._landings: dict[str, int] = {}
        self._fst.end(self._root, 0.0)
        self._pause, loop = transition_ids(SILENCE_PHONE)
        self._fst.arc(self._start, 0, 0, 0.0, self._root)
        self._fst.arc(self._start, self._pause, 0, SILENCE_COST, self._silence)
        self._fst.arc(self._silence, loop, 0, 0.0, self._silence)
        # Never back to a state that can take silence again: many equal paths would choke Vosk's lattices.
        self._fst.arc(self._silence, 0, 0, 0.0, self._root)

    def add_word(self, number: int, units: Sequence[str]) -> None:
        """Add the phones of a word one behind the other."""
        *inner, last = placed(units)
        here, word = self._root, number
        for phone in inner:
            here, word = self._enter(here, phone, word, 0.0), 0
        self._step(here, last, word, 0.0, self._landing(last))

    def add_unknown(self, number: int) -> None:
        """Add a loop over all units in which every phone costs UNKNOWN_COST."""
        hub = self._fst.state()
        for unit in UNITS[1:]:
            self._fst.arc(self._enter(self._root, f"{unit}_B", number, UNKNOWN_COST), 0, 0, 0.0, hub)
            self._fst.arc(self._enter(hub, f"{unit}_I", 0, UNKNOWN_COST), 0, 0, 0.0, hub)
            if unit in _ENDING_UNITS:
                self._step(hub, f"{unit}_E", 0, UNKNOWN_COST, self._landing(f"{unit}_E"))
                self._step(self._root, f"{unit}_S", number, UNKNOWN_COST, self._landing(f"{unit}_S"))

    def save(self, path: Path) -> FstSize:
        """Write; words added in the order of their numbers leave the arcs sorted by output, as composition needs."""
        return self._fst.save(path, self._start)

    def _landing(self, phone: str) -> int:
        """The state behind the last phone of a word: it loops on the phone and goes on to the next word or a pause."""
        if phone not in self._landings:
            here = self._landings[phone] = self._fst.state()
            self._fst.arc(here, transition_ids(phone)[1], 0, 0.0, here)
            self._fst.arc(here, 0, 0, 0.0, self._root)
            self._fst.arc(here, self._pause, 0, SILENCE_COST, self._silence)
        return self._landings[phone]

    def _enter(self, source: int, phone: str, word: int, cost: float) -> int:
        """Go into a phone by an arc; its new state, which loops on the phone."""
        target = self._fst.state()
        self._fst.arc(target, transition_ids(phone)[1], 0, 0.0, target)
        self._step(source, phone, word, cost, target)
        return target

    def _step(self, source: int, phone: str, word: int, cost: float, target: int) -> None:
        self._fst.arc(source, transition_ids(phone)[0], word, cost, target)


def write_grammar(lm: MoraLm, path: Path, *, scale: float, insertion: float = 0.0) -> FstSize:
    """Write Gr.fst: the n-gram as an acceptor whose back-off arcs are epsilons."""
    fst = Fst()
    for _ in lm.states:
        fst.state()
    for number, state in enumerate(lm.states):
        for arc in sorted(_grammar_arcs(lm, number, scale, insertion)):
            fst.arc(number, *arc)
        if state.end is not None:
            fst.end(number, state.end * scale)
    return fst.save(path, lm.start)


def _grammar_arcs(lm: MoraLm, number: int, scale: float, insertion: float) -> Iterable[FstArc]:
    state = lm.states[number]
    if state.backoff:
        yield FstArc(0, 0, state.backoff.cost * scale, state.backoff.target)
    for mora, (cost, target) in state.arcs.items():
        yield FstArc(WORD_ID[mora], WORD_ID[mora], cost * scale + insertion, target)
