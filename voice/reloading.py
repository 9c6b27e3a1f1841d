"""A conversation loop as a service: tells systemd that it turns, and takes other settings up between two conversations.

On SIGHUP the settings are read again.  A conversation that goes on is finished with the old ones; then everything is
composed anew with the new.  What cannot be read, or composed, leaves the old ones in force.
"""

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType
from typing import Final, Protocol

from hardware.errors import HardwareError
from voice.assistant import Assistant
from voice.audio import AudioChunk
from voice.errors import VoiceError
from voice.ports import AudioSink
from voice.service_notice import ServiceNotice
from voice.settings import Settings

log = logging.getLogger(__name__)

NAMED: Final = 8  # settings told by name


class SettingsChanged(Exception):
    """The loop is to begin anew with these settings.  No error: whoever runs the loop catches it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("settings changed")
        self.settings = settings


class Reload:
    """Whether other settings were asked for, by SIGHUP or `want`."""

    def __init__(self) -> None:
        self.is_wanted = False

    def want(self) -> None:
        """Ask for them; from a signal handler or any thread."""
        self.is_wanted = True

    def listen(self) -> bool:
        """Take SIGHUP for the wish, in the main thread; not where it means that somebody closed the terminal."""
        if not hasattr(signal, "SIGHUP") or has_terminal():
            return False
        signal.signal(signal.SIGHUP, self._hear)
        return True

    def _hear(self, _signal: int, _frame: FrameType | None) -> None:
        self.want()


def has_terminal() -> bool:
    """Whether this program belongs to a terminal somebody may close."""
    if sys.platform == "win32":
        return True
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        return True
    return False


class Pulse:
    """Called for every piece of sound and every sentence said: the loop turns.  Raises SettingsChanged when idle.

    `load` reads the settings; it raises SettingsError.
    """

    def __init__(self, notice: ServiceNotice, reload: Reload, load: Callable[[], Settings], now: Settings) -> None:
        self._notice = notice
        self._reload = reload
        self._load = load
        self._settings = now
        self._began = False

    def turned(self, assistant: Assistant | None = None) -> None:
        """Tell that the loop turns; with an assistant that is in no conversation, take other settings up."""
        if not self._began:
            self._began = True
            self._notice.ready("listening")
        self._notice.turned()
        if self._reload.is_wanted and assistant is not None and assistant.patience is None:
            self._reload.is_wanted = False
            self._take_up()

    def beat(self) -> None:
        """Tell that something long goes on and comes along."""
        if self._began:
            self._notice.turned()

    @property
    def began(self) -> bool:
        """Whether the loop has turned with these settings at least once."""
        return self._began

    def _take_up(self) -> None:
        try:
            found = self._load()
        except VoiceError as error:
            log.warning("the settings stay as they were: %s", error)
            return
        changed = changes(self._settings, found)
        if not changed:
            log.warning("settings read again: nothing is different")
            return
        log.warning("settings read again, different now: %s", ", ".join(changed[:NAMED]))
        raise SettingsChanged(found)


class DeskService:
    """The callback desk as a service, see `server.serving.Service`."""

    def __init__(self, notice: ServiceNotice) -> None:
        self._notice = notice
        self._reload = Reload()
        self._reload.listen()

    def ready(self, announce: Callable[[], None]) -> None:
        """Tell people where the desk is, and systemd that it answers."""
        announce()
        self._notice.ready("answering")

    def turned(self) -> None:
        """See there."""
        self._notice.turned()

    def wants_reload(self) -> bool:
        """See there."""
        if not self._reload.is_wanted:
            return False
        self._reload.is_wanted = False
        self._notice.reloading()
        return True

    def reloaded(self) -> None:
        """See there."""
        self._notice.ready("answering")


class BeatingSink:
    """A sink that tells after each sentence that the loop turns: an answer may take minutes."""

    def __init__(self, sink: AudioSink, beat: Callable[[], None]) -> None:
        self._sink = sink
        self._beat = beat

    def play(self, chunk: AudioChunk) -> None:
        """As the sink does."""
        self._beat()
        self._sink.play(chunk)
        self._beat()

    def stop(self) -> None:
        """As the sink does."""
        self._sink.stop()


class Conversing(Protocol):
    """A loop of conversations; `is_first`: nothing has been said since the program began."""

    def __call__(self, settings: Settings, pulse: Pulse, *, is_first: bool) -> None:
        """Converse until the source ends.  Raises SettingsChanged from the pulse."""


def keep_conversing(
    load: Callable[[], Settings], converse: Conversing, *, notice: ServiceNotice, reload: Reload | None = None
) -> None:
    """Converse with the settings in force, and again with others when they were asked for.

    Raises what `load` raises the first time, and `converse` unless it was the new settings that cannot be used.
    """
    reload = reload or Reload()
    reload.listen()
    settings, before = load(), None
    is_first = True
    try:
        while True:
            pulse = Pulse(notice, reload, load, settings)
            try:
                return converse(settings, pulse, is_first=is_first)
            except SettingsChanged as wanted:
                notice.reloading()
                settings, before, is_first = wanted.settings, settings, False
            except (VoiceError, HardwareError) as error:
                if before is None or pulse.began:
                    raise
                log.warning("the settings stay as they were, these cannot be used: %s", error)
                settings, before = before, None
            gc.collect()  # what was composed before knows itself in circles: two models at once are too many for a small box
    finally:
        notice.stopping()


def changes(before: Settings, after: Settings) -> list[str]:
    """Return the names of the settings that differ; never their values."""
    old: Mapping[str, object] = before.model_dump()
    return [name for name, value in after.model_dump().items() if value != old[name]]
