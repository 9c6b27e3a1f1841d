"""Turns of conversations, as they are written down."""

from datetime import datetime

from intents.answers import Spoken
from intents.callback_form import Form
from intents.conversation import Outcome, Pace, Reaction
from intents.conversation_state import State
from intents.transcripts import typed
from intents.when_types import TOKYO
from voice.assistant import Turn
from voice.turn_notes import Exchange

NOW = datetime(2026, 11, 24, 10, 15, tzinfo=TOKYO)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


def exchange(heard="", says="はい。", *, before=None, after=None, outcome=Outcome.ANSWER, **more):
    reaction = Reaction(outcome=outcome, says=(Spoken(text=says),))
    turn = Turn(heard=typed(heard), reaction=reaction, article=None, pace=Pace.NORMAL, match_ms=0.0)
    forms = (stage and Form(stage=stage, name=more.pop("name", None)) for stage in (before, after))
    before_state, after_state = (State(form=form) for form in forms)
    return Exchange(turn=turn, before=before_state, after=after_state, **more)


def on_disk(path):
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob("turns.db*")))
