"""PortAudio in this process, in one place: it is not safe for two threads, and sees new devices only when begun anew."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from threading import RLock
from typing import Any

from hardware.errors import PortAudioMissing


class HeldStream:
    """A stream of sounddevice's while it is open."""

    def __init__(self, portaudio: "PortAudio", stream: Any, *, yields: bool) -> None:
        self._portaudio, self._stream = portaudio, stream
        self.yields = yields
        self.closed = False

    def start(self) -> None:
        """Begin to call back.  Raises what sounddevice raises, also when it has been closed meanwhile."""
        with self._portaudio.turn():
            self._stream.start()

    def close(self) -> None:
        """Be silent at once and free the device; again, or when the device has gone away, is no error."""
        with self._portaudio.turn():
            if not self.closed:
                self.closed = True
                self._portaudio.forget(self)
                with suppress(Exception):  # sounddevice ignores PortAudio's errors itself when asked to
                    self._stream.abort(ignore_errors=True)
                self._stream.close(ignore_errors=True)


class PortAudio:
    """Opens streams and lists devices, one call at a time.  `sounddevice` stands in for the module, for tests."""

    def __init__(self, sounddevice: Any = None) -> None:
        self._given = sounddevice
        self._turn = RLock()
        self._open: list[HeldStream] = []
        self._has_failed = False  # the last opening

    @contextmanager
    def turn(self) -> Iterator[Any]:
        """Sounddevice, for this thread alone.  Raises PortAudioMissing."""
        with self._turn:
            yield self._given or _sounddevice()

    def opened(self, make: Callable[[Any], Any], *, yields: bool = False) -> HeldStream:
        """The stream that `make(sounddevice)` opens; raises what that raises.

        One that `yields` may be closed by `look_again` at any time: whoever uses it opens another when `closed` says so.
        """
        with self.turn() as sounddevice:
            silence = _unheard_libraries() if self._has_failed else nullcontext()
            self._has_failed = True
            with silence:
                held = HeldStream(self, make(sounddevice), yields=yields)
            self._has_failed = False
            self._open.append(held)
            return held

    def forget(self, held: HeldStream) -> None:
        """Only for HeldStream: it is closed."""
        self._open.remove(held)

    def look_again(self) -> bool:
        """See devices that were plugged in since; False, and nothing is done, while a stream is open that does not yield."""
        with self.turn() as sounddevice:
            if not all(held.yields for held in self._open):
                return False
            for held in tuple(self._open):
                held.close()
            with suppress(sounddevice.PortAudioError):  # nothing was begun; or it cannot be, and nothing will be listed
                sounddevice._terminate()
            with suppress(sounddevice.PortAudioError):
                sounddevice._initialize()
            return True


@contextmanager
def _unheard_libraries() -> Iterator[None]:
    """Drop what ALSA and PortAudio print on standard error, as sounddevice does itself when it begins.

    They have printed it once, and a device that is looked for every two seconds for days would fill the journal.
    """
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _sounddevice() -> Any:
    try:
        import sounddevice
    except OSError as error:  # what sounddevice raises when it does not find PortAudio
        raise PortAudioMissing from error
    return sounddevice


THE_PORTAUDIO = PortAudio()  # a library loaded once: there is no second one to inject into a running program
