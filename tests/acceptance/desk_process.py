"""The desk as a real process that can be killed at any moment and started again quickly.

One process has everything imported and starts the desk in children of its own: what a start does besides importing
(settings, key, database, migrations, uvicorn) is done each time.  All share one listening socket.
"""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTER = """
import os, socket, sys
from pathlib import Path
import uvicorn, uvicorn.loops.auto, uvicorn.lifespan.on, uvicorn.protocols.http.auto
from server.app import create_app, open_office

listener = socket.socket(fileno=int(sys.argv[2]))
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        app = create_app(open_office(Path(sys.argv[1])))
        uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False)).run(sockets=[listener])
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


class DeskProcess:
    """Starts and kills the desk of a folder; `url` stays the same."""

    def __init__(self, folder):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        handle = self._listener.fileno()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._starter = subprocess.Popen(
            [sys.executable, "-c", STARTER, str(folder), str(handle)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=[handle], cwd=ROOT,
        )  # fmt: skip
        self._child = None

    def start(self):
        """Begin to start it; connections wait until it answers."""
        self._starter.stdin.write("\n")
        self._starter.stdin.flush()
        self._child = int(self._starter.stdout.readline())

    def kill(self):
        """End it as a power cut would, without a word."""
        os.kill(self._child, signal.SIGKILL)
        assert self._starter.stdout.readline() == "gone\n"
        self._child = None

    def close(self):
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
        self._starter.stdin.close()
        self._starter.wait(timeout=30)
        self._starter.stdout.close()
        self._listener.close()
