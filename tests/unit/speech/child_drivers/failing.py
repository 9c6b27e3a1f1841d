"""A driver that talks a lot on stderr and then raises."""

import sys

from child_drivers.recording import RecordingDriver


class FailingDriver(RecordingDriver):
    def save_to_file(self, _text, _filename):
        sys.stderr.write("noise\n" * 10_000)
        raise RuntimeError("no such engine")


buildDriver = FailingDriver  # noqa: N816
