"""The log of a program that runs for years: the journal where systemd keeps one, a file of bounded size beside or without it.

Neither names nor numbers get into it: the code logs none, and what an error of somebody else's may quote is masked here.
"""

import json
import logging
import os
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final, Self

from intents.masking import masked
from voice.errors import SettingsError
from voice.settings import Settings

LARGEST: Final = 1_000_000  # bytes of one file
EARLIER: Final = 4  # files kept beside the one that is written
LONGEST: Final = 1_000  # characters of a line
MODE: Final = 0o600
PRIORITIES: Final = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7}  # of syslog, for the journal


def log_to_file(settings: Settings) -> None:
    """Log to the file of the settings, too; called again, with other settings, in place of the one before.

    Raises SettingsError when it cannot be written; then the one before goes on.
    """
    root = logging.getLogger()
    _for_journal(root)
    path = settings.log_file.expanduser().absolute() if settings.log_file else None
    before = [one for one in root.handlers if isinstance(one, _OwnFile)]
    if path is None or not any((one.baseFilename, one.written) == (str(path), settings.log_format) for one in before):
        made = [_OwnFile.at(path, settings.log_format)] if path else []
        for handler in made:
            root.addHandler(handler)
        for one in before:
            root.removeHandler(one)
            one.close()


class _OwnFile(RotatingFileHandler):
    """The file of the settings."""

    written = ""  # text or json

    @classmethod
    def at(cls, path: Path, log_format: str) -> Self:
        """Open it.  Raises SettingsError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            made = cls(path, maxBytes=LARGEST, backupCount=EARLIER, encoding="utf-8")
            path.chmod(MODE)
        except OSError as error:
            raise SettingsError(f"setting log_file: {path} cannot be written: {error.strerror or error}") from error
        made.setFormatter(JsonLines() if log_format == "json" else Lines())
        made.written = log_format
        return made


def masked_text(record: logging.LogRecord) -> str:
    """Return what it says in one line without a traceback, with marks for what looks like a name or a number."""
    text = masked(" ".join(record.getMessage().split())[:LONGEST])
    return f"{text} ({record.exc_info[0].__name__})" if record.exc_info and record.exc_info[0] else text


class Lines(logging.Formatter):
    """`2026-11-22T07:15:00Z WARNING voice.talking: text`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        return f"{_moment(record)} {record.levelname} {record.name}: {masked_text(record)}"


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, from, text."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        told = {"at": _moment(record), "level": record.levelname, "from": record.name, "text": masked_text(record)}
        return json.dumps(told, ensure_ascii=False)


class _ForJournal(logging.Formatter):
    """With the priority in front that journald takes away again (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        return f"<{PRIORITIES.get(record.levelname, 6)}>{super().format(record)}"


def _for_journal(root: logging.Logger) -> None:
    """Let the lines on standard error carry their weight where that is the journal."""
    if not os.environ.get("JOURNAL_STREAM"):
        return
    for handler in root.handlers:
        if type(handler) is logging.StreamHandler:
            handler.setFormatter(_ForJournal("%(message)s"))


def _moment(record: logging.LogRecord) -> str:
    return f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%SZ}"
