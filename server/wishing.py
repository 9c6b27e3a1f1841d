"""How a request gets its slot: what its customer may be promised, and how much earlier that is than for anybody else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from server.customers import Tier
from server.ports import PromiseBook
from server.promising import taken_of
from server.records import Case, Earlier, SlotWish, earlier_than
from server.slots import DeskPlan, Slot, Standing, next_free
from server.spans import Span
from server.wire import CallbackRequest, Urgency


def standing_of(tier: Tier | None, *, danger: bool, staff: bool = False) -> Standing:
    """Danger needs no tier for the held seats, and leaves them to those with one as long as there are others.

    `staff` arrange it: as near as where there is danger.
    """
    lead = tier.lead_minutes if tier else None
    held = danger or tier is not None
    return Standing(urgent=danger or staff, lead_minutes=lead, held=held, held_first=tier is not None and not danger)


def wanted_by(case: Case) -> list[Span]:
    """Return what the case's requests wished for, the latest first."""
    return [window.span for stored in reversed(case.requests) for window in stored.request.windows]


def wish_of(plan: DeskPlan, request: CallbackRequest, tier: Tier | None, now: datetime) -> SlotWish:
    """Return how a request gets its slot, and where there is a tier how it would be without."""
    others = _wish_of(plan, request, None, now)
    return replace(_wish_of(plan, request, tier, now), tier=tier.key, others=others) if tier else others


def earlier_for(
    book: PromiseBook, plan: DeskPlan, slot: Slot, standing: Standing, tier: Tier | None, now: datetime
) -> Earlier | None:
    """Say whether nobody without the tier could have had this slot, and when they could have been called at the soonest."""
    if tier is None:
        return None
    others = replace(standing, lead_minutes=None, held=standing.held and not standing.held_first, held_first=False)
    taken = taken_of(book, plan, slot.skill, now, others)
    within = [Span(slot.span.begins, max(slot.span.ends, plan.latest(now)))]
    found = next_free(plan, skill=slot.skill, now=now, taken=taken, within=within, count=1, standing=others)
    return earlier_than(slot, found[0] if found else None, tier.key)


def _wish_of(plan: DeskPlan, request: CallbackRequest, tier: Tier | None, now: datetime) -> SlotWish:
    skill, wanted = plan.skill_for(request.topic), [window.span for window in request.windows]
    danger = request.urgency is Urgency.SAFETY
    standing = standing_of(tier, danger=danger)
    find = partial(next_free, plan, skill=skill, now=now, count=1, standing=standing)

    def choose(taken: Sequence[Slot]) -> Slot | None:
        for within in (wanted, None) if danger else (wanted,):
            if found := find(taken=taken, within=within):
                return found[0]
        return None

    return SlotWish(
        skill=skill,
        seats=plan.seats(skill),
        span=_looked_at(plan, () if danger else wanted, now),
        choose=choose,
        open_seats=plan.open_seats(skill, now, standing),
        among=lambda slot: plan.seat_numbers(slot, now, standing),
    )


def _looked_at(plan: DeskPlan, wanted: Sequence[Span], now: datetime) -> Span:
    """Return the time in which `choose` looks: from the first to the last wish, or all that can be promised."""
    latest = plan.latest(now)
    begins = max([now, min((span.begins for span in wanted), default=now)])
    ends = min([latest, max((span.ends for span in wanted), default=latest)])
    return Span(begins, ends) if begins < ends else Span(now, latest)
