"""Looking for words in what was said, by writing and by sound: かな finds 漢字.  Pure."""

from dataclasses import dataclass
from typing import Final, Self

from intents.normalise import match_key
from server.insight.listening import reading_heard

SHORTEST_SOUND: Final = 3  # signs of a reading; shorter ones are in too many other words


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for."""

    key: str
    sound: str  # "" when too short to be looked for by sound

    @classmethod
    def of(cls, typed: str) -> Self | None:
        """Return what somebody typed; None when there is nothing to it."""
        key, sound = match_key(typed), reading_heard(typed)
        if not key:
            return None
        return cls(key, sound if len(sound) >= SHORTEST_SOUND else "")

    def is_in(self, text: str) -> bool:
        """Whether a text has it, as written or as it sounds."""
        return self.key in match_key(text) or bool(self.sound and self.sound in reading_heard(text))
