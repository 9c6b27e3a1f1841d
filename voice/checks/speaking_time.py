"""How long texts take to say, from their morae and pauses, without rendering them.

Open JTalk's own voice at the normal pace: 0.129 s a mora, 0.374 s a comma, 0.889 s a sentence (its pause included), by
least squares on 80 answers, steps and tips of the sample base; on 40 others the mean error is 0.24 s, the largest 0.64 s
(`python -m benchmarks.speaking_time`).
"""

from collections.abc import Callable, Iterator
from typing import Final

from intents.answers import Spoken
from intents.matching import Topic
from intents.morae import from_kana
from intents.readings import morae_of
from kb.articles import Article
from kb.checking import Finding, Severity
from voice.knowledge import Answers
from voice.speaker import Speaker, speakable
from voice.speech.sentences import sentences

MORA_S: Final = 0.129  # 7.7 morae a second while speaking, 5.8 with pauses
COMMA_S: Final = 0.374
SENTENCE_S: Final = 0.889
LIMIT_S: Final = 20.0
UNSURE_S: Final = 2.0  # three times the largest error of the estimate
_MOST_MORAE: Final = 3  # of a written character, in the mean over a text
_REMEDY: Final = "say the main thing in the answer and the rest in steps, told one at a time"


def counted(spoken: Spoken) -> tuple[int, int, int]:
    """Morae, commas and sentences of a text."""
    said = speakable(spoken)
    morae = from_kana(spoken.reading) if spoken.reading else None
    return len(morae_of(said) if morae is None else morae), said.count("、"), len(sentences(said))


def seconds(spoken: Spoken, *, speed: float = 1.0) -> float:
    """The estimate; `speed` as in the setting speech_speed."""
    morae, commas, pauses = counted(spoken)
    return _estimate(morae, commas, pauses) / speed


def _estimate(morae: int, commas: int, pauses: int) -> float:
    return morae * MORA_S + commas * COMMA_S + pauses * SENTENCE_S


def too_long(article: Article, length_s: Callable[[Spoken], float], *, speed: float = 1.0) -> Iterator[Finding]:
    """The answer, or a step, over 20 s; the answer with its tip, as a note.

    `length_s` is asked for what is not short anyway; `speed` as in the setting speech_speed.
    """
    answer = Answers([article]).answer(Topic(id=article.id, title="", wordings=()))
    for what, spoken in (("the answer", answer.spoken), *(("a step", step) for step in answer.steps)):
        if not _is_short(spoken, speed) and (length := length_s(spoken)) > LIMIT_S:
            yield _finding(article, spoken.text, Severity.WARNING, f"{what} takes about {length:.0f} s to say")
    if answer.tip and not answer.steps and not article.safety:  # only then the tip is told
        length, with_tip = length_s(answer.spoken), length_s(answer.spoken) + length_s(answer.tip)
        if with_tip > LIMIT_S >= length:
            message = f"the answer and its tip take about {with_tip:.0f} s to say"
            yield _finding(article, answer.tip.text, Severity.NOTE, message)


def measured(voice: Speaker, *, speed: float = 1.0) -> Callable[[Spoken], float]:
    """Seconds by the estimate; rendered where that is too close to the limit to tell."""

    def length_s(spoken: Spoken) -> float:
        estimate = seconds(spoken, speed=speed)
        if abs(estimate - LIMIT_S) > UNSURE_S:
            return estimate
        return sum(chunk.duration_ms for chunk in voice.rendered([spoken])) / 1000

    return length_s


def _is_short(spoken: Spoken, speed: float) -> bool:
    """Far below the limit whatever its reading, which takes milliseconds to find."""
    said = speakable(spoken)
    return _estimate(_MOST_MORAE * len(said), said.count("、"), len(sentences(said))) / speed < LIMIT_S


def _finding(article: Article, text: str, severity: Severity, message: str) -> Finding:
    return Finding(
        code="answer-too-long",
        severity=severity,
        article_id=article.id,
        text=text,
        message=f"{message} (limit {LIMIT_S:.0f} s)",
        remedy=_REMEDY,
    )
