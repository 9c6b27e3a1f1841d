"""Whom a simulated device remembers and what they said of themselves, gone when the process ends."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from intents.address import Address
from intents.callback_form import Known
from voice.simulation.script import NONE, Failure, GivenDesk, Script

SAID_FIELDS: Final = ("address", "may_ask", "story")


class GivenSayings:
    """`CustomerSayings` in memory, and the customers themselves.  `said` is what a desk would have been told."""

    def __init__(self, given: GivenDesk) -> None:
        self.known: tuple[Known, ...] = given.known
        self.said: dict[str, str] = {}

    def remember(self, customer: Known, instead: Known | None) -> bool:
        """See `CallDesk.remember`."""
        self.known = (customer, *(one for one in self.known if not _is_among(one, (customer, instead))))
        return True

    def forget(self) -> bool:
        """See `CallDesk.forget`."""
        self._withdraw()
        self.known = ()
        return True

    def ask_later(self, customer: Known, wording: str) -> bool:
        """See `CustomerSayings`."""
        self.said["may_ask"] = "yes"
        return self._change(customer, may_ask=True)

    def ask_no_more(self) -> bool | None:
        """See `CustomerSayings`."""
        return self._withdraw()

    def call_by(self, address: Address, customer: Known | None, request: UUID | None) -> bool:
        """See `CustomerSayings`."""
        if customer is not None or request is not None:
            self.said["address"] = address.value
        return customer is None or self._change(customer, address=address)

    def answer_story(self, story: UUID, answer: str) -> None:
        """See `CustomerSayings`."""
        self.said["story"] = answer

    def _withdraw(self) -> bool | None:
        agreed = [one for one in self.known if one.may_ask]
        for one in agreed:
            self._change(one, may_ask=False)
            self.said["may_ask"] = "no"
        return True if agreed else None

    def _change(self, customer: Known, **changes: Any) -> bool:
        self.known = tuple(replace(one, **changes) if _is_among(one, (customer,)) else one for one in self.known)
        return True


def unmet_said(script: Script, said: dict[str, str]) -> tuple[Failure, ...]:
    """What the desk was told of the customer that is not as expected; `none` is nothing."""
    return tuple(
        Failure(script.said_at, f"said of {name} is {said.get(name, NONE)}, not {wanted}")
        for name, wanted in (script.said or {}).items()
        if said.get(name, NONE) != wanted
    )


def _is_among(customer: Known, others: Sequence[Known | None]) -> bool:
    """Whether it is one of them, whatever was said since."""
    keys = [(one.name.reading, one.phone.digits) for one in others if one]
    return (customer.name.reading, customer.phone.digits) in keys
