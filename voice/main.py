"""The entry point: whatever happens, one line to the user and an exit code, never a traceback.

Nothing heavy is imported before Ctrl-C and SIGTERM are taken care of.
"""

import os
import signal
import sys
from types import FrameType

INTERRUPTED = 130  # what shells expect after Ctrl-C


def main() -> None:
    """Run the command line and leave with its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = _run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = _stopped()
    except BrokenPipeError:  # the reader of our output has gone, as in `koemado kb list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stopped() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not break the clean-up
    print("\nkoemado: stopped", file=sys.stderr)  # noqa: T201
    return INTERRUPTED


def _run() -> int:
    # While modules are imported an exception may be caught and changed on its way (RuntimeError from a class body), and
    # there is nothing to clean up yet: leave at once.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    from voice.cli.app import run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _interrupt)
    return run(sys.argv[1:])


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os.write(2, b"\nkoemado: stopped\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
