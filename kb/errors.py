"""What can go wrong with the knowledge base; the texts are one line: what happened, why, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class KnowledgeBaseError(Exception):
    """Base of all errors of `kb`."""

    exit_code = 6


class BaseMissing(KnowledgeBaseError):
    """There is no knowledge base at the given path."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"no knowledge base at {path}: create it with `koemado kb import FILE --kb {path}`")


class BaseLocked(KnowledgeBaseError):
    """Another program holds the base; trying again later helps."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"knowledge base {path} is locked by another program: let it finish and try again")


class BaseDamaged(KnowledgeBaseError):
    """The file is not a usable knowledge base."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"knowledge base {path} is damaged ({reason}): restore a copy, or move the file away and import anew"
        )


class BaseForeign(KnowledgeBaseError):
    """The file is somebody else's; it is left as it is."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is no Koemado knowledge base ({reason}): name another file, or move this one away")


class BaseIsTable(KnowledgeBaseError):
    """The file looks like one to import, not like a knowledge base."""

    def __init__(self, path: Path) -> None:
        kind = "CSV" if path.suffix.lower() == ".csv" else "YAML"
        super().__init__(
            f"{path} is no knowledge base but looks like a {kind} file: import it with `koemado kb import {path}`"
        )


class BaseUnreadable(KnowledgeBaseError):
    """The file cannot be opened or read (permission, a failing disk)."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"knowledge base {path} cannot be read ({reason}): check the path and its permissions")


class BaseUnwritable(KnowledgeBaseError):
    """The file cannot be written (permission, full disk); nothing was changed."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"knowledge base {path} could not be written ({reason}): nothing was changed")


class ExportUnwritable(KnowledgeBaseError):
    """The file to export to cannot be written; what was there before is there still."""

    exit_code = 1

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be written ({reason}): name another place")


class ArticleUnknown(KnowledgeBaseError):
    """No article has that id."""

    exit_code = 2

    def __init__(self, article_id: str) -> None:
        super().__init__(f"no article {article_id!r}: `koemado kb list` shows the ids")


class UnreadableFile(KnowledgeBaseError):
    """A file to import cannot be opened, decoded or parsed at all."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """One thing wrong in a file that was to be imported."""

    line: int  # 1 is the first line of the file
    message: str


class ImportRejected(KnowledgeBaseError):
    """Some rows are wrong, so nothing was imported."""

    exit_code = 2

    def __init__(self, path: Path, rows: Sequence[BadRow]) -> None:
        self.rows = tuple(rows)
        noun = "problem" if len(rows) == 1 else "problems"
        super().__init__(f"{path}: {len(rows)} {noun}, nothing was imported")


class BundleRefused(KnowledgeBaseError):
    """The bytes are no bundle this program can use; another bundle, or a newer program, is needed."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"knowledge bundle refused: {reason}")
