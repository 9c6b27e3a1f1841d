"""What the smart speaker looks for now and then, in audio time: news of calls, and whether the desk can be reached."""

from typing import Final

from voice.speaker_box import Manner

LOOK_EVERY_MS: Final = 5_000


class Lookout:
    """What the light shall tell of the world outside."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._since_ms = float(LOOK_EVERY_MS)
        self.news = self.offline = False

    def pass_time(self, passed_ms: float) -> bool:
        """Let so much time pass; whether it is time to look."""
        self._since_ms += passed_ms
        return self._since_ms >= LOOK_EVERY_MS

    def look(self) -> bool:
        """Look; whether there is news that was not there before."""
        self._since_ms = 0.0
        before, self.news = self.news, self._manner.news_waits()
        self.offline = self._manner.is_offline()
        return self.news and not before

    def told(self) -> None:
        """The news is told now."""
        self.news = False
