"""A driver that never ends, deaf to polite signals, with a helper process of its own."""

import os
import signal
import subprocess
import threading

from child_drivers.recording import RecordingDriver


class HangingDriver(RecordingDriver):
    def save_to_file(self, _text, _filename):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        helper = subprocess.Popen(["sleep", "600"])
        with self.record.open("a") as file:
            file.write(f"{os.getpid()} {helper.pid}\n")
        threading.Event().wait()


buildDriver = HangingDriver  # noqa: N816
