"""How fast and how big the device program is: start, recognition, matching, first sound, memory.

    python -m benchmarks.device [--count 40] [--json]

Baselines in the same run: a first start against a later one, open recognition against led by the base's words,
rapidfuzz's extractOne over the raw wordings against the ranker, an uncached answer against a cached one.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
from rapidfuzz import process

from benchmarks.spoken import AFTER_MS, Studio, customers, rows
from intents.transcripts import Transcript, typed
from kb.sample import sample_articles
from voice import compose
from voice.audio import RECOGNITION_RATE_HZ, AudioChunk, Samples
from voice.recognition.decoding import VoskModel
from voice.settings import Settings

TESTS = Path(__file__).parent.parent / "tests/data"
PIECE = 800  # samples, 50 ms: what the microphone delivers
START = """
import sys, time
began = time.perf_counter()
from voice import compose
from voice.settings import Settings
from pathlib import Path
settings = Settings(cache_dir=Path(sys.argv[1]), data_dir=Path(sys.argv[1]))
assistant = compose.assistant(settings)
recognizer = compose.Ears(settings).recognizer(assistant.mind)
print(time.perf_counter() - began)
"""


class FirstSound:
    """A sink that notes when it was first given sound."""

    def __init__(self) -> None:
        self.at: float | None = None

    def play(self, chunk: AudioChunk) -> None:
        """Note the time."""
        self.at = self.at or time.perf_counter()

    def stop(self) -> None:
        """Nothing plays."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=40, help="questions spoken")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        figures = _measured(Path(folder), options.count)
    if options.as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name:52} {value:10.3f}")


def _measured(folder: Path, count: int) -> dict[str, float]:
    settings = Settings(cache_dir=folder, data_dir=folder)
    figures = {"first start to listening, s": _start(folder), "later start to listening, s": _start(folder)}
    articles = sample_articles()
    texts = [a.variants[0] for a in articles[:: max(1, len(articles) // count)]][:count]
    studio, speakers = Studio(), customers(None)
    takes = [studio.take(text, speakers[n % len(speakers)]) for n, text in enumerate(texts)]
    figures["model load, s"] = _load_s(settings)
    figures |= _turns(settings, takes)
    figures |= _matching(settings)
    figures["resident memory of the device program, MB"] = _resident_mb(settings, folder)
    return figures


def _load_s(settings: Settings) -> float:
    began = time.perf_counter()
    VoskModel(compose.model_folder(settings)).decoder(1)
    return time.perf_counter() - began


def _start(folder: Path) -> float:
    done = subprocess.run([sys.executable, "-c", START, str(folder)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _turns(settings: Settings, takes: list[Samples]) -> dict[str, float]:
    assistant, ears = compose.assistant(settings), compose.Ears(settings)
    opened = compose.Ears(settings.model_copy(update={"compiled_phrases": False}))
    sink = FirstSound()
    speaker = compose.speaker(settings, sink)
    rtf, endpoint, first_sound = [], [], []
    baseline = [_listened(opened.recognizer(assistant.mind), take)[1] / _seconds(take) for take in takes]
    for _ in range(2):  # the first time renders the answers, the second finds them
        for take in takes:
            transcript, spent, decided_ms, last_s = _listened(ears.recognizer(assistant.mind), take)
            if transcript is None:
                continue
            sink.at, began = None, time.perf_counter()
            speaker.say(assistant.hear(transcript).reaction.says)
            first_sound.append((last_s + (sink.at or began) - began) * 1000)
            rtf.append(spent / _seconds(take))
            endpoint.append(decided_ms)
    half = len(first_sound) // 2
    return {
        "real-time factor, open recognition (baseline)": float(np.mean(baseline)),
        "real-time factor, led by the base's words": float(np.mean(rtf)),
        "end of speech to endpoint decision, ms p50": float(np.percentile(endpoint, 50)),
        "endpoint to first sound, uncached (baseline), ms p50": float(np.percentile(first_sound[:half], 50)),
        "endpoint to first sound, cached answer, ms p50": float(np.percentile(first_sound[half:], 50)),
        "endpoint to first sound, cached answer, ms p95": float(np.percentile(first_sound[half:], 95)),
    }


def _listened(recognizer: object, take: Samples) -> tuple[Transcript | None, float, float, float]:
    """The first transcript; seconds spent in all; ms of audio after the speech; seconds the deciding piece took."""
    spent = 0.0
    for start in range(0, len(take), PIECE):
        began = time.perf_counter()
        chunk = AudioChunk(samples=take[start : start + PIECE], rate_hz=RECOGNITION_RATE_HZ)
        found = recognizer.accept(chunk)  # type: ignore[attr-defined]
        last = time.perf_counter() - began
        spent += last
        if found:
            return found[0], spent, (start + PIECE - (len(take) - AFTER_MS * 16)) / 16, last
    return None, spent, float(AFTER_MS), 0.0


def _matching(settings: Settings) -> dict[str, float]:
    mind = compose.assistant(settings).mind
    wordings = [text for text, _ in mind.phrases]
    heard = [typed(row["question"]) for row in rows(TESTS / "questions.tsv")[::5]]
    ours = _milliseconds(mind.understanding.matcher.rank, heard)
    theirs = _milliseconds(lambda t: process.extractOne(t.hypotheses[0].text, wordings), heard)
    return {
        "matching, extractOne on raw wordings (baseline), ms p50": float(np.percentile(theirs, 50)),
        "matching, ours, ms p50": float(np.percentile(ours, 50)),
        "matching, ours, ms p99": float(np.percentile(ours, 99)),
    }


def _milliseconds(call: Callable[[Transcript], object], heard: list[Transcript]) -> list[float]:
    out = []
    for transcript in heard:
        began = time.perf_counter()
        call(transcript)
        out.append((time.perf_counter() - began) * 1000)
    return out


def _seconds(take: Samples) -> float:
    return len(take) / RECOGNITION_RATE_HZ


def _resident_mb(settings: Settings, folder: Path) -> float:
    """A conversation in a process of its own: everything loaded, a question heard, an answer spoken."""
    code = START + (
        "import numpy as np\n"
        "from voice.audio import AudioChunk\n"
        "from voice.speech.playback import SilentSink\n"
        "from intents.transcripts import typed\n"
        "recognizer.accept(AudioChunk(samples=np.random.default_rng(1).integers(-9000, 9000, 48000).astype(np.int16), rate_hz=16000))\n"
        "turn = assistant.hear(typed('返品は何日以内ですか'))\n"
        "compose.speaker(settings.model_copy(update={'speech_cache_mb': 0}), SilentSink()).say(turn.reaction.says)\n"
        "print([int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmRSS')][0] / 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


if __name__ == "__main__":
    main()
