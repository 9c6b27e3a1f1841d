"""The greeting of a time of day."""

from datetime import datetime
from typing import Final

from intents.answers import Spoken
from intents.prompts import prompt

MORNING: Final = range(5, 11)  # hours; later in the forenoon おはようございます sounds late
DAY: Final = range(11, 18)


def greeting(now: datetime) -> Spoken:
    """Return how a customer is greeted, asked for the question in the same breath; `now` by the customer's clock."""
    if now.hour in MORNING:
        return prompt("greeting_morning")
    return prompt("greeting_day" if now.hour in DAY else "greeting_evening")
