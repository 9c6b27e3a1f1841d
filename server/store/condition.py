"""What state a desk's database is in; nothing is changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.access import Account
from server.errors import KeyInvalid
from server.store.accounts import AccountStore
from server.store.bundles import signed_by
from server.store.engine import open_engine
from server.store.key_check import check_key
from server.store.messages import MessageBox
from server.store.migrating import differences
from server.store.vault import Vault
from server.store.watching import done_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What was found; of tables that differ from this program's nothing else is read."""

    backend: str  # "sqlite" or "postgresql"
    differences: int  # of its tables from this program's
    key_problem: str | None = None
    accounts: tuple[Account, ...] = ()
    watch_turn_ends: int = 0  # seconds of the epoch; 0: no background work has ever run
    messages: Mapping[str, int] | None = None  # "waiting", "given_up"
    bundle_signed_by: str | None = None  # id of the key of the bundle in use


def condition_of(url: str, vault: Vault) -> Condition:
    """Look at it.  Raises SettingsInvalid for its URL, StoreUnavailable when it is away."""
    engine = open_engine(url)
    try:
        backend, differs = engine.dialect.name, len(differences(engine))
        if differs:
            return Condition(backend=backend, differences=differs)
        problem = None
        try:
            check_key(engine, vault)
        except KeyInvalid as error:
            problem = str(error)
        return Condition(
            backend=backend,
            differences=0,
            key_problem=problem,
            accounts=AccountStore(engine).everybody(),
            watch_turn_ends=done_on(engine, "watch"),
            messages=MessageBox(engine, vault).counts(),
            bundle_signed_by=signed_by(engine),
        )
    finally:
        engine.dispose()
