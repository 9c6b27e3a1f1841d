"""A driver that takes the process down, the first $CHILD_DRIVER_CRASHES times."""

import os
import signal

from child_drivers.recording import RecordingDriver


class CrashingDriver(RecordingDriver):
    def save_to_file(self, text, filename):
        crashes = self.record.with_suffix(".crashes")
        with crashes.open("a") as file:
            file.write("x")
        if len(crashes.read_text()) <= int(os.environ["CHILD_DRIVER_CRASHES"]):
            os.kill(os.getpid(), signal.SIGSEGV)
        super().save_to_file(text, filename)


buildDriver = CrashingDriver  # noqa: N816
