"""What customers say of themselves beside their requests: how they are called, whether they may be asked how things are."""

from typing import Protocol
from uuid import UUID

from intents.address import Address
from intents.callback_form import Known


class CustomerSayings(Protocol):
    """Keeps it, and brings it to the desk.  Never raises for what disk, network or desk do."""

    def ask_later(self, customer: Known, wording: str) -> bool:
        """Keep that a remembered customer agreed, to these words, to be asked later; False when that failed."""
        ...

    def ask_no_more(self) -> bool | None:
        """Keep that nobody here is to be asked any more; None: nobody had agreed, False when that failed."""
        ...

    def call_by(self, address: Address, customer: Known | None, request: UUID | None) -> bool:
        """Keep how a remembered customer, or who made a request, is called; False when that failed."""
        ...

    def answer_story(self, story: UUID, answer: str) -> None:
        """Keep that it was asked how things are, and what was said: well, unwell, other or none."""
        ...


class NobodyKnown:
    """For a desk at which nobody is remembered: whoever speaks next is somebody else."""

    def ask_later(self, customer: Known, wording: str) -> bool:
        """See `CustomerSayings`."""
        return False

    def ask_no_more(self) -> bool | None:
        """See `CustomerSayings`."""
        return None

    def call_by(self, address: Address, customer: Known | None, request: UUID | None) -> bool:
        """See `CustomerSayings`; what is said in a conversation holds as long as it."""
        return True

    def answer_story(self, story: UUID, answer: str) -> None:
        """See `CustomerSayings`: nothing is asked here."""
