"""Readings of the text corpora for the language model: a JSON list of [morae with spaces between, weight]."""
# ruff: noqa: S311 - nothing here is a secret

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from voice.modelkit.corpus import decorate, random_item, short_answers, split, support_questions
from voice.modelkit.folders import shared_folder
from voice.modelkit.open_jtalk import reading_of
from voice.modelkit.open_text import open_text
from voice.modelkit.parallel import spread

WeightedText = tuple[str, int]

_SEED: Final = 3
_OPEN_WEIGHTS: Final = {"caption": 1, "question": 1, "faq": 3, "command": 3}
_SUPPORT_WEIGHT, _DECORATED_WEIGHT, _SHORT_WEIGHT = 3, 2, 10
_RANDOM_ITEMS: Final = 8000
_CHUNK, _REPORT_EVERY = 200, 4000  # texts


def weighted_texts(folder: Path) -> list[WeightedText]:
    """Everything the language model learns from; what is held out for the tests is not in it."""
    rng = random.Random(_SEED)
    support = split(support_questions(), "train")
    rows = [(text, _OPEN_WEIGHTS[name]) for name, texts in open_text(folder).items() for text in split(texts, "train")]
    rows += [(text, _SUPPORT_WEIGHT) for text in support]
    rows += [(decorate(text, rng), _DECORATED_WEIGHT) for text in support]
    rows += [(text, _SHORT_WEIGHT) for text in short_answers()]
    return rows + [(random_item(rng), 1) for _ in range(_RANDOM_ITEMS)]


def read(row: WeightedText) -> WeightedText | None:
    """Replace the text by its morae; None when Open JTalk gives no kana."""
    text, weight = row
    try:
        reading = reading_of(text)
    except KeyError:
        return None
    return (" ".join(reading), weight) if reading else None


def main(argv: Sequence[str]) -> None:
    """Write the readings."""
    args = _parser().parse_args(argv)
    texts = weighted_texts(shared_folder("text", args.text))
    if args.limit:
        texts = texts[:: -(-len(texts) // args.limit)]
    rows: list[WeightedText] = []
    for done, row in enumerate(spread(read, texts, args.jobs, _CHUNK), 1):
        rows += [row] if row else []
        if done % _REPORT_EVERY == 0:
            click.echo(f"{done}/{len(texts)} sentences")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    click.echo(f"{args.out}: {len(rows)} readings of {len(texts)} sentences")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m voice.modelkit readings", description=__doc__)
    parser.add_argument(
        "--text", type=Path, help="folder of open corpora, may be empty (default: $KOEMADO_SHARED/text)"
    )
    parser.add_argument("--out", type=Path, default=Path("build/modelkit/readings.json"))
    parser.add_argument("--limit", type=int, default=0, help="no more than so many sentences, evenly drawn (0: all)")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    return parser
