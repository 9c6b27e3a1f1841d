"""What is kept of customers beside their cases, by a keyed digest of the number; it goes with the last case."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, Select, delete, select
from sqlalchemy.orm import Session

from server.customers import AddressForm, Change, Profile, changed, kinds_of
from server.errors import KeyInvalid
from server.spans import in_utc
from server.store import journal
from server.store.customer_models import CustomerRow
from server.store.engine import reading, writing
from server.store.models import CaseRow, RequestRow
from server.store.rows import phone_of
from server.store.vault import Vault
from server.wire import Channel

CHANGED: Final = "customer_changed"  # the journal's word


class CustomerStore:
    """Profiles in a database; may be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def profile(self, phone: str) -> Profile:
        """Return the profile of an E.164 number; `Profile()` where nothing is kept."""
        return self.profiles([phone])[phone]

    def profiles(self, phones: Iterable[str]) -> Mapping[str, Profile]:
        """Return the profile of each number."""
        wanted = set(phones)
        with reading(self._engine) as session:
            return _profiles(session, self._vault, wanted)

    def profile_of_case(self, case_id: UUID) -> Profile:
        """Return the profile of a case's customer; `Profile()` for no such case.  Raises KeyInvalid."""
        return self._of(select(RequestRow).where(RequestRow.case_id == case_id))

    def profile_of_request(self, request_id: UUID) -> Profile:
        """Return the profile of who sent a request; `Profile()` for one that was erased.  Raises KeyInvalid."""
        return self._of(select(RequestRow).where(RequestRow.id == request_id))

    def change(self, case_id: UUID, change: Change, *, by: str, now: datetime) -> bool:
        """Change the profile of a case's customer; False when there is no such case.  Told again it changes nothing."""
        with writing(self._engine) as session:
            phone = _phone_of_case(session, self._vault, case_id)
            return phone is not None and self._changed(session, phone, change, by, in_utc(now), case_id)

    def change_for(self, phone: str, change: Change, *, by: str, now: datetime) -> bool:
        """Change the profile of an E.164 number; False when no case of it is kept: then nothing of it is."""
        with writing(self._engine) as session:
            return self._changed(session, phone, change, by, in_utc(now))

    def _of(self, requests: Select[RequestRow]) -> Profile:
        latest = requests.order_by(RequestRow.received_at.desc(), RequestRow.id).limit(1)
        with reading(self._engine) as session:
            row = session.scalars(latest).first()
            if row is None:
                return Profile()
            phone = phone_of(row, self._vault)
            return _profiles(session, self._vault, [phone])[phone]

    def _changed(
        self, session: Session, phone: str, change: Change, by: str, now: datetime, case_id: UUID | None = None
    ) -> bool:
        """The customer's cases are locked: an erasure waits or is over, and two changes come one after the other."""
        digests = self._vault.digests(phone)
        theirs = select(CaseRow.id, CaseRow.opened_at).where(CaseRow.phone_digest.in_(digests)).order_by(CaseRow.id)
        cases = session.execute(theirs.with_for_update()).all()
        if not cases:
            return False
        row = _row(session, digests)
        before = _profile(row) if row else Profile()
        after = changed(before, change, by=by, now=now)
        if after != before:
            _write(session, row, digests[0], after, now)
            latest = max(cases, key=lambda case: (case.opened_at, str(case.id))).id
            _journal(session, before, after, case_id=case_id or latest, by=by, now=now)
        return True


def profile_of(session: Session, vault: Vault, phone: str) -> Profile:
    """Return the profile of an E.164 number within the caller's transaction."""
    return _profiles(session, vault, [phone])[phone]


def phones_of(session: Session, vault: Vault, case_ids: Sequence[UUID]) -> tuple[tuple[bytes, ...], ...]:
    """Return, for each customer of some cases, the digests that all of theirs are found by.

    What cannot be opened any more is known by the digest of its case alone.
    """
    found = session.execute(select(CaseRow.id, CaseRow.phone_digest).where(CaseRow.id.in_(case_ids))).all()
    customers: dict[bytes, tuple[bytes, ...]] = {}
    for one, digest in found:
        if not any(digest in digests for digests in customers.values()):
            customers[digest] = _digests(session, vault, one) or (digest,)
    return tuple(customers.values())


def _digests(session: Session, vault: Vault, case_id: UUID) -> tuple[bytes, ...]:
    try:
        phone = _phone_of_case(session, vault, case_id)
    except KeyInvalid:
        return ()
    return vault.digests(phone) if phone else ()


def count_customers(session: Session, digests: Iterable[Sequence[bytes]]) -> int:
    """Return of how many of these customers something is kept beside their cases."""
    return sum(_row(session, of_one) is not None for of_one in digests)


def forget_customers(session: Session, customers: Iterable[Sequence[bytes]]) -> int:
    """Delete what is kept of those who have no case any more; return of how many."""
    forgotten = 0
    for digests in customers:
        if session.scalars(select(CaseRow.id).where(CaseRow.phone_digest.in_(digests)).limit(1)).first() is None:
            gone = delete(CustomerRow).where(CustomerRow.phone_digest.in_(digests)).returning(CustomerRow.phone_digest)
            forgotten += bool(session.scalars(gone).all())
    return forgotten


def _profiles(session: Session, vault: Vault, phones: Iterable[str]) -> dict[str, Profile]:
    of_digest = {digest: phone for phone in phones for digest in vault.digests(phone)}
    found = {phone: Profile() for phone in of_digest.values()}
    rows = select(CustomerRow).where(CustomerRow.phone_digest.in_(of_digest)).order_by(CustomerRow.updated_at)
    return found | {of_digest[row.phone_digest]: _profile(row) for row in session.scalars(rows)}


def _row(session: Session, digests: Sequence[bytes]) -> CustomerRow | None:
    query = select(CustomerRow).where(CustomerRow.phone_digest.in_(digests))
    return session.scalars(query.order_by(CustomerRow.updated_at.desc()).limit(1)).first()


def _phone_of_case(session: Session, vault: Vault, case_id: UUID) -> str | None:
    row = session.scalars(select(RequestRow).where(RequestRow.case_id == case_id).limit(1)).first()
    return None if row is None else phone_of(row, vault)


def _profile(row: CustomerRow) -> Profile:
    return Profile(
        tier=row.tier,
        channel=Channel(row.channel) if row.channel else None,
        address=AddressForm(row.address_form),
        address_at=row.address_at,
        may_ask_after=row.ask_consent_at,
        ask_wording=row.ask_wording,
        ask_by=row.ask_by,
    )


def _write(session: Session, row: CustomerRow | None, digest: bytes, profile: Profile, now: datetime) -> None:
    """Write it under the current key; what was written under an earlier one gives way."""
    if row is not None and row.phone_digest != digest:
        session.delete(row)
        session.flush()
        row = None
    kept = row or CustomerRow(phone_digest=digest)
    kept.tier, kept.channel = profile.tier, profile.channel.value if profile.channel else None
    kept.address_form, kept.address_at = profile.address.value, profile.address_at
    kept.ask_consent_at, kept.ask_wording, kept.ask_by = profile.may_ask_after, profile.ask_wording, profile.ask_by
    kept.updated_at = now
    session.add(kept)


def _journal(session: Session, before: Profile, after: Profile, *, case_id: UUID, by: str, now: datetime) -> None:
    kinds = kinds_of(before, after)
    if kinds:
        detail = {"what": " ".join(kinds)} | ({"tier": after.tier} if "tier" in kinds else {})
        journal.add(session, at=now, actor=by, action=CHANGED, case_id=case_id, detail=detail)
