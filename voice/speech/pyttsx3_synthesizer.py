"""Any pyttsx3 driver as a SpeechSynthesizer: each text in a child process that can be killed."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Final

import soundfile

from intents.readings import reading_of
from intents.spoken_form import spoken_form
from voice.audio import AudioChunk
from voice.errors import SynthesisError
from voice.speech.pcm import mono
from voice.speech.prosody import NORMAL, Prosody
from voice.speech.pyttsx3_child import ChildJob

ROOT: Final = Path(__file__).resolve().parents[2]  # where the child finds our packages
ATTEMPTS: Final = 2
TIMEOUT_S: Final = 15.0
SYSTEM_DRIVERS: Final = {"darwin": "nsss", "win32": "sapi5"}  # elsewhere espeak, as pyttsx3 has it
READS_KANJI: Final = frozenset({"nsss", "avspeech", "sapi5", "openjtalk"})
REMEDIES: Final = {
    "espeak": "install it (`sudo apt-get install espeak-ng`)",
    "nsss": "install a Japanese voice (System Settings, Accessibility, Spoken Content)",
    "sapi5": "install a Japanese voice (Settings, Time & language, Speech)",
    "openjtalk": "check the setting of the voice",
}
_PAUSES: Final = re.compile("([、。？！]+)")


class Pyttsx3Synthesizer:
    """Speaks through a native engine; safe from any thread, each call has its own process.

    `driver` is a name pyttsx3 knows, "openjtalk", or the dotted path of a module with `buildDriver`; None is the
    system's own.  `voice` is an id of that driver, None its first Japanese voice.  A call takes at most twice
    `timeout_s`.  `prosody.pitch_semitones` is for espeak and openjtalk, the native drivers ignore it.
    """

    def __init__(
        self,
        driver: str | None = None,
        voice: str | None = None,
        prosody: Prosody = NORMAL,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._driver = driver or SYSTEM_DRIVERS.get(sys.platform, "espeak")
        self._voice = voice
        self._prosody = prosody
        self._timeout_s = timeout_s
        self._fingerprint = f"pyttsx3 {version('pyttsx3')} {self._driver}:{voice or ''} koemado {version('koemado')} {prosody.sound_key}"

    @property
    def fingerprint(self) -> str:
        """pyttsx3 and driver, our own version (its reading rules), voice and prosody; not the system's engine."""
        return self._fingerprint

    def synthesize(self, text: str) -> AudioChunk:
        """Speak display text or kana; a failed attempt is repeated once.  Raises SynthesisError."""
        sayable = self._sayable(text)
        if not any(mark.isalnum() for mark in sayable):
            raise SynthesisError("nothing to say: the text has no word that can be spoken")
        for _ in range(ATTEMPTS):
            outcome = self._attempt(sayable)
            if isinstance(outcome, AudioChunk):
                return outcome
        remedy = REMEDIES.get(self._driver, "check the driver")
        raise SynthesisError(f"pyttsx3 driver {self._driver} gave no sound: {outcome}; {remedy} or use Open JTalk")

    def _sayable(self, text: str) -> str:
        spoken = spoken_form(text)
        return spoken if self._driver in READS_KANJI else kana_only(spoken)

    def _attempt(self, sayable: str) -> AudioChunk | str:
        """The sound, or why there is none."""
        with tempfile.TemporaryDirectory(prefix="koemado-speech-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "speech.wav"
            return self._run(self._job(sayable, path), Path(folder)) or _read(path)

    def _job(self, sayable: str, path: Path) -> ChildJob:
        return ChildJob(
            driver=self._driver,
            text=sayable,
            path=str(path),
            voice=self._voice,
            speed=self._prosody.speed,
            pitch_semitones=self._prosody.pitch_semitones,
            timeout_s=self._timeout_s,
        )

    def _run(self, job: ChildJob, folder: Path) -> str | None:
        """Why the child failed.  Files instead of pipes: nothing it leaves behind can make us wait."""
        asked, complaints = folder / "job.json", folder / "stderr.txt"
        asked.write_text(job.as_json(), encoding="utf-8")
        with asked.open("rb") as stdin, complaints.open("wb") as stderr:
            status = _status(_started(stdin, stderr), self._timeout_s)
        if status is None:
            return f"it was killed after {self._timeout_s:g} s without an end"
        return _last_line(complaints) or f"it ended with status {status}" if status else None


def kana_only(spoken: str) -> str:
    """The katakana reading of spoken text with its pauses; all that espeak reads of Japanese (espeak-ng #1041)."""
    return "".join(part if _PAUSES.fullmatch(part) else reading_of(part) for part in _PAUSES.split(spoken) if part)


def _started(stdin: BinaryIO, stderr: BinaryIO) -> "subprocess.Popen[bytes]":
    """The child as leader of a process group of its own, so that what it starts can be killed with it."""
    command = [sys.executable, "-m", "voice.speech.pyttsx3_child"]
    return subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=stderr, cwd=ROOT, start_new_session=True
    )


def _status(child: "subprocess.Popen[bytes]", timeout_s: float) -> int | None:
    """The exit status; None when it had to be killed, and with it all that it started."""
    try:
        return child.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if child.returncode is None:  # not reaped, so the number of its group cannot belong to anybody else
            _kill_group(child)


def _kill_group(child: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(child.pid)], capture_output=True, check=False)
    else:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _read(path: Path) -> AudioChunk | str:
    """WAV, or AIFF from macOS."""
    try:
        frames, rate_hz = soundfile.read(path, dtype="int16")
    except (OSError, soundfile.LibsndfileError):
        return "it wrote no sound file"
    return AudioChunk(samples=mono(frames), rate_hz=rate_hz) if len(frames) else "its sound file is empty"


def _last_line(complaints: Path) -> str:
    lines = complaints.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[:200]
