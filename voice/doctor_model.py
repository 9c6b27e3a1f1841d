"""Does the speech model hear?  Asked in a process of its own: libvosk ends its process over some damaged files.

python -m voice.doctor_model FOLDER    prints what the model hears when 「こんにちは」 is said to it
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from intents.distance import sound_similarity
from intents.readings import reading_of
from voice import compose
from voice.findings import Finding, State
from voice.models import check_model, graph_kind
from voice.settings import Settings

SAID: Final = "こんにちは"
ALIKE: Final = 0.5  # of the sounds; what a damaged network hears is like nothing
MODEL_S: Final = 20.0  # a large one takes long to load, which is no fault
SLOW_MODEL: Final = "it is large for this machine, or the disk is slow: koemado models use embedded"
AGAIN: Final = "koemado models install NAME --force, or koemado models use embedded"
HOMES: Final = "for homes install Vosk's model: koemado models install small"


def model(settings: Settings) -> Iterator[Finding]:
    """Have it hear a word."""
    folder = compose.model_folder(settings)
    check_model(folder)
    done = subprocess.run(
        [sys.executable, "-m", "voice.doctor_model", str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=MODEL_S,
        check=False,
    )
    if done.returncode:
        detail = f"{folder} is damaged: {_ending(done.returncode)} when it is loaded"
        yield Finding(check="model", state=State.BROKEN, detail=detail, remedy=AGAIN)
        return
    yield _judged(folder, done.stdout.decode("utf-8", "replace").strip())


def _judged(folder: Path, heard: str) -> Finding:
    alike = sound_similarity(reading_of(heard), reading_of(SAID)) if heard else 0.0
    if alike < ALIKE:
        detail = f"{folder} loads, but hears 「{heard}」 when 「{SAID}」 is said: it is damaged, or not for Japanese"
        return Finding(check="model", state=State.LIMITED, detail=detail, remedy=AGAIN)
    embedded = folder.name == "vosk-model-embedded-ja"
    return Finding(
        check="model",
        state=State.LIMITED if embedded else State.FINE,
        detail=f"{folder} hears 「{heard}」, {graph_kind(folder)} graph",
        remedy=HOMES if embedded else "",
    )


def _ending(code: int) -> str:
    return f"the program dies ({signal.Signals(-code).name})" if code < 0 else "libvosk refuses it"


def _heard(folder: Path) -> str:
    """Return it without blanks.  Raises ModelError; or the process ends."""
    from voice.audio import RECOGNITION_RATE_HZ
    from voice.recognition.decoding import VoskModel
    from voice.speech.openjtalk import OpenJTalkSynthesizer
    from voice.speech.pcm import resampled

    decoder = VoskModel(folder).decoder(1)
    decoder.feed(resampled(OpenJTalkSynthesizer().synthesize(SAID), RECOGNITION_RATE_HZ).samples)
    return "".join(next((one.words for one in decoder.take()), ()))


if __name__ == "__main__":
    sys.stdout.buffer.write(_heard(Path(sys.argv[1])).encode())
