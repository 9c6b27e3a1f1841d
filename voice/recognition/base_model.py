"""What customers of this base may say, as a language model over morae.

An n-gram of the words of the wordings, in which their pieces combine anew; the same wordings behind openings and before
polite endings; replies; and, for words that the base does not have, the model's own n-gram of open speech.  The figures
were chosen on development questions (`python -m benchmarks.recognition`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from intents.morae import MORA_PHONES
from voice.modelkit.ngram import MoraLm, ngram
from voice.recognition.frames import framed
from voice.recognition.open_speech import open_speech
from voice.recognition.spoken_words import Word, cut
from voice.recognition.word_model import expanded, with_unknown, word_ngram

WORD_ORDER: Final = 3
FRAMED_WEIGHT: Final = 0.3  # of a wording in a frame against the bare one
LEAVE_COST: Final = 4.0  # from words to open speech; natural logarithms, before SCALE
RETURN_COST: Final = 2.0  # and back
SCALE: Final = 1.0  # of the language model against the sound
INSERTION_COST: Final = 0.7  # of every mora: noise is heard as many
_OPEN_SCALE: Final = 0.7  # with which our models' Gr.fst is written
_LOOP_ORDER: Final = 4


def base_model(
    phrases: Mapping[str, str], model: Path, *, leave: float = LEAVE_COST, often: Mapping[str, float] | None = None
) -> MoraLm:
    """The language model of these phrases, given as their readings and how they are written, for the model in a folder.

    `often` says how many times likelier than the others some are, by their readings.  Raises ModelDamaged.
    """
    weights = often or {}
    cuts = [cut(text, reading) for reading, text in sorted(phrases.items())]
    plain = [wording.words for wording in cuts]
    likely = [weights.get(reading, 1.0) for reading in sorted(phrases)]
    sentences = [*zip(plain, likely, strict=True), *((words, FRAMED_WEIGHT) for words in framed(cuts))]
    other = open_speech(model, scale=_OPEN_SCALE) or _mora_loop(plain)
    return with_unknown(expanded(word_ngram(sentences, WORD_ORDER)), other, leave=leave, come_back=RETURN_COST)


def _mora_loop(wordings: Sequence[Sequence[Word]]) -> MoraLm:
    """An n-gram of the morae of the wordings, for a model without open speech; every mora was also heard by itself."""
    readings = [([mora for word in words for mora in word], 1.0) for words in wordings]
    alone = [([mora], 1.0) for mora in MORA_PHONES]
    return ngram([*readings, *alone], order=_LOOP_ORDER, cutoffs=(1,) * _LOOP_ORDER)
