"""Having the database forget what was deleted, not only hide it."""

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from server.errors import StoreUnavailable
from server.store.customer_models import CustomerRow
from server.store.desk_models import JournalRow, MessageRow, NoteRow, SearchKeyRow
from server.store.models import CaseRow, EventRow, MatterRow, RequestRow

_PERSONAL = (RequestRow, NoteRow, EventRow, SearchKeyRow, MessageRow, MatterRow, CaseRow, JournalRow, CustomerRow)


def scrub(engine: Engine) -> bool:
    """Return whether nothing of what was deleted is left; False when somebody reads or writes: try later.

    SQLite deletes by writing zeros (`secure_delete`, see `engine`); its log is emptied here.  PostgreSQL is asked to
    vacuum, which frees the rows that no running transaction sees; when their bytes are written over is its own affair,
    and its log, backups and replicas are the administrator's.  Raises StoreUnavailable.
    """
    try:
        return _vacuum(engine) if engine.dialect.name == "postgresql" else _empty_log(engine)
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the database is away or busy ({type(error).__name__}): try again") from error


def _empty_log(engine: Engine) -> bool:
    connection = engine.raw_connection()  # a checkpoint cannot be made within a transaction
    try:
        cursor = connection.cursor()
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.close()
    finally:
        connection.close()
    return not busy


def _vacuum(engine: Engine) -> bool:
    tables = ", ".join(row.__tablename__ for row in _PERSONAL)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM {tables}"))
    return True
