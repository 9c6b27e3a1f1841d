"""A follow-up offered on the form that ends a case: two weeks after a repair or a purchase, ticked beforehand.

Nothing is registered unless the tick is left, or the desk does it of its own accord (`follow_ups.automatic`).
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid5

from server.follow_ups import Occasion
from server.office import Office
from server.records import Case
from server.store.follow_ups import planned

_SPACE: Final = UUID("6d4f0d6e-52a5-4b0a-9c57-0c1d6a1f7e11")


def offered(office: Office, case: Case) -> Occasion | None:
    """Return what a case's customer would be followed up after; None where nothing fits, or it is planned already."""
    settings = office.settings.follow_ups
    topics = {Occasion.REPAIR: settings.repair_topics, Occasion.PURCHASE: settings.purchase_topics}
    found = next((occasion for occasion, named in topics.items() if _is_named(case.topic, named)), None)
    if found is None or any(
        one.occasion is found and one.told_at is None for one in office.follow_ups.of_case(case.id)
    ):
        return None
    return found


def plan_after(office: Office, case: Case, closing: UUID, *, ticked: bool, by: str) -> bool:
    """Plan what was offered, once for each closing; False when nothing was to be planned."""
    occasion = offered(office, case)
    if occasion is None or not (ticked or office.settings.follow_ups.automatic):
        return False
    now = office.clock()
    return office.follow_ups.plan(planned(follow_up_id(closing), occasion, case.topic, now), case.id, by=by, now=now)


def follow_up_id(closing: UUID) -> UUID:
    """Return the id of what a closing planned: that of the call, so that a double click is one."""
    return uuid5(_SPACE, str(closing))


def _is_named(topic: str, names: Sequence[str]) -> bool:
    return any(topic == name or topic.startswith(f"{name}-") for name in names)
