"""The default voice: Open JTalk (pyopenjtalk-plus) with the bundled or any other .htsvoice file."""

import os
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.readings import open_jtalk
from intents.spoken_form import spoken_form
from voice.audio import AudioChunk
from voice.errors import SynthesisError
from voice.speech.htsvoice import checked_voice
from voice.speech.pcm import limited
from voice.speech.prosody import NORMAL, Prosody
from voice.speech.sentences import sentences

LONGEST = 300  # characters analysed at once; the analyser refuses more than some 2,000


class OpenJTalkSynthesizer:
    """Speaks in this process at the voice's own rate (48 kHz), at about a tenth of real time.

    Safe from any thread; one text is rendered at a time.  The constructor reads the voice file and raises
    SynthesisError when it is missing or damaged.  `prosody.volume` belongs to playback and does nothing here.
    """

    def __init__(self, voice: Path | None = None, prosody: Prosody = NORMAL) -> None:
        found = checked_voice(voice or Path(os.fsdecode(open_jtalk().DEFAULT_HTS_VOICE)))
        self._engine = _loaded(found.path)
        self._prosody = prosody
        self._lock = Lock()
        self._fingerprint = (
            f"openjtalk {version('pyopenjtalk-plus')} koemado {version('koemado')}"
            f" {found.path.stem}:{found.digest} {prosody.sound_key}"
        )

    @property
    def fingerprint(self) -> str:
        """Engine, our own version (its reading rules), voice file and prosody."""
        return self._fingerprint

    def synthesize(self, text: str) -> AudioChunk:
        """Speak display text or kana.  Raises SynthesisError, also when there is nothing to say in the text."""
        labels = [found for piece in _pieces(spoken_form(text)) if (found := self._labels(piece))]
        if not labels:
            raise SynthesisError("nothing to say: the text has no word that can be spoken")
        with self._lock:
            wave = np.concatenate([self._wave(piece) for piece in labels])
            rate_hz = int(self._engine.get_sampling_frequency())
        if not np.isfinite(wave).all():
            raise SynthesisError("the voice file gives no sound but numbers out of range; choose another voice")
        return AudioChunk(samples=limited(wave), rate_hz=rate_hz)

    @staticmethod
    def _labels(text: str) -> list[str]:
        """Full-context labels; [] for a piece without a sound, which the engine would complain about on stderr."""
        jtalk = open_jtalk()  # in the thread that asks: it prepares each one
        try:
            features = jtalk.run_frontend(text)
            return list(jtalk.make_label(features)) if any(word["mora_size"] for word in features) else []
        except (RuntimeError, ValueError) as error:
            raise SynthesisError(f"Open JTalk cannot read the text ({error}); give its reading in kana") from error

    def _wave(self, labels: list[str]) -> NDArray[np.float64]:
        """Under the lock.  The engine forgets speed and pitch after each rendering."""
        self._engine.set_speed(self._prosody.speed)
        self._engine.add_half_tone(self._prosody.pitch_semitones)
        try:
            return np.asarray(self._engine.synthesize(labels), np.float64)
        except (RuntimeError, MemoryError) as error:
            raise SynthesisError(f"the voice file cannot speak ({error}); choose another voice") from error


def _loaded(path: Path) -> Any:
    try:
        return open_jtalk().HTSEngine(os.fsencode(path))
    except RuntimeError as error:
        raise SynthesisError(f"{path} cannot be loaded as a voice ({error}); copy it again") from error


def _pieces(spoken: str) -> list[str]:
    return [
        sentence[start : start + LONGEST]
        for sentence in sentences(spoken)
        for start in range(0, len(sentence), LONGEST)
    ]
