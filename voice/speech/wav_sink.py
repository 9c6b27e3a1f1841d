"""A WAV file as an AudioSink."""

import io
from pathlib import Path
from types import TracebackType
from typing import Self

import soundfile

from voice.audio import AudioChunk
from voice.errors import AudioDeviceError
from voice.files import FileNotWritten, write_atomically
from voice.speech.pcm import joined, scaled


class WavFileSink:
    """Collects what is played and writes it on `close`: a whole file or none, at the rate of the first chunk.

    In memory until then (6 MB a minute at 48 kHz).  Nothing is written, and an old file stays as it was, when nothing
    was played or the `with` block ends by an error or Ctrl-C.
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
        if kind is None:
            self.close()
        self._closed = True

    def play(self, chunk: AudioChunk) -> None:
        """Append; returns at once.  Raises AudioDeviceError after `close`."""
        if self._closed:
            raise AudioDeviceError(f"{self._path} is closed already; open a new file for more sound")
        self._chunks.append(chunk)

    def stop(self) -> None:
        """Nothing: what was appended stays."""

    def close(self) -> None:
        """Write the file; a second call does nothing.  Raises FileNotWritten, and then an old file is as it was.

        The folder must be there.
        """
        if self._closed:
            return
        self._closed = True
        if not any(len(chunk.samples) for chunk in self._chunks):
            return
        try:
            write_atomically(self._path, self._wav(), make_folder=False)
        except OSError as error:
            raise FileNotWritten(f"cannot write {self._path}: {error.strerror}; choose another place") from error

    def _wav(self) -> bytes:
        sound = joined(self._chunks)
        out = io.BytesIO()
        samples = scaled(sound.samples, self._volume)
        soundfile.write(out, samples, sound.rate_hz, format="WAV", subtype="PCM_16")
        return out.getvalue()
