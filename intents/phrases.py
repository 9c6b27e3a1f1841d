"""Closed sets of short utterances: exact, compared by writing and by reading, their polite frame aside."""

from collections.abc import Mapping, Sequence

from intents.data_files import load
from intents.morae import without_long_marks
from intents.normalise import core_reading, core_text, match_key
from intents.readings import reading_of
from intents.transcripts import Transcript

_MELTED = "ア"
_LONGEST = 40  # signs; whoever says more says more than a reply


class Phrasebook:
    """Knows which of some meanings an utterance has.  A reading that two meanings share is left out."""

    def __init__(self, wordings: Mapping[str, Sequence[str]], *, beside: Sequence[str] = ()) -> None:
        """`beside` are wordings that may stand beside those of a meaning and say nothing."""
        self._by_key = {match_key(text): meaning for meaning, texts in wordings.items() for text in texts}
        self._by_reading = _unambiguous(wordings)
        frames = load("reply_frames")
        self._leads = _both_ways([*frames["leads"], *beside])
        self._tails = _both_ways([*frames["tails"], *beside])
        self._by_sounds = {without_long_marks(reading): meaning for reading, meaning in self._by_reading.items()}
        self._sounding_leads, self._sounding_tails = _sounding(self._leads), _sounding(self._tails)

    def meaning(self, transcript: Transcript) -> str | None:
        """The meaning of the best hypothesis, to the mora; None for anything else."""
        best = transcript.best
        if best is None:
            return None
        key = match_key(best.text)
        found = self._by_key.get(key) or self._by_reading.get(best.reading)
        return found or self._by_key.get(core_text(key)) or self._by_reading.get(core_reading(best.reading))

    def pieces(self, transcript: Transcript) -> tuple[str, ...]:
        """The meanings of an utterance made of nothing but wordings and small words: 「はい、もう一度お願いします」.

        Nothing when anything else is in it.
        """
        best = transcript.best
        if best is None:
            return ()
        written = _cut(match_key(best.text), self._by_key, self._leads, self._tails)
        if written:
            return written
        sounds = without_long_marks(best.reading)
        return _cut(sounds, self._by_sounds, self._sounding_leads, self._sounding_tails, is_spoken=True)


def _cut(
    text: str, known: Mapping[str, str], leads: frozenset[str], tails: frozenset[str], *, is_spoken: bool = False
) -> tuple[str, ...]:
    """The meanings along the way through the text with the fewest pieces; small words stand before or behind one.

    `is_spoken`: two ア may have become one, in 「ナオリマシタリガトー」.
    """
    if len(text) > _LONGEST:
        return ()
    ways: list[tuple[str | None, ...] | None] = [(), *(None for _ in text)]
    for end in range(1, len(text) + 1):
        for start, before in enumerate(ways[:end]):
            piece = text[start:end]
            if (
                before
                and is_spoken
                and f"{_MELTED}{piece}" in known
                and without_long_marks(text[start - 1] + "ー")[-1] == _MELTED
            ):
                piece = _MELTED + piece
            if before is None or not (piece in known or piece in leads or (before and piece in tails)):
                continue
            way = (*before, None if piece in leads else known.get(piece))
            best = ways[end]
            if best is None or len(way) < len(best):
                ways[end] = way
    return tuple(meaning for meaning in ways[-1] or () if meaning)


def _sounding(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(without_long_marks, words))


def _both_ways(texts: Sequence[str]) -> frozenset[str]:
    return frozenset(form for text in texts for form in (match_key(text), reading_of(text)))


def _unambiguous(wordings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for meaning, texts in wordings.items():
        for text in texts:
            found.setdefault(reading_of(text), set()).add(meaning)
    return {reading: next(iter(meanings)) for reading, meanings in found.items() if len(meanings) == 1}
