"""What is left of an answer without the words that only say it suits: 「いつでも」 of 「いつでも大丈夫です」."""

import re
from dataclasses import replace
from functools import cache

from intents.data_files import load
from intents.transcripts import Hypothesis, Transcript


def without_assent(heard: Transcript) -> Transcript:
    """Return what was heard without assent at its end.

    Articles of danger are asked for with 「…大丈夫ですか」; an answer that a form has understood is no report of danger for that
    word alone.  A hypothesis of which nothing is left is left out; without any, nothing was heard.
    """
    left = (_left(one) for one in heard.hypotheses)
    return replace(heard, hypotheses=tuple(one for one in left if one.text or one.reading))


def _left(one: Hypothesis) -> Hypothesis:
    written, spoken = _ends()
    return replace(one, text=written.sub("", spoken.sub("", one.text)).strip(), reading=spoken.sub("", one.reading))


@cache
def _ends() -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = load("assent")
    return re.compile(table["written"]), re.compile(table["spoken"])
