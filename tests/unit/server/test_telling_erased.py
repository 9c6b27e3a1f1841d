"""What the webhook is told of lines whose case was erased since: nothing, and the reading goes on."""

import pytest

from server.fakes import MemoryCallbackQueue
from server.store.journal import Entry
from server.work.telling import EVENTS, WebhookTeller
from tests.callback_samples import NOW


@pytest.mark.parametrize("action", sorted(EVENTS))
def test_lines_without_case_and_detail(action):
    tell = WebhookTeller(MemoryCallbackQueue(), slot_minutes=30, organisation="x", public_url="http://x")
    assert tell(Entry(id=1, at=NOW, actor="system", action=action, case_id=None, detail={})) is None
