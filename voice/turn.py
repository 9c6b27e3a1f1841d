"""What one exchange between a customer and the assistant came to."""

from dataclasses import dataclass

from intents.conversation import Pace, Reaction
from intents.transcripts import Transcript
from kb.articles import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One exchange: what was heard and what came of it."""

    heard: Transcript
    reaction: Reaction
    article: Article | None  # the one answered
    pace: Pace
    match_ms: float

    @property
    def text(self) -> str:
        """Everything said, as one text."""
        return "".join(spoken.text for spoken in self.reaction.says)
