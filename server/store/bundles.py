"""Knowledge bundles: what was published when and by whom, signed as it is put into use, and which one is in use."""

from datetime import datetime
from typing import Final

from sqlalchemy import Engine, delete, func, select, text
from sqlalchemy.orm import Session

from server.bundle_signature import SigningKey
from server.bundles import LARGEST_BUNDLE, MOST_KEPT, BundleClash, BundleUnknown, Release, next_serial
from server.errors import ValueRefused
from server.store import journal
from server.store.desk_models import BundleRow, ReleaseRow
from server.store.engine import reading, writing

_ONE_AT_A_TIME: Final = 0x62756E64  # PostgreSQL advisory lock: each release gets a serial of its own
_ABOUT: Final = (BundleRow.content, BundleRow.articles, BundleRow.size)


class BundleStore:
    """Bundles in a database; may be shared by threads."""

    def __init__(self, engine: Engine, key: SigningKey) -> None:
        self._engine = engine
        self._key = key

    @property
    def key(self) -> str:
        """What devices are told to believe: the public key's text."""
        return self._key.public.text

    def publish(
        self, data: bytes, *, version: str, content: str, articles: int, by: str, now: datetime
    ) -> tuple[Release, bool]:
        """Keep a bundle and put it into use; False, and nothing changed, where its very content is in use already.

        Raises BundleClash, ValueRefused for one that is too large.
        """
        if len(data) > LARGEST_BUNDLE:
            raise ValueRefused(f"a bundle has at most {LARGEST_BUNDLE:,} bytes")
        with writing(self._engine) as session:
            _one_at_a_time(session)
            last = _current(session)
            if last and last.content == content and last.key_id == self._key.public.id:
                return last, False
            _keep(session, BundleRow(version=version, content=content, articles=articles, size=len(data), data=data))
            release = self._release(session, last, version, data, by=by, now=now)
            detail = {"version": version, "serial": release.serial, "articles": articles}
            journal.add(session, at=now, actor=by, action="knowledge_published", detail=detail)
            _forget_old(session)
            return release, True

    def roll_back(self, version: str, *, by: str, now: datetime) -> Release:
        """Put a bundle that was published before into use again.  Raises BundleUnknown."""
        with writing(self._engine) as session:
            _one_at_a_time(session)
            row, last = session.get(BundleRow, version), _current(session)
            if row is None:
                raise BundleUnknown(version)
            if last and last.version == version and last.key_id == self._key.public.id:
                return last
            release = self._release(session, last, version, row.data, by=by, now=now)
            detail = {"version": version, "serial": release.serial}
            journal.add(session, at=now, actor=by, action="knowledge_rolled_back", detail=detail)
            return release

    def current(self) -> Release | None:
        """Return what is in use; None: nothing was published."""
        with reading(self._engine) as session:
            return _current(session)

    def releases(self, *, limit: int = 100) -> tuple[Release, ...]:
        """Return what was put into use, the latest first."""
        with reading(self._engine) as session:
            return _latest(session, limit)

    def data(self, version: str) -> bytes:
        """Return a bundle's bytes.  Raises BundleUnknown."""
        with reading(self._engine) as session:
            found = session.scalar(select(BundleRow.data).where(BundleRow.version == version))
        if found is None:
            raise BundleUnknown(version)
        return found

    def _release(
        self, session: Session, last: Release | None, version: str, data: bytes, *, by: str, now: datetime
    ) -> Release:
        serial = next_serial(last.serial if last else 0, now)
        signature, key_id = self._key.sign(serial, data), self._key.public.id
        session.add(ReleaseRow(serial=serial, version=version, at=now, by=by, key_id=key_id, signature=signature))
        session.flush()
        return _latest(session, 1)[0]


def signed_by(engine: Engine) -> str | None:
    """Return the id of the key that signed the bundle in use; None: nothing was published."""
    with reading(engine) as session:
        return session.scalar(select(ReleaseRow.key_id).order_by(ReleaseRow.serial.desc()).limit(1))


def _one_at_a_time(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})


def _keep(session: Session, row: BundleRow) -> None:
    known = session.get(BundleRow, row.version)
    if known is None:
        session.add(row)
        session.flush()
    elif known.data != row.data:
        raise BundleClash(row.version)


def _latest(session: Session, limit: int) -> tuple[Release, ...]:
    query = select(ReleaseRow, *_ABOUT).join(BundleRow, BundleRow.version == ReleaseRow.version)
    rows = session.execute(query.order_by(ReleaseRow.serial.desc()).limit(limit))
    return tuple(_release(row, content, articles, size) for row, content, articles, size in rows)


def _current(session: Session) -> Release | None:
    return next(iter(_latest(session, 1)), None)


def _forget_old(session: Session) -> None:
    """Keep the versions that were in use last."""
    latest = func.max(ReleaseRow.serial).desc()
    query = select(ReleaseRow.version).group_by(ReleaseRow.version).order_by(latest).limit(MOST_KEPT)
    kept = list(session.scalars(query))
    session.execute(delete(ReleaseRow).where(ReleaseRow.version.not_in(kept)))
    session.execute(delete(BundleRow).where(BundleRow.version.not_in(kept)))


def _release(row: ReleaseRow, content: str, articles: int, size: int) -> Release:
    return Release(
        serial=row.serial,
        version=row.version,
        at=row.at,
        by=row.by,
        key_id=row.key_id,
        signature=row.signature,
        content=content,
        articles=articles,
        size=size,
    )
