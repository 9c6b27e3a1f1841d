"""A pyttsx3 driver that writes a tone, and into $CHILD_DRIVER_RECORD what it was told."""

import json
import os
import wave
from pathlib import Path

from pyttsx3.voice import Voice


class RecordingDriver:
    def __init__(self, proxy):
        self.proxy = proxy
        self.told = {"rate": 200}
        self.record = Path(os.environ["CHILD_DRIVER_RECORD"])

    def getProperty(self, name):  # noqa: N802
        voices = [Voice("en", "Jane", ["en-US"]), Voice("ja", "Hanako", ["ja_JP"]), Voice("ja2", "Taro", ["ja_JP"])]
        return voices if name == "voices" else self.told[name]

    def setProperty(self, name, value):  # noqa: N802
        self.told[name] = value

    def save_to_file(self, text, filename):
        self.record.write_text(json.dumps({**self.told, "text": text}), encoding="utf-8")
        with wave.open(filename, "wb") as file:
            file.setparams((2, 2, 16_000, 0, "NONE", ""))
            file.writeframes(b"\x00\x10\x00\x30" * 8_000)

    def startLoop(self):  # noqa: N802
        self.proxy.setBusy(False)

    def endLoop(self):  # noqa: N802
        pass

    def stop(self):
        pass


buildDriver = RecordingDriver  # noqa: N816
