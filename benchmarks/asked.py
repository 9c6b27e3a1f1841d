"""What it gains to expect the answer to what was asked: numbers, yes and no, times, names, heard by the embedded model.

    KOEMADO_SHARED=../shared python -m benchmarks.asked [--numbers 60] [--snr 10] [--json]

Answers are spoken by two voices the model was not trained on and the shipped one, in turn, and heard three times: openly, by the recognition that expects
the base's questions, and by what `voice.recognition.asked` gives for that question.  Right is an answer that comes to the
same number, reply, wishes or name as if it had been typed.  Numbers are those of `benchmarks.phone_numbers`, right at once.
The answers in data/asked.toml are written as people talk, not taken from the phrases that are compiled.
"""

import argparse
import json
import random
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from benchmarks.phone_numbers import random_number, spoken
from benchmarks.spoken import Customer, Studio, customers, noises, shared_folder
from intents.name_slot import NameHeard, name_in
from intents.name_words import pronounced
from intents.phone_slot import EMPTY, hear_digits
from intents.replies import reply_in
from intents.transcripts import Transcript, typed
from intents.when import when_in
from intents.when_types import TOKYO
from voice import compose
from voice.audio import Samples
from voice.recognition.asked import Answers, AskedEars
from voice.recognition.decoding import DecoderSource, VoskModel
from voice.recognition.expecting import Expecting
from voice.recognition.measuring import TwoEars
from voice.recognition.phrases import PhraseGraphs, phrase_list
from voice.recognition.speech_detection import SileroDetector
from voice.recognition.vosk_recognizer import KanaHearing
from voice.settings import Settings

CACHE: Final = Path("build/benchmark")
ANSWERS: Final = Path(__file__).parent / "data" / "asked.toml"
NOW: Final = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)
SEED: Final = 7
VOICES: Final = 3
WAYS: Final = ("open", "base", "asked")

Meaning = Callable[[Transcript], object]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--numbers", type=int, default=60)
    parser.add_argument("--snr", type=float, help="noise this many dB below the speech; clean without")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    found = dict(measured(options.numbers, options.snr))
    if options.as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    click.echo("| answer | " + " | ".join(WAYS) + " |\n|---|" + "---|" * len(WAYS))
    for name, shares in found.items():
        click.echo(f"| {name} | " + " | ".join(f"{shares[way]:.1%}" for way in WAYS) + " |")


def measured(numbers: int, snr: float | None) -> Iterator[tuple[str, dict[str, float]]]:
    """The share of answers understood, by kind and by the way they were heard."""
    settings = Settings(cache_dir=CACHE, data_dir=CACHE)
    model = VoskModel(compose.model_folder(settings))
    asked = AskedEars(model, CACHE)
    base = Expecting(model, PhraseGraphs(CACHE / "graphs")).expecting(
        phrase_list(compose.assistant(settings).mind.phrases)
    )
    booth = _Booth(snr)
    for name, kind, said, meaning in _sets(numbers):
        expected = asked.expected(kind)
        sources = {"open": model, "base": base or model, "asked": expected.source if expected else base or model}
        takes = [(text, booth.take(text, place)) for place, text in enumerate(said)]
        yield name, {way: _share(source, takes, meaning) for way, source in sources.items()}


def _sets(numbers: int) -> Iterator[tuple[str, Answers, list[str], Meaning]]:
    rng = random.Random(SEED)
    answers = tomllib.loads(ANSWERS.read_text(encoding="utf-8"))
    said = [spoken(random_number(rng), rng) for _ in range(numbers)]
    yield "telephone number", Answers.NUMBER, said, lambda heard: hear_digits(EMPTY, heard).draft.digits
    replies = [text for text in answers["replies"] for _ in range(VOICES)]
    yield "yes, no, other replies", Answers.REPLY, replies, reply_in
    yield "the same while a number is asked", Answers.NUMBER, replies, reply_in
    yield "time", Answers.TIME, answers["times"], lambda heard: when_in(heard, now=NOW)
    yield "name", Answers.NAME, answers["names"], _name


def _name(heard: Transcript) -> object:
    found = name_in(heard)
    return pronounced(found.reading) if isinstance(found, NameHeard) else found


def _share(source: DecoderSource, takes: list[tuple[str, Samples]], meaning: Meaning) -> float:
    ears = TwoEars(source, None, KanaHearing(), SileroDetector())
    right = 0
    for text, take in takes:
        found, _ = ears.hear(take)
        heard = meaning(Transcript(hypotheses=found, duration_ms=1))
        right += heard == meaning(typed(text))
    return right / len(takes)


class _Booth:
    """Where the answers are spoken."""

    def __init__(self, snr: float | None) -> None:
        self._studio, self._snr = Studio(), snr
        self._voices = (*customers(shared_folder())[: VOICES - 1], Customer())
        self._beds = list(noises(shared_folder()).values())

    def take(self, text: str, place: int) -> Samples:
        take = self._studio.take(text, self._voices[place % len(self._voices)])
        if self._snr is None:
            return take
        return self._studio.in_noise(take, self._beds[place % len(self._beds)], self._snr)


if __name__ == "__main__":
    main()
