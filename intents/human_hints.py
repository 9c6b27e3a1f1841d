"""A human is offered before turns that come to nothing become too many."""

from dataclasses import replace

from intents.answers import Spoken
from intents.conversation_state import Outcome, Reaction, State, Understanding
from intents.prompts import desk, prompt

MOST_FAILED = 2  # turns in a row without the offer of a human


def with_human(before: State, after: State, reaction: Reaction, mind: Understanding) -> tuple[State, Reaction]:
    """Count a turn that came to nothing; from the second on (of silence the third) say how to reach a human."""
    if reaction.understood or reaction.finished:
        return replace(after, troubles=0), reaction
    troubles = before.troubles + 1
    if troubles < MOST_FAILED + (1 if is_silence(before, after, reaction) else 0):
        return replace(after, troubles=troubles), reaction
    return replace(after, troubles=0), replace(reaction, says=_beside(reaction.says, after, mind))


def is_silence(before: State, after: State, reaction: Reaction) -> bool:
    """Whether nothing was heard."""
    form = bool(after.form and after.form.silent > (before.form.silent if before.form else 0))
    return form or reaction.outcome is Outcome.NOTHING_HEARD


def _beside(says: tuple[Spoken, ...], after: State, mind: Understanding) -> tuple[Spoken, ...]:
    """In a form the question comes last."""
    if after.form is not None:
        return (prompt("human_hurry", desk=desk(mind.desk_phone)), *says)
    hint = prompt("human_hint")
    return says if any("担当者" in one.text for one in says) else (*says, hint)
