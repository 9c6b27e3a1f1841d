"""How many telephone numbers are right at once, and after one correction, heard by the embedded model.

    KOEMADO_SHARED=../shared python -m benchmarks.phone_numbers [--count 200] [--seed 7] [--open] [--snr 10] [--json]

Random valid numbers, spoken whole in the ways people do (ゼロ or レー, ナナ or シチ, の or a pause between groups, fillers) by two
voices the model was not trained on, go through the speech gate, the model with the graph of digits
(`voice.recognition.digits`) and `intents.phone_slot`.  A wrong one is put right by one spoken sentence, chosen as a customer
would: the digit if one is wrong, the group if it is the only one, else the whole number.  --open leaves the graph of digits
out.  Seeds from 100 on are for development; the figures in docs/measurements.md are those of the default.
"""

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import click

from benchmarks.spoken import Customer, Studio, customers, noises, shared_folder
from intents.numerals import telephone
from intents.phone_corrections import Corrected, correct
from intents.phone_numbers import groups_of, is_valid
from intents.phone_slot import EMPTY, hear_digits
from intents.transcripts import NOTHING_HEARD, Transcript
from voice import compose
from voice.recognition.decoding import VoskModel
from voice.recognition.digits import NumberGraphs
from voice.recognition.measuring import TwoEars
from voice.recognition.speech_detection import SileroDetector
from voice.recognition.vosk_recognizer import KanaHearing
from voice.settings import Settings

CACHE: Final = Path("build/benchmark")
PREFIXES: Final = (
    "090",
    "080",
    "070",
    "090",
    "080",
    "070",
    "050",
    "03",
    "06",
    "045",
    "0463",
    "0120",
    "0800",
    "011",
    "0778",
)
OTHERWISE: Final = {"ゼロ": "レー", "ナナ": "シチ", "ヨン": "ヨン", "ニー": "ニ", "ゴー": "ゴ"}
SEPARATORS: Final = ("、", "、", "の", "")
OPENINGS: Final = ("", "", "", "えーと、", "はい、", "電話番号は、")
CLOSINGS: Final = ("です", "です", "", "になります")
DEVELOPMENT_SEED: Final = 100

Hear = Callable[[str, Customer], Transcript]


@dataclass(slots=True)
class Result:
    """Counts over all numbers."""

    numbers: int = 0
    right_at_once: int = 0
    right_after_one: int = 0  # those right at once included
    doubtful: int = 0
    wrong: list[str] = field(default_factory=list)  # what was said, and what was heard of it


def main() -> None:
    """Measure and print."""
    options = _options()
    result = measured(_ears(options), options.count, options.seed)
    if options.as_json:
        click.echo(json.dumps(asdict(result), ensure_ascii=False))
        return
    for line in result.wrong:
        click.echo(line)
    click.echo(
        f"{result.numbers} numbers: right at once {result.right_at_once / result.numbers:.1%}, "
        f"after one correction {result.right_after_one / result.numbers:.1%}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7, help=f"from {DEVELOPMENT_SEED} on: for development")
    parser.add_argument("--open", action="store_true", help="without the graph of digits")
    parser.add_argument("--snr", type=float, help="noise this many dB below the speech; clean without")
    parser.add_argument("--json", action="store_true", dest="as_json")
    return parser.parse_args()


def measured(hear: Hear, count: int, seed: int) -> Result:
    """Speak, hear and correct `count` numbers."""
    rng = random.Random(seed)
    voices = customers(shared_folder())[:2]
    result = Result()
    for number in range(count):
        _one(hear, voices[number % 2], rng, result)
    return result


def _one(hear: Hear, customer: Customer, rng: random.Random, result: Result) -> None:
    digits = random_number(rng)
    said = spoken(digits, rng)
    heard = hear(said, customer)
    draft = hear_digits(EMPTY, heard).draft
    result.numbers += 1
    result.doubtful += bool(draft.doubtful)
    if draft.digits == digits:
        result.right_at_once += 1
        result.right_after_one += 1
        return
    put_right = correction(draft.digits, digits)
    answer = hear(put_right, customer)
    after = correct(draft, answer)
    result.right_after_one += isinstance(after, Corrected) and after.draft.digits == digits
    outcome = after.draft.digits if isinstance(after, Corrected) else after.reason.value
    best, second = (t.best.reading if t.best else "" for t in (heard, answer))
    result.wrong.append(f"{digits} {said} -> {draft.digits} {best} | {put_right} -> {outcome} {second}")


def random_number(rng: random.Random) -> str:
    """A number in use, of a kind that customers have."""
    while True:
        prefix = rng.choice(PREFIXES)
        length = 11 if prefix in ("090", "080", "070", "050", "0800") else 10
        digits = prefix + "".join(rng.choices("0123456789", k=length - len(prefix)))
        if is_valid(digits):
            return digits


def spoken(digits: str, rng: random.Random) -> str:
    """The number as one customer says it."""
    table = {usual: rng.choice((usual, usual, other)) for usual, other in OTHERWISE.items()}
    separator = rng.choice(SEPARATORS)
    groups = ["".join(table.get(telephone(d), telephone(d)) for d in group) for group in groups_of(digits)]
    return rng.choice(OPENINGS) + separator.join(groups) + rng.choice(CLOSINGS)


def correction(heard: str, digits: str) -> str:
    """What a customer answers to the number read back wrong."""
    wrong = [place for place in range(len(digits)) if heard[place : place + 1] != digits[place]]
    groups = groups_of(digits)
    if len(heard) == len(digits) and len(wrong) == 1:
        place = wrong[0]
        where = "最後" if place == len(digits) - 1 else f"{place + 1}番目"
        return f"{where}は{telephone(heard[place])}じゃなくて{telephone(digits[place])}です"
    if len(heard) == len(digits) and min(wrong) >= len(digits) - len(groups[-1]):
        return f"最後の{len(groups[-1])}桁は{telephone(groups[-1])}です"
    return "、".join(map(telephone, groups)) + "です"


def _ears(options: argparse.Namespace) -> Hear:
    settings = Settings(cache_dir=CACHE, data_dir=CACHE)
    model = VoskModel(compose.model_folder(settings))
    compiled = None if options.open else NumberGraphs(CACHE / "number_graphs").compiled(model.folder, {})
    ears = TwoEars(model, VoskModel(compiled) if compiled else None, KanaHearing(), SileroDetector())
    studio, beds = Studio(), list(noises(shared_folder()).values())

    def hear(text: str, customer: Customer) -> Transcript:
        take = studio.take(text, customer)
        if options.snr is not None:
            take = studio.in_noise(take, beds[len(text) % len(beds)], options.snr)
        opened, expected = ears.hear(take)
        found = opened if options.open else expected
        return Transcript(hypotheses=found, duration_ms=len(take) // 16) if found else NOTHING_HEARD

    return hear


if __name__ == "__main__":
    main()
