"""What is said behind an answer."""

import re
from typing import Final

from intents.answers import Answer, Spoken
from intents.conversation_state import Understanding
from intents.matching import Topic
from intents.prompts import desk, prompt

PHONE_NUMBER: Final = re.compile(r"\d{2,4}[-－ー]\d{2,4}[-－ー]\d{3,4}")


def said_behind(answer: Answer, topic: Topic, mind: Understanding) -> tuple[Spoken, ...]:
    """Return what is said after the answer: in danger where a human is, at once; else the offer of steps, or a tip."""
    if topic.safety:
        told = PHONE_NUMBER.search(answer.spoken.text)
        return () if told else (prompt("safety_human", desk=desk(mind.desk_phone)),)
    if answer.steps:
        return (prompt("steps_offer"),)
    return (answer.tip,) if answer.tip and not mind.tips_later else ()
