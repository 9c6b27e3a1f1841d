"""What an answer to a question back chooses."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from intents.answers import Spoken
from intents.conversation_state import Understanding
from intents.decision import Costs, Matched, danger_in
from intents.matching import Candidate, Topic
from intents.prompts import which_of

WORTH_ASKING: Final = 0.05  # probability from which a topic is more than noise
SECOND_GUESSES: Final = 1  # more would be a quiz
CHOICE_FLOOR: Final = 0.005  # an answer to a question back may be vaguer than a question: 「期限のほう」
CHOICE_LEAD: Final = 4.0  # how many times likelier than the others the chosen one must be


def chosen(choices: Sequence[Candidate], ranked: Sequence[Candidate], costs: Costs) -> Matched | None:
    """Return the candidate among those asked about that the words fit clearly better than the others."""
    asked = {c.topic.id for c in choices}
    if danger_in([c for c in ranked if c.topic.id not in asked]) >= costs.danger_from:
        return None
    fitting = [c for c in ranked if c.topic.id in asked and c.score >= CHOICE_FLOOR]
    if not fitting or (ranked[0].topic.id not in asked and ranked[0].score >= WORTH_ASKING):
        return None
    clear = len(fitting) == 1 or fitting[0].score >= CHOICE_LEAD * fitting[1].score
    return Matched(candidate=fitting[0]) if clear else None


def asked_which(choices: tuple[Candidate, ...], mind: Understanding) -> Spoken:
    """Return the question back, with the articles' own readings of their titles."""
    asked = which_of(choices)
    own = {word: kana for c in choices for word, kana in mind.book.answer(c.topic).spoken.overrides.items()}
    return replace(asked, overrides={**asked.overrides, **own})


def others(topic: Topic, ranked: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """What else may have been meant than what was answered."""
    return tuple(c for c in ranked if c.topic.id != topic.id and c.score >= WORTH_ASKING)[:SECOND_GUESSES]
