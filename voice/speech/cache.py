"""Rendered speech kept on disk, so that a known answer starts at once, after a restart too."""

import hashlib
import io
import logging
import os
import tempfile
import zlib
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Lock

import soundfile

from voice.audio import AudioChunk
from voice.ports import SpeechSynthesizer

SUFFIX = ".flac"  # lossless, about half the size

_log = logging.getLogger(__name__)


def cache_key(fingerprint: str, text: str) -> str:
    """64 hex digits; the text cannot be read from it."""
    return hashlib.sha256(f"{fingerprint}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()


class SpeechCache:
    """FLAC files in one folder, together at most `limit_bytes`; what was not used for longest goes first.

    For any number of threads and processes.  A folder that cannot be read or written is no error: the first failure
    is logged as a warning, and the cache is as if empty.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._warned = False

    def get(self, key: str) -> AudioChunk | None:
        """The entry, None on a miss.  A damaged one is a miss and is removed."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn(error)
            return None
        return self._fresh(path, _decoded(content))

    def put(self, key: str, chunk: AudioChunk) -> None:
        """Keep the chunk unless it is larger than the whole cache or empty; make room for it."""
        content = _encoded(chunk)
        if not len(chunk.samples) or len(content) > self._limit_bytes:
            return
        try:
            self._write(self._path(key), content)
            self._make_room()
        except OSError as error:
            self._warn(error)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{SUFFIX}"

    def _fresh(self, path: Path, chunk: AudioChunk | None) -> AudioChunk | None:
        """Note the use, or remove what is damaged; both may fail on a read-only disk, and then nothing is lost."""
        with suppress(OSError):
            if chunk is None:
                path.unlink()
            else:
                os.utime(path)
        return chunk

    def _write(self, path: Path, content: bytes) -> None:
        """A whole file or none.  No fsync, which takes long on a card: a file torn by a power cut is just damaged."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def _make_room(self) -> None:
        """Remove the oldest files beyond the limit; parts that a killed process left behind age and go like entries."""
        with os.scandir(self._folder) as found:
            files = sorted(filter(None, map(_age_and_size, found)), reverse=True)
        total = 0
        for _, size, path in files:
            total += size
            if total > self._limit_bytes:
                Path(path).unlink(missing_ok=True)

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("speech is not cached, answers start later: %s (%s)", error.strerror, self._folder)


def _age_and_size(entry: "os.DirEntry[str]") -> tuple[int, int, str] | None:
    """Last use, size and path; None if another process has just removed it."""
    try:
        status = entry.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size, entry.path


def _encoded(chunk: AudioChunk) -> bytes:
    """FLAC with a checksum of the samples in its comment: libsndfile reads on over damaged frames."""
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", chunk.rate_hz, channels=1, format="FLAC", subtype="PCM_16") as file:
        file.comment = _checksum(chunk.samples.tobytes())
        file.write(chunk.samples)
    return out.getvalue()


def _decoded(content: bytes) -> AudioChunk | None:
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            samples = file.read(dtype="int16")
            intact = file.comment == _checksum(samples.tobytes())
            return AudioChunk(samples=samples, rate_hz=file.samplerate) if intact else None
    except (soundfile.SoundFileError, UnicodeDecodeError):
        return None


def _checksum(samples: bytes) -> str:
    return f"{zlib.crc32(samples):08x}"


class CachedSynthesizer:
    """A synthesizer that renders each text once; several threads that ask for the same text share one rendering.

    Not for what tells of a person (a number read back, a name).
    """

    def __init__(self, inner: SpeechSynthesizer, cache: SpeechCache) -> None:
        self._inner = inner
        self._cache = cache
        self._lock = Lock()
        self._in_flight: dict[str, Future[AudioChunk]] = {}

    @property
    def fingerprint(self) -> str:
        """That of the synthesizer within."""
        return self._inner.fingerprint

    def synthesize(self, text: str) -> AudioChunk:
        """From the cache, or rendered and kept.  Raises SynthesisError."""
        key = cache_key(self.fingerprint, text)
        future, ours = self._claim(key)
        if ours:
            self._fulfil(future, key, text)
        return future.result()

    def _claim(self, key: str) -> tuple["Future[AudioChunk]", bool]:
        with self._lock:
            running = self._in_flight.get(key)
            if running is not None:
                return running, False
            self._in_flight[key] = Future()
            return self._in_flight[key], True

    def _fulfil(self, future: "Future[AudioChunk]", key: str, text: str) -> None:
        try:
            future.set_result(self._cache.get(key) or self._rendered(key, text))
        except BaseException as error:  # it is raised again, in every thread that waits for it
            future.set_exception(error)
        finally:
            with self._lock:
                del self._in_flight[key]

    def _rendered(self, key: str, text: str) -> AudioChunk:
        chunk = self._inner.synthesize(text)
        self._cache.put(key, chunk)
        return chunk
