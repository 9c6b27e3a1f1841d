"""Everything the desk's pages and background work use, in one hand.  Built by `app.open_office`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from server.articles import ArticleDirectory
from server.clock import Clock
from server.desk import CallbackDesk
from server.settings import Settings
from server.store.accounts import AccountStore
from server.store.journal import Journal
from server.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The parts share the engine and may be used by many threads."""

    folder: Path  # settings, key, and with SQLite the database
    settings: Settings
    clock: Clock
    engine: Engine
    vault: Vault
    desk: CallbackDesk
    accounts: AccountStore
    journal: Journal
    articles: ArticleDirectory
    closing: list[Callable[[], None]] = field(default_factory=list)  # what else ends with it

    def close(self) -> None:
        """End all that runs; the database connections last."""
        for end in reversed(self.closing):
            end()
        self.engine.dispose()
