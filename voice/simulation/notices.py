"""Notices that a script gives, gone when the process ends."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from server.notices import ToTell
from voice.notice_rules import Standing, had_today


class GivenNotices:
    """A `NoticeBoard` in memory."""

    def __init__(self, notices: Sequence[ToTell] = ()) -> None:
        self._standing = Standing(notices=tuple(notices))
        self._tips: dict[str, datetime] = {}

    def standing(self) -> Standing:
        """See `NoticeBoard.standing`."""
        return self._standing

    def note_told(self, notice: ToTell, now: datetime, *, unasked: bool, hinted: bool = False) -> None:
        """See `NoticeBoard.note_told`."""
        before = self._standing
        self._standing = replace(
            before,
            times={**before.times, notice.id: before.times.get(notice.id, 0) + 1},
            unasked_at=now if unasked and not notice.is_recall_with_danger else before.unasked_at,
            was_hinted=before.was_hinted or hinted,
        )

    def switch(self, *, off: bool) -> bool:
        """See `NoticeBoard.switch`."""
        self._standing = replace(self._standing, is_off=off)
        return True

    def may_tip(self, article_id: str, now: datetime) -> bool:
        """See `NoticeBoard.may_tip`."""
        return not self._standing.is_off and not had_today(self._tips.get(article_id), now)

    def note_tip(self, article_id: str, now: datetime) -> None:
        """See `NoticeBoard.note_tip`."""
        self._tips[article_id] = now
