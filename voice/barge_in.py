"""Whether somebody speaks over an answer, or the answer only hears itself: pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from intents.answers import Spoken
from intents.distance import split_morae
from intents.echo import is_echo
from intents.replies import reply_in
from intents.transcripts import Transcript, typed

FEWEST_MORAE: Final = 3
FEWEST_OF_REPLY: Final = 2  # 「はい」; one, 「え？」, is in every room


def is_interruption(partial: str, said: Sequence[Spoken]) -> bool:
    """Whether enough was heard of a running utterance to be a customer's."""
    heard = typed(partial) if partial else None
    if heard is None or heard.best is None or len(split_morae(heard.best.reading)) < FEWEST_MORAE:
        return False
    return not is_echo(heard, said)


def is_customer(heard: Transcript, said: Sequence[Spoken]) -> bool:
    """Whether an utterance that ended over an answer was a customer's.  One hypothesis that is an echo is enough."""
    best = heard.best
    if best is None:
        return False
    if reply_in(heard) is not None:
        return len(split_morae(best.reading)) >= FEWEST_OF_REPLY and not is_echo(heard, said)
    if len(split_morae(best.reading)) < FEWEST_MORAE:
        return False
    return not any(is_echo(replace(heard, hypotheses=(one,)), said) for one in heard.hypotheses)
