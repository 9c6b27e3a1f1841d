"""Open JTalk: how it pronounces a text, in the morae of our model, and its synthesizer."""

import re
from contextlib import redirect_stdout
from io import StringIO
from typing import Final

from intents.morae import from_kana, from_phones

with redirect_stdout(StringIO()):  # it advertises ONNX Runtime there
    import pyopenjtalk
    from pyopenjtalk.htsengine import HTSEngine

__all__ = ["HTSEngine", "labels_of", "reading_of"]

_CURRENT_PHONE: Final = re.compile(r"-(.*?)\+")  # of a full-context label


def labels_of(text: str) -> tuple[list[str], list[str]]:
    """Full-context labels for the synthesizer and the katakana morae they pronounce.

    Raises KeyError for phones that are no Japanese mora.
    """
    labels: list[str] = pyopenjtalk.make_label(pyopenjtalk.run_frontend(text))
    return labels, from_phones(_CURRENT_PHONE.findall(label)[0] for label in labels)


def reading_of(text: str) -> list[str] | None:
    """Katakana morae of a text; None when it has no reading in kana."""
    kana: str = pyopenjtalk.g2p(text, kana=True)
    return from_kana(kana.replace("’", "")) or None  # ’ marks a devoiced vowel
