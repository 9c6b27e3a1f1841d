"""`koemado serve` as a process of its own."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager


@contextmanager
def serving(folder, *options):
    """What it says about itself on standard output, and a function for what it said on standard error."""
    folder.mkdir(exist_ok=True)
    env = os.environ | {"KOEMADO_DATA_DIR": str(folder / "data"), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "voice.main", "serve", "--folder", str(folder / "desk"), "--port", "0", "--json"]
    with (folder / "said.txt").open("w+", encoding="utf-8") as said:
        process = subprocess.Popen([*command, *options], env=env, stdout=subprocess.PIPE, stderr=said, text=True)
        try:
            yield json.loads(process.stdout.readline()), lambda: (folder / "said.txt").read_text(encoding="utf-8")
        finally:
            process.terminate()
            process.communicate(timeout=30)
