"""What the log says of requests: no query strings, no secrets in paths, no words of customers in tracebacks."""

import logging
import os
import re
from typing import Final

# Long pieces of a path are secrets (/feeds/<secret>.ics), unless they are ids of cases.
_LONG_PIECE: Final = re.compile(r"(?<=/)[\w~-]{20,}(?=[./]|$)")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PATH: Final = 2  # of the arguments of uvicorn's line: client, method, path, version, status


def shown_path(path: str) -> str:
    """Return the path as it may be logged."""
    return _LONG_PIECE.sub(lambda piece: piece[0] if _UUID.fullmatch(piece[0]) else "*", path.partition("?")[0])


class WithoutSecrets(logging.Filter):
    """Cleans uvicorn's line of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let all pass, with another path."""
        if isinstance(record.args, tuple) and len(record.args) > _PATH:
            before, path, after = record.args[:_PATH], str(record.args[_PATH]), record.args[_PATH + 1 :]
            record.args = (*before, shown_path(path), *after)
        return True


class WithoutData(logging.Filter):
    """Takes tracebacks away, whose texts may quote a customer; KOEMADO_DEBUG=1 keeps them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let all pass, with the name of the error alone."""
        if record.exc_info and record.exc_info[0] and not os.environ.get("KOEMADO_DEBUG"):
            record.msg, record.args = f"internal error ({record.exc_info[0].__name__})", ()
            record.exc_info = record.exc_text = None
        return True
