"""Vosk's static decoding graph, HCLG.fst, in plain Python: from a closed list of phrases or any mora model.

A static graph decodes faster and knows nothing but what was compiled; with one in the folder, Vosk ignores run-time
grammars.  Needs numpy only, so it also runs on the device.  Source of the composition H o C o L o G that is built here
in one go: Mohri, Pereira and Riley, "Speech recognition with weighted finite-state transducers" (2008).
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from intents.morae import MORA_PHONES, from_kana
from voice.errors import SettingsError
from voice.modelkit.kaldi_io import Fst, FstSize
from voice.modelkit.lexicon import SILENCE_COST, build_dynamic, write_words
from voice.modelkit.ngram import LmState, MoraLm, WeightedReading, ngram, phrase_loop, phrase_tree
from voice.modelkit.topology import SILENCE_PHONE, WORD_ID, placed, transition_ids

WHOLE_WORDS: Final = Path(__file__).with_name("words.txt")  # numbers, yes and no, names: what grammars are made of


@dataclass(frozen=True, slots=True)
class GraphSize:
    """How big a compiled list of phrases is."""

    phrases: int
    states: int
    arcs: int


def build_graph(
    phrases: Sequence[str],
    folder: Path,
    *,
    fallback: MoraLm | bool = True,
    scale: float = 0.7,
    fallback_cost: float = 8.0,
    fallback_mora_cost: float = 0.5,
) -> GraphSize:
    """Compile phrases (kana of their pronunciation) into folder/graph/HCLG.fst and words.txt.

    `folder` is a copy of a model's folder; vosk.Model(str(folder)) then hears one of the phrases as its morae with
    spaces between, "" in silence, and other morae where the speech fits no phrase.  That loop of morae is a bigram of
    the phrases (True), a model of yours, or none (False).  `fallback_cost` to enter it and `fallback_mora_cost` for each
    of its morae (natural logarithms, before `scale`) move the border between phrases and other speech; `scale` weighs
    the graph against the sound.  Raises ValueError, naming the phrase, when one is not kana or says nothing.
    """
    readings = [_reading(phrase) for phrase in phrases]
    loop = phrase_loop(readings) if fallback is True else fallback or None
    lm = phrase_tree(readings, loop, fallback_cost, fallback_mora_cost)
    (folder / "graph").mkdir(parents=True, exist_ok=True)
    size = compile_graph(lm, folder / "graph" / "HCLG.fst", scale=scale)
    write_words(folder)
    return GraphSize(len(readings), size.states, size.arcs)


def _reading(phrase: str) -> list[str]:
    reading = from_kana(phrase)
    if not reading:
        raise ValueError(f"not the kana of a pronunciation: {phrase!r}")
    return reading


def compile_graph(lm: MoraLm, path: Path, *, scale: float = 1.0, insertion: float = 0.0) -> FstSize:
    """Write the HCLG.fst of a language model, with an optional silence between morae.

    `scale` weighs the model's costs; `insertion` is then added to every mora.
    """
    graph = _MoraGraph(lm, scale, insertion)
    start = graph.add_start()
    for number, state in enumerate(lm.states):
        graph.add_state(number, state)
    return graph.save(path, start)


@dataclass(frozen=True, slots=True)
class _Exit:
    """A mora that leaves a state: its phones with places, its scaled cost, the language model's state behind it."""

    word: int
    phones: list[str]
    cost: float
    target: int


