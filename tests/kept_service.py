"""A program that runs as a service, with a microphone in memory: its notices are kept, its settings can be changed."""

from functools import partial

import numpy as np

from voice.fakes import MemorySource
from voice.service_notice import ServiceNotice
from voice.settings import load_settings

RATE_HZ = 16_000


class KeptNotice(ServiceNotice):
    """A notice that keeps what it would send."""

    def __init__(self):
        super().__init__("/kept", watchdog_s=1e-9)
        self.told = []

    def _send(self, *lines):
        self.told.append(lines[0])


class QuietRoom(MemorySource):
    """Quiet for some seconds; `meanwhile` is told how many pieces of sound have passed."""

    is_away = False

    def __init__(self, seconds, meanwhile):
        super().__init__(np.zeros(RATE_HZ * seconds, np.int16))
        self._meanwhile = meanwhile

    def chunks(self):
        for number, chunk in enumerate(super().chunks()):
            self._meanwhile(number)
            yield chunk


def settings_file(folder):
    """A settings file for a service, and what reads it."""
    file = folder / "koemado.toml"
    file.write_text(f'data_dir = "{folder}/data"\nmodel = "embedded"\n')
    return file, partial(load_settings, file=file, given={}, environment={})
