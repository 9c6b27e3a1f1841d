"""Closed sets of short utterances: exact, compared by writing and by reading, their polite frame aside."""

from collections.abc import Mapping, Sequence

from intents.normalise import core_reading, core_text, match_key
from intents.readings import reading_of
from intents.transcripts import Transcript


class Phrasebook:
    """Knows which of some meanings an utterance has.  A reading that two meanings share is left out."""

    def __init__(self, wordings: Mapping[str, Sequence[str]]) -> None:
        self._by_key = {match_key(text): meaning for meaning, texts in wordings.items() for text in texts}
        self._by_reading = _unambiguous(wordings)

    def meaning(self, transcript: Transcript) -> str | None:
        """The meaning of the best hypothesis, to the mora; None for anything else."""
        best = transcript.best
        if best is None:
            return None
        key = match_key(best.text)
        found = self._by_key.get(key) or self._by_reading.get(best.reading)
        return found or self._by_key.get(core_text(key)) or self._by_reading.get(core_reading(best.reading))


def _unambiguous(wordings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for meaning, texts in wordings.items():
        for text in texts:
            found.setdefault(reading_of(text), set()).add(meaning)
    return {reading: next(iter(meanings)) for reading, meanings in found.items() if len(meanings) == 1}