class _MoraGraph:
    """HCLG.fst while it grows.

    For every state of the language model there is a `base`, from which morae start, and one `landing` for each phone
    with which a mora may arrive there: it holds the phone's self-loop, which a shared state could not.
    """

    def __init__(self, lm: MoraLm, scale: float, insertion: float) -> None:
        self._lm, self._scale, self._insertion = lm, scale, insertion
        self._fst = Fst()
        self._bases: dict[int, int] = {}
        self._landings: dict[tuple[int, str], int] = {}

    def add_start(self) -> int:
        """Add the first state, which may begin with silence; its number."""
        root, first = self._base(self._lm.start), self._fst.state()
        self._fst.arc(first, 0, 0, 0.0, root)
        pause = transition_ids(SILENCE_PHONE)[0]
        self._fst.arc(first, pause, 0, 0.0, self._landing(self._lm.start, SILENCE_PHONE))
        return first

    def add_state(self, number: int, state: LmState) -> None:
        """Add everything that leaves a state of the language model; morae with one consonant share its arc."""
        here = self._base(number)
        for consonant, exits in self._exits(state).items():
            if consonant:
                door, paid = self._consonant(here, exits)
            else:
                door, paid = here, 0.0
            for way in exits:
                self._step(door, way, way.cost - paid)
        if state.backoff:
            self._fst.arc(here, 0, 0, state.backoff.cost * self._scale, self._base(state.backoff.target))
        for cost, target in state.skips:
            self._fst.arc(here, 0, 0, cost * self._scale, self._base(target))

    def save(self, path: Path, start: int) -> FstSize:
        """Write the graph."""
        return self._fst.save(path, start)

    def _exits(self, state: LmState) -> dict[tuple[str, ...], list[_Exit]]:
        """Group the morae of a state by their phones before the last: the consonant, or nothing."""
        groups: defaultdict[tuple[str, ...], list[_Exit]] = defaultdict(list)
        for mora, (cost, target) in state.arcs.items():
            phones = MORA_PHONES[mora]
            scaled = cost * self._scale + self._insertion
            groups[phones[:-1]].append(_Exit(WORD_ID[mora], placed(phones), scaled, target))
        return groups

    def _consonant(self, here: int, exits: Sequence[_Exit]) -> tuple[int, float]:
        """Add the shared consonant; the state behind it, and the cost of the cheapest mora, paid at once."""
        forward, loop = transition_ids(exits[0].phones[0])
        best = min(way.cost for way in exits)
        middle = self._fst.state()
        self._fst.arc(here, forward, 0, best, middle)
        self._fst.arc(middle, loop, 0, 0.0, middle)
        return middle, best

    def _step(self, source: int, way: _Exit, cost: float) -> None:
        phone = way.phones[-1]
        target = self._landing(way.target, phone)
        self._fst.arc(source, transition_ids(phone)[0], way.word, cost, target)

    def _base(self, number: int) -> int:
        if number not in self._bases:
            self._bases[number] = self._fst.state()
            end = self._lm.states[number].end
            if end is not None:
                self._fst.end(self._bases[number], end * self._scale)
        return self._bases[number]

    def _landing(self, number: int, phone: str) -> int:
        if (number, phone) not in self._landings:
            here = self._landings[number, phone] = self._fst.state()
            self._fst.arc(here, transition_ids(phone)[1], 0, 0.0, here)
            self._fst.arc(here, 0, 0, 0.0, self._base(number))
            if phone != SILENCE_PHONE:
                silence = self._landing(number, SILENCE_PHONE)
                self._fst.arc(here, transition_ids(SILENCE_PHONE)[0], 0, SILENCE_COST, silence)
        return self._landings[number, phone]


def load_readings(path: Path) -> list[WeightedReading]:
    """Read what `readings` wrote: a JSON list of [morae with spaces between, weight]."""
    return [(morae.split(), weight) for morae, weight in json.loads(path.read_text(encoding="utf-8"))]


def main(argv: Sequence[str]) -> None:
    """Add the decoding graph to an exported model."""
    args = _parser().parse_args(argv)
    try:
        readings = load_readings(args.readings)
        words = args.words.read_text(encoding="utf-8").split()
        click.echo(f"{len(readings)} readings; counting")
        lm = ngram(readings, args.order, [float(least) for least in args.cutoffs.split(",")])
        _write(args, lm, words)
    except (OSError, ValueError) as error:
        raise SettingsError(str(error)) from error


def _write(args: argparse.Namespace, lm: MoraLm, words: Sequence[str]) -> None:
    if args.kind == "dynamic":
        sizes = build_dynamic(lm, args.folder, words, scale=args.scale, insertion=args.insertion)
        click.echo(f"HCLr.fst: {_text(sizes.lexicon)}; Gr.fst: {_text(sizes.grammar)}")
        return
    (args.folder / "graph").mkdir(parents=True, exist_ok=True)
    size = compile_graph(lm, args.folder / "graph" / "HCLG.fst", scale=args.scale, insertion=args.insertion)
    write_words(args.folder)
    click.echo(f"HCLG.fst: {_text(size)}")


def _text(size: FstSize) -> str:
    return f"{size.states} states, {size.arcs} arcs"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m voice.modelkit graph", description=__doc__)
    parser.add_argument("folder", type=Path, help="what `export` wrote")
    parser.add_argument("--readings", type=Path, default=Path("build/modelkit/readings.json"))
    parser.add_argument("--kind", choices=["static", "dynamic"], default="dynamic", help="dynamic takes grammars")
    parser.add_argument("--order", type=int, default=4)
    parser.add_argument("--cutoffs", default="1,2,4,8", help="least counts of the n-grams kept, by length")
    parser.add_argument("--scale", type=float, default=0.7, help="of the language model against the sound")
    parser.add_argument("--insertion", type=float, default=0.0, help="cost added to every mora")
    parser.add_argument("--words", type=Path, default=WHOLE_WORDS, help="whole words (kana) for run-time grammars")
    return parser
