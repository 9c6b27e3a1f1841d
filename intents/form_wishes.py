"""What an utterance asks of the form itself: to change something, to cancel, to skip."""

from functools import cache

from intents.data_files import load
from intents.phrases import Phrasebook
from intents.readings import reading_of
from intents.replies import Reply, wordings
from intents.transcripts import Transcript


def wish_in(heard: Transcript) -> str | None:
    """Return what an utterance asks of the form itself: to change something, to cancel, to skip."""
    found = set(phrases().pieces(heard))
    if not found and _has_had_enough(heard):
        return "cancel"
    return phrases().meaning(heard) or (found.pop() if len(found) == 1 else _change_in(heard))


def _change_in(heard: Transcript) -> str | None:
    """Return what is to be changed when it is told in a sentence: 「電話番号を家のに変えたいんです」."""
    best = heard.best
    if best is None:
        return None
    words = load("callback")["change"]
    said = {name for name, parts in words.items() if any(part in best.text or part in best.reading for part in parts)}
    wish = said - {"words"}
    return wish.pop() if "words" in said and len(wish) == 1 else None


@cache
def phrases() -> Phrasebook:
    """Return what else can be said at any stage: what to change, to cancel, to skip."""
    return Phrasebook(load("callback")["wordings"], beside=[*wordings()[Reply.YES], *wordings()[Reply.NO]])


def _has_had_enough(heard: Transcript) -> bool:
    """Whether it ends so, as it sounds: 「疲れたからもういい」, but neither 「それでもういいです」 nor 「早めます」."""
    best = heard.best
    if best is None:
        return False
    ends, others = _enough()
    return best.reading.endswith(ends) and not best.reading.endswith(others)


@cache
def _enough() -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = load("callback")["enough"]
    ends = tuple(map(reading_of, words["endings"]))
    return ends, tuple(before + end for before in words["not_behind"] for end in ends)
