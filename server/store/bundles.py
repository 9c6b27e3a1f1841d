"""Knowledge bundles: what was published when and by whom, signed as it is put into use, and which one is in use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, delete, func, select, text
from sqlalchemy.orm import Session

from server.bundle_signature import SigningKey
from server.bundles import (
    LARGEST_BUNDLE,
    MOST_KEPT,
    BundleClash,
    BundleUnknown,
    Release,
    in_use,
    meant_for,
    next_serial,
)
from server.errors import ValueRefused
from server.store import journal
from server.store.desk_models import BundleRow, ReleaseRow
from server.store.engine import reading, writing
from server.store.inserting import core, insert_for
from server.store.knowledge_models import DeviceReleaseRow

_ONE_AT_A_TIME: Final = 0x62756E64  # PostgreSQL advisory lock: each release gets a serial of its own
_ABOUT: Final = (BundleRow.content, BundleRow.articles, BundleRow.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A bundle to be kept."""

    data: bytes
    version: str
    content: str
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A bundle to be put out, with what belongs to it."""

    bundle: Kept
    audience: Sequence[str] | None = None  # ids of devices; None: all
    before: Kept | None = None  # kept first where nothing was ever released, so that devices can be sent back to it
    because: str = ""  # why it is put out though its gate was not passed; goes into the journal


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
        self,
        data: bytes,
        *,
        version: str,
        content: str,
        articles: int,
        by: str,
        now: datetime,
        audience: Sequence[str] | None = None,
    ) -> tuple[Release, bool]:
        """Keep a bundle and put it into use; False, and nothing changed, where its very content is in use already.

        `audience`: ids of the devices it is for; None: all.  Raises BundleClash, ValueRefused for one that is too large.
        """
        bundle = Kept(data=data, version=version, content=content, articles=articles)
        return self.put_out(Publication(bundle=bundle, audience=audience), by=by, now=now)

    def put_out(self, wanted: Publication, *, by: str, now: datetime) -> tuple[Release, bool]:
        """Do the same with all that belongs to it: whole, or not at all.  Raises what `publish` does."""
        bundle, audience = wanted.bundle, wanted.audience
        if len(bundle.data) > LARGEST_BUNDLE:
            raise ValueRefused(f"a bundle has at most {LARGEST_BUNDLE:,} bytes")
        with writing(self._engine) as session:
            _one_at_a_time(session)
            releases = _latest(session, None)
            if found := self._used_already(releases, bundle.content, audience):
                return found, False
            if wanted.before and not releases:
                releases = (self._kept(session, releases, wanted.before, by=by, now=now, audience=()),)
            release = self._kept(session, releases, bundle, by=by, now=now, audience=audience)
            detail: dict[str, str | int] = {"version": bundle.version, "serial": release.serial}
            detail |= {"articles": bundle.articles} | _told(audience)
            journal.add(session, at=now, actor=by, action="knowledge_published", detail=detail)
            if wanted.because:
                detail = {"version": bundle.version, "because": wanted.because}
                journal.add(session, at=now, actor=by, action="gate_overridden", detail=detail)
            _forget_old(session)
            return release, True

    def roll_back(self, version: str, *, by: str, now: datetime, audience: Sequence[str] | None = None) -> Release:
        """Put a bundle that was published before into use again.  Raises BundleUnknown."""
        return self._again(version, "knowledge_rolled_back", by=by, now=now, audience=audience)

    def widen(self, version: str, *, by: str, now: datetime) -> Release:
        """Give all devices a bundle that some have.  Raises BundleUnknown."""
        return self._again(version, "knowledge_published", by=by, now=now, audience=None)

    def note_taken(self, device_id: str, serial: int, *, now: datetime) -> None:
        """Remember that a device has dealt with a release: used it, or refused it."""
        with reading(self._engine) as session:
            known = session.get(DeviceReleaseRow, device_id)
        if known is not None and known.serial == serial:
            return
        row = {"device_id": device_id, "serial": serial, "at": now}
        with writing(self._engine) as session:
            insert = insert_for(session.get_bind().dialect.name, core(DeviceReleaseRow)).values(row)
            session.execute(insert.on_conflict_do_update(index_elements=["device_id"], set_=row))

    def taken(self) -> dict[str, int]:
        """Return the serial each device has dealt with last, as it said."""
        with reading(self._engine) as session:
            return {row.device_id: row.serial for row in session.scalars(select(DeviceReleaseRow))}

    def _again(self, version: str, action: str, *, by: str, now: datetime, audience: Sequence[str] | None) -> Release:
        with writing(self._engine) as session:
            _one_at_a_time(session)
            row, releases = session.get(BundleRow, version), _latest(session, None)
            if row is None:
                raise BundleUnknown(version)
            if found := self._used_already(releases, row.content, audience):
                return found
            release = self._release(session, releases, version, row.data, by=by, now=now, audience=audience)
            detail = {"version": version, "serial": release.serial} | _told(audience)
            journal.add(session, at=now, actor=by, action=action, detail=detail)
            return release

    def _used_already(
        self, releases: Sequence[Release], content: str, audience: Sequence[str] | None
    ) -> Release | None:
        """The release by which everybody meant uses these articles already, signed with the key of now."""
        last = meant_for(releases, None)
        if audience is None:
            later = [one for one in releases if one.audience and (last is None or one.serial > last.serial)]
            found = [last, *later]
        else:
            found = [meant_for(releases, device) for device in audience] or [None]
        fits = all(one and one.content == content and one.key_id == self._key.public.id for one in found)
        return found[0] if fits else None

    def current(self) -> Release | None:
        """Return what all devices use but those chosen for another; None: nothing was published for all."""
        return self.meant_for(None)

    def meant_for(self, device_id: str | None) -> Release | None:
        """Return what a device is to use; None: nothing was published for it."""
        with reading(self._engine) as session:
            return meant_for(_latest(session, None), device_id)

    def releases(self, *, limit: int | None = 100) -> tuple[Release, ...]:
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

    def _kept(
        self,
        session: Session,
        before: Sequence[Release],
        bundle: Kept,
        *,
        by: str,
        now: datetime,
        audience: Sequence[str] | None,
    ) -> Release:
        row = BundleRow(version=bundle.version, content=bundle.content, articles=bundle.articles)
        row.size, row.data = len(bundle.data), bundle.data
        _keep(session, row)
        return self._release(session, before, bundle.version, bundle.data, by=by, now=now, audience=audience)

    def _release(
        self,
        session: Session,
        before: Sequence[Release],
        version: str,
        data: bytes,
        *,
        by: str,
        now: datetime,
        audience: Sequence[str] | None,
    ) -> Release:
        serial = next_serial(max((one.serial for one in before), default=0), now)
        row = ReleaseRow(serial=serial, version=version, at=now, by=by, key_id=self._key.public.id)
        row.signature = self._key.sign(serial, data)
        row.audience = None if audience is None else sorted(set(audience))
        session.add(row)
        session.flush()
        return _latest(session, 1)[0]


def _told(audience: Sequence[str] | None) -> dict[str, int]:
    return {} if audience is None else {"devices": len(audience)}


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


def _latest(session: Session, limit: int | None) -> tuple[Release, ...]:
    query = select(ReleaseRow, *_ABOUT).join(BundleRow, BundleRow.version == ReleaseRow.version)
    rows = session.execute(query.order_by(ReleaseRow.serial.desc()).limit(limit))
    return tuple(_release(row, content, articles, size) for row, content, articles, size in rows)


def _forget_old(session: Session) -> None:
    """Keep the versions that were in use last, and those some device may be using."""
    latest = func.max(ReleaseRow.serial).desc()
    query = select(ReleaseRow.version).group_by(ReleaseRow.version).order_by(latest).limit(MOST_KEPT)
    kept = {*session.scalars(query), *in_use(_latest(session, None))}
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
        audience=None if row.audience is None else tuple(row.audience),
    )
