"""A WAV file as an AudioSink."""

import io
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soundfile

from voice.audio import RECOGNITION_RATE_HZ, AudioChunk
from voice.errors import AudioDeviceError
from voice.files import write_atomically
from voice.speech.pcm import joined, scaled


class WavFileSink:
    """Collects what is played and writes it on `close`: a whole file or none, at the rate of the first chunk.

    In memory until then (6 MB a minute at 48 kHz).  Nothing played is a valid WAV without sound.
    """

    def __init__(self, path: Path, volume: float = 1.0) -> None:
        self._path = path
        self._volume = volume
        self._chunks: list[AudioChunk] = []
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def play(self, chunk: AudioChunk) -> None:
        """Append; returns at once.  Raises AudioDeviceError after `close`."""
        if self._closed:
            raise AudioDeviceError(f"{self._path} is closed already; open a new file for more sound")
        self._chunks.append(chunk)

    def stop(self) -> None:
        """Nothing: what was appended stays."""

    def close(self) -> None:
        """Write the file; a second call does nothing.  Raises AudioDeviceError, and then an old file is as it was."""
        if self._closed:
            return
        self._closed = True
        try:
            write_atomically(self._path, self._wav())
        except OSError as error:
            raise AudioDeviceError(f"cannot write {self._path}: {error.strerror}; choose another place") from error

    def _wav(self) -> bytes:
        silence = AudioChunk(samples=np.zeros(0, np.int16), rate_hz=RECOGNITION_RATE_HZ)
        sound = joined(self._chunks or [silence])
        out = io.BytesIO()
        samples = scaled(sound.samples, self._volume)
        soundfile.write(out, samples, sound.rate_hz, format="WAV", subtype="PCM_16")
        return out.getvalue()
