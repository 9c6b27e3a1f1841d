"""Recordings that customers agreed to: sound encrypted, beside the conversation of the devices' log they belong to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from server.recordings import BYTES_PER_S, RecordingGiven, pcm_in
from server.spans import in_utc
from server.store import journal
from server.store.desk_models import ErasedRequestRow, TalkRow
from server.store.engine import reading, writing
from server.store.journal import device_actor
from server.store.models import RequestRow
from server.store.recording_models import RecordedSoundRow, RecordingRow
from server.store.talk_words import portions
from server.store.vault import Vault


class Took(StrEnum):
    """What came of a recording that was handed in."""

    KEPT = "kept"  # now, or before
    UNKNOWN = "unknown"  # this device's conversation is not here, yet or any more
    GONE = "gone"  # taken back, or its customer was erased: it is not to come again


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecording:
    """What can be heard of a conversation."""

    agreed_at: datetime
    wording: str
    received_at: datetime
    durations_ms: dict[int, int]  # by turn
    withheld: frozenset[int]  # turns left out: a name, number or address may be in them


class RecordingStore:
    """May be shared by threads."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def keep(self, talk_id: UUID, given: RecordingGiven, *, device: str, now: datetime) -> Took:
        """Keep a recording once; the same sent again changes nothing."""
        moment = in_utc(now)
        with writing(self._engine) as session:
            if given.callback and session.get(ErasedRequestRow, given.callback):
                return Took.GONE
            if not _is_of(session, talk_id, device):
                return Took.UNKNOWN
            row = session.get(RecordingRow, talk_id)
            if row is not None:
                return Took.GONE if row.withdrawn_at else Took.KEPT
            session.add(
                RecordingRow(
                    talk_id=talk_id, agreed_at=given.consent.at, wording=given.consent.wording,
                    withheld=sorted(given.withheld), received_at=moment,
                )
            )  # fmt: skip
            session.flush()
            session.add_all(self._sounds(talk_id, given))
            _write(session, "recording_kept", talk_id, device_actor(device), moment)
            return Took.KEPT

    def withdraw(self, talk_id: UUID, *, device: str, now: datetime) -> None:
        """Erase a recording because its customer took the consent back; one that comes later is not kept."""
        moment, actor = in_utc(now), device_actor(device)
        with writing(self._engine) as session:
            if not _is_of(session, talk_id, device):
                return
            row = session.get(RecordingRow, talk_id)
            if row is not None and row.withdrawn_at is not None:
                return
            if row is None:
                row = RecordingRow(talk_id=talk_id, agreed_at=None, wording="", withheld=[], received_at=moment)
                session.add(row)
            row.withdrawn_at, row.withdrawn_by, row.wording, row.withheld = moment, actor, "", []
            session.execute(delete(RecordedSoundRow).where(RecordedSoundRow.talk_id == talk_id))
            _write(session, "recording_withdrawn", talk_id, actor, moment)

    def of(self, talk_id: UUID) -> KeptRecording | None:
        """Return what can be heard of a conversation; None where there is nothing."""
        with reading(self._engine) as session:
            row = session.get(RecordingRow, talk_id)
            if row is None or row.agreed_at is None or row.withdrawn_at is not None:
                return None
            query = select(RecordedSoundRow.turn, RecordedSoundRow.duration_ms).where(
                RecordedSoundRow.talk_id == talk_id
            )
            return KeptRecording(
                agreed_at=row.agreed_at,
                wording=row.wording,
                received_at=row.received_at,
                durations_ms={one.turn: one.duration_ms for one in session.execute(query)},
                withheld=frozenset(row.withheld),
            )

    def those_with(self, talks: Collection[UUID]) -> frozenset[UUID]:
        """Return which of some conversations can be heard."""
        found: set[UUID] = set()
        with reading(self._engine) as session:
            for some in portions(talks):
                query = select(RecordingRow.talk_id).where(
                    RecordingRow.talk_id.in_(some), RecordingRow.withdrawn_at.is_(None)
                )
                found |= set(session.scalars(query))
        return frozenset(found)

    def listen(self, talk_id: UUID, turn: int, *, by: str, now: datetime) -> bytes | None:
        """Return what was said in a turn as a WAV file, and write down who listened; None where there is no sound.

        Raises KeyInvalid.
        """
        with writing(self._engine) as session:
            row = session.get(RecordedSoundRow, (talk_id, turn), with_for_update=True)
            if row is None:
                return None
            wav = self._vault.open_bytes(row.wav_locked, _place(talk_id, turn))
            _write(session, journal.LISTENED, talk_id, by, in_utc(now), turn=turn)
            return wav

    def _sounds(self, talk_id: UUID, given: RecordingGiven) -> list[RecordedSoundRow]:
        return [
            RecordedSoundRow(
                talk_id=talk_id,
                turn=one.turn,
                duration_ms=len(pcm_in(one.wav)) * 1000 // BYTES_PER_S,
                wav_locked=self._vault.lock_bytes(one.wav, _place(talk_id, one.turn)),
            )
            for one in given.utterances
        ]


def _is_of(session: Session, talk_id: UUID, device: str) -> bool:
    """Whether it is a conversation of this device; locked: an erasure waits, and what is written now goes with it."""
    query = select(TalkRow.device).where(TalkRow.id == talk_id).with_for_update()
    return session.scalars(query).one_or_none() == device


def _write(session: Session, action: str, talk_id: UUID, actor: str, now: datetime, **detail: int) -> None:
    """Write a line of the journal, with the case where one came of the conversation: it goes when that does."""
    case = select(RequestRow.case_id).join(TalkRow, TalkRow.callback_id == RequestRow.id).where(TalkRow.id == talk_id)
    journal.add(
        session, at=now, actor=actor, action=action, case_id=session.scalars(case).one_or_none(),
        detail={"conversation": str(talk_id), **detail},
    )  # fmt: skip


def _place(talk_id: UUID, turn: int) -> str:
    return f"recorded_sounds.wav.{talk_id}.{turn}"
