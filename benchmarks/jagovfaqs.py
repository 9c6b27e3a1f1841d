"""Suite (d): a ministry's question, typed, to the passage that answers it.

The base is the 929 answer passages of the sample, each an article whose wordings are the sentences of the passage; the FAQ's
own question is the query and is in no index.  The baselines search whole passages, which is what they are made for.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.arena import OURS
from benchmarks.baselines import Row
from benchmarks.kept_rankings import kept_rankings
from benchmarks.measures import mean, reciprocal_rank
from benchmarks.suites import spread
from intents.matching import Topic, TopicIndex, Wording
from intents.transcripts import typed
from voice.made_once import Readings

PLACES: Final = 10
SENTENCES: Final = 8  # of a passage that become wordings
LONGEST: Final = 80  # characters of a wording
_END: Final = re.compile(r"。|\\n|\n|[!?！？]")


def measure_retrieval(folder: Path, count: int | None, kept: Path) -> dict[str, Any]:
    """SR@1, MRR@10 and recall@10 of the ranker and the baselines."""
    documents = {row["doc_id"]: row["text"] for row in _read(folder / "docs.tsv")}
    asked = [(row["question"], row["gold_doc"]) for row in _read(folder / "questions.tsv")]
    some = spread(asked, count)
    index = TopicIndex(_topics(documents, Readings(kept / "jagovfaqs-readings")))
    found = {OURS: _progress(OURS, [lambda t=text: _ours(index, t) for text, _ in some])}
    passages = [Row(text=text.replace("\\n", " "), topic=name) for name, text in documents.items()]
    for b in kept_rankings(passages, kept):
        found[b.name] = _progress(b.name, [lambda t=text, b=b: [n for n, _ in b.rank(t, PLACES)] for text, _ in some])
    gold = [doc for _, doc in some]
    return {
        "questions": len(some),
        "of": len(asked),
        "passages": len(documents),
        "figures": {name: _figures(orders, gold) for name, orders in found.items()},
    }


def _read(file: Path) -> list[dict[str, str]]:
    """A TSV file whose fields may hold carriage returns, which the csv module would take for the end of a row."""
    heads, *lines = file.read_bytes().decode("utf-8").replace("\r", " ").strip("\n").split("\n")
    return [dict(zip(heads.split("\t"), line.split("\t"), strict=True)) for line in lines]


def sentences(passage: str) -> list[str]:
    """The first sentences that say something, cut to the length of a wording."""
    pieces = [piece.strip()[:LONGEST] for piece in _END.split(passage)]
    return [piece for piece in pieces if len(piece) > 1][:SENTENCES] or [passage[:LONGEST]]


def _topics(documents: dict[str, str], readings: Readings) -> list[Topic]:
    texts = {name: sentences(text) for name, text in documents.items()}
    found = iter(readings.of([(piece, {}) for pieces in texts.values() for piece in pieces]))
    return [
        Topic(
            id=name,
            title="",
            wordings=tuple(Wording(text=piece, reading=next(found)) for piece in pieces),
            answer=documents[name],
        )
        for name, pieces in texts.items()
    ]


def _ours(index: TopicIndex, text: str) -> list[str]:
    return [c.topic.id for c in index.rank(typed(text), limit=PLACES)]


def _progress(name: str, calls: Sequence[Any]) -> list[list[str]]:
    with click.progressbar(calls, label=f"JaGovFaqs, {name}", file=sys.stderr) as progress:
        return [call() for call in progress]


def _figures(orders: Sequence[Sequence[str]], gold: Sequence[str]) -> dict[str, float]:
    pairs = list(zip(orders, gold, strict=True))
    return {
        "sr_at_1": round(mean([float(order[:1] == [doc]) for order, doc in pairs]), 4),
        "mrr_at_10": round(mean([reciprocal_rank(order, doc) for order, doc in pairs]), 4),
        "recall_at_10": round(mean([float(doc in order) for order, doc in pairs]), 4),
    }
