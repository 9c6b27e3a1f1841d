"""Whether the keys at hand are those the data was written with."""

from sqlalchemy import Engine, select

from server.errors import KeyInvalid
from server.store.engine import reading
from server.store.models import RequestRow
from server.store.rows import who
from server.store.vault import Vault


def check_key(engine: Engine, vault: Vault) -> None:
    """Open one request as a sample.  Raises KeyInvalid with the remedy, so that nothing is written with a wrong key."""
    with reading(engine) as session:
        row = session.scalars(select(RequestRow).limit(1)).first()
    try:
        if row is not None:
            who(row, vault)
    except KeyInvalid as error:
        raise KeyInvalid(
            "the key is not the one personal data in the database was written with: put the former key back "
            "(a line of its own, below the current one)"
        ) from error
