"""What a base makes of questions, typed or really spoken and heard: the try-out of an article, and the gate's suite."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock, Thread
from typing import Final, TypeVar

import numpy as np

from intents.answers import Spoken
from intents.decision import Ambiguous, Decision, Matched, decide
from intents.matching import Candidate, Wording
from intents.readings import reading_of
from intents.replies import reply_in
from intents.transcripts import NOTHING_HEARD, Transcript
from server.knowledge.asking import Recording
from server.knowledge.content import Base, Plain
from server.knowledge.errors import WorkshopFailed
from server.knowledge.gate import Group, Outcome, Question
from server.knowledge.ports import Match, Progress, Shift, Tried, Understood
from voice.audio import Samples
from voice.audio_files import AudioFile
from voice.checks.reachability import as_heard
from voice.checks.round_trip import first_utterance, take
from voice.desk_contents import Bench
from voice.desk_recordings import recordings_in
from voice.errors import VoiceError
from voice.mind import Mind
from voice.ports import SpeechSynthesizer
from voice.speaker import speakable

SHOWN: Final = 5  # candidates
NEIGHBOURS: Final = 25  # articles whose wordings are asked for `shifts`
BEAT_S: Final = 0.5
Made = TypeVar("Made")
_WORDINGS: Final = 4  # of each neighbour


class DeskUnderstanding:
    """A `TryOut` and a `Suite`.  One thread at a time hears."""

    def __init__(self, bench: Bench, voice: Callable[[], SpeechSynthesizer], *, recordings: Path | None = None) -> None:
        self._bench = bench
        self._made = voice
        self._folder = recordings
        self._hearing = Lock()

    @cached_property
    def _voice(self) -> SpeechSynthesizer:
        return self._made()

    def tried(self, text: str, content: Plain, base: Base, *, aloud: bool) -> Tried:
        """See `TryOut`."""
        with _told():
            after = self._bench.minds.of(base.having(content))
            before = self._bench.minds.of(base) if base.get(content["id"]) != content else None
            readings = content.get("readings", {})
            heard = self._spoken(text, readings, after) if aloud else self._perfect(text, readings)
            best = heard.best
            return Tried(
                heard=best.text if best else "",
                kana=best.reading if best else "",
                with_draft=_understood(heard, after),
                without_draft=_understood(heard, before) if before else None,
            )

    def shifts(self, content: Plain, base: Base) -> tuple[Shift, ...]:
        """See `TryOut`."""
        with _told():
            before, after = self._bench.minds.of(base), self._bench.minds.of(base.having(content))
            found = (
                self._shift(other, text, before, after)
                for other in self._neighbours(content, base, after)
                for text in other.get("variants", ())[:_WORDINGS]
            )
            return tuple(one for one in found if one)

    def outcomes(self, base: Base, questions: Sequence[Question], beat: Progress) -> Iterator[Outcome]:
        """See `Suite`."""
        with _told():
            mind = _while_beating(lambda: self._bench.minds.of(base), beat)
            if any(one.group in (Group.SPOKEN, Group.RECORDED) for one in questions):
                _while_beating(lambda: self._bench.ears.prepare(mind), beat)
            for question in questions:
                beat()
                yield outcome_of(self._heard(question, base, mind), question.wanted, mind)

    def recordings(self) -> tuple[Recording, ...]:
        """See `Suite`."""
        return recordings_in(self._folder) if self._folder else ()

    def _heard(self, question: Question, base: Base, mind: Mind) -> Transcript:
        readings = (base.get(question.wanted) or {}).get("readings", {})
        if question.group is Group.SPOKEN:
            return self._spoken(question.text, readings, mind)
        if question.group is Group.RECORDED and self._folder:
            return self._listened(_samples(self._folder / question.recording), mind)
        return self._perfect(question.text, readings)

    def _perfect(self, text: str, readings: dict[str, str]) -> Transcript:
        """What the model in use would hand over if it heard without an error."""
        reading = reading_of(text, readings)
        return as_heard(Wording(text=text, reading=reading), kana=self._bench.hears_kana) if reading else NOTHING_HEARD

    def _spoken(self, text: str, readings: dict[str, str], mind: Mind) -> Transcript:
        if not reading_of(text, readings):
            return NOTHING_HEARD
        return self._listened(take(speakable(Spoken(text=text, overrides=readings)), self._voice, None), mind)

    def _listened(self, samples: Samples, mind: Mind) -> Transcript:
        with self._hearing:
            return first_utterance(self._bench.ears.recognizer(mind), samples)

    def _neighbours(self, content: Plain, base: Base, after: Mind) -> list[Plain]:
        """The articles that come close to a wording of the draft, the closest first."""
        scores: dict[str, float] = {}
        for text in content.get("variants", ()):
            for candidate in after.understanding.matcher.rank(self._perfect(text, content.get("readings", {}))):
                scores[candidate.topic.id] = max(scores.get(candidate.topic.id, 0.0), candidate.score)
        ids = sorted(scores.keys() - {content["id"]}, key=lambda one: -scores[one])[:NEIGHBOURS]
        return [found for one in ids if (found := base.get(one))]

    def _shift(self, other: Plain, text: str, before: Mind, after: Mind) -> Shift | None:
        heard = self._perfect(text, other.get("readings", {}))
        was, now = (outcome_of(heard, other["id"], mind) for mind in (before, after))
        order = list(Outcome)
        if order.index(now) <= order.index(was):
            return None
        return Shift(article_id=other["id"], title=str(other["title"]), wording=text, before=was, after=now)


def outcome_of(heard: Transcript, wanted: str, mind: Mind) -> Outcome:
    """Return what a customer who wanted that article would have got as the first turn."""
    nothing = Outcome.MISSED if wanted else Outcome.RIGHT
    if heard.best is None:
        return nothing
    if reply_in(heard):
        return Outcome.WRONG if wanted else Outcome.RIGHT
    decision = _decision(heard, mind)
    if isinstance(decision, Matched):
        return Outcome.RIGHT if decision.candidate.topic.id == wanted else Outcome.WRONG
    if isinstance(decision, Ambiguous) and wanted in [one.topic.id for one in decision.candidates]:
        return Outcome.ASKED
    return nothing


def _understood(heard: Transcript, mind: Mind) -> Understood:
    if heard.best is None:
        return Understood(decision="human", articles=(), matches=())
    ranked = mind.understanding.matcher.rank(heard)
    matches = tuple(_match(one) for one in ranked[:SHOWN])
    if reply_in(heard):
        return Understood(decision="reply", articles=(), matches=matches)
    decision = decide(ranked, mind.understanding.costs)
    if isinstance(decision, Matched):
        return Understood(decision="answer", articles=(decision.candidate.topic.id,), matches=matches)
    if isinstance(decision, Ambiguous):
        return Understood(decision="ask", articles=tuple(one.topic.id for one in decision.candidates), matches=matches)
    return Understood(decision="human", articles=(), matches=matches)


def _decision(heard: Transcript, mind: Mind) -> Decision:
    return decide(mind.understanding.matcher.rank(heard), mind.understanding.costs)


def _match(candidate: Candidate) -> Match:
    topic = candidate.topic
    return Match(article_id=topic.id, title=topic.title, score=candidate.score, wording=candidate.wording)


def _samples(path: Path) -> Samples:
    return np.concatenate([chunk.samples for chunk in AudioFile(path).chunks()])


def _while_beating(make: Callable[[], Made], beat: Progress) -> Made:
    """Return what is made in another thread; `beat` is called meanwhile, and what it raises leaves that thread alone."""
    made: Future[Made] = Future()

    def run() -> None:
        try:
            made.set_result(make())
        except BaseException as error:  # it is raised again where it is waited for
            made.set_exception(error)

    Thread(target=run, name="gate-making", daemon=True).start()
    while not wait([made], timeout=BEAT_S).done:
        beat()
    return made.result()


@contextmanager
def _told() -> Iterator[None]:
    """Whatever the device's parts raise means the same to the desk."""
    try:
        yield
    except VoiceError as error:
        raise WorkshopFailed(str(error)) from error
