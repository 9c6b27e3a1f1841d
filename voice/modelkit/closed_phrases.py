"""Score closed lists: support questions compiled with build_graph, and speech that is none of them."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import vosk

from voice.modelkit.corpus import strangers, support_questions
from voice.modelkit.graph import build_graph
from voice.modelkit.listening import framed, noisy, open_model, recognise
from voice.modelkit.open_jtalk import labels_of
from voice.modelkit.shards import Wave
from voice.modelkit.synthesize import VOICES, Speaker, speak

_NOISE_DB: Final = 10
_EVERY, _STRANGERS = 23, 50  # which questions left out of the list are asked all the same, and how many
_WARPS, _HALF_TONES, _SPEEDS = (-1, 1, 2), (-2.0, 0.0, 1.0), (0.95, 1.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedScore:
    """How a closed list fared."""

    condition: str
    right: int
    another_phrase: int
    phrases: int
    strangers_accepted: int
    strangers: int


def closed_phrases(model: Path, voices: Path, rng: np.random.Generator, count: int) -> Iterator[ClosedScore]:
    """Compile `count` questions and ask them in voices heard in no training; clean, then in noise."""
    questions = support_questions()
    picked = [questions[i] for i in rng.permutation(len(questions))[:count]]
    others = [question for question in questions if question not in picked][::_EVERY][:_STRANGERS] + strangers()
    readings = ["".join(labels_of(question)[1]) for question in picked]
    known = list(zip(_speak_all(picked, voices), readings, strict=True))
    odd = _speak_all(others, voices)
    with tempfile.TemporaryDirectory() as temporary:
        compiled = _compiled(model, Path(temporary, "model"), readings)
        yield _score("clean", compiled, known, odd, lambda wave: framed(wave, rng))
        in_noise = f"{_NOISE_DB} dB"
        yield _score(in_noise, compiled, known, odd, lambda wave: framed(noisy(wave, _NOISE_DB, rng), rng))


def _compiled(model: Path, target: Path, readings: Sequence[str]) -> vosk.Model:
    shutil.copytree(model, target, ignore=shutil.ignore_patterns("HCLr.fst", "Gr.fst", "disambig_tid.int"))
    build_graph(readings, target)
    return open_model(target)


def _speak_all(texts: Sequence[str], voices: Path) -> list[Wave]:
    styles = tuple(VOICES["test"])
    speakers = (Speaker(styles[i % 2], _WARPS[i % 3], _HALF_TONES[i % 3], _SPEEDS[i % 2]) for i in range(len(texts)))
    return [speak(text, voices, speaker).wave for text, speaker in zip(texts, speakers, strict=True)]


def _score(
    condition: str,
    model: vosk.Model,
    known: Sequence[tuple[Wave, str]],
    odd: Sequence[Wave],
    recorded: Callable[[Wave], Wave],
) -> ClosedScore:
    phrases = {reading for _, reading in known}
    heard = [(recognise(model, recorded(wave)).text, reading) for wave, reading in known]
    return ClosedScore(
        condition=condition,
        right=sum(text == reading for text, reading in heard),
        another_phrase=sum(text != reading and text in phrases for text, reading in heard),
        phrases=len(known),
        strangers_accepted=sum(recognise(model, recorded(wave)).text in phrases for wave in odd),
        strangers=len(odd),
    )
