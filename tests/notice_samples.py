"""Notices for the tests of desk and device."""

from datetime import timedelta
from uuid import uuid4

from server.notices import Kind, ToTell
from tests.callback_samples import NOW


def notice(text="台風のため、お届けが遅れております。", **changes):
    given = {"id": uuid4(), "text": text, "kind": Kind.DELAY, "begins": NOW, "ends": NOW + timedelta(days=3)}
    return ToTell(**given | changes)
