"""Replaying a script with an assistant, and what was not as the script expects."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from intents.callback_form import Known, Stage
from intents.transcripts import NOTHING_HEARD, Transcript, typed
from intents.when_types import TOKYO
from server.phone import e164
from voice.assistant import Assistant, Turn
from voice.simulation.desk import Stored
from voice.simulation.script import NONE, CustomerLine, Expect, Failure, Script, told_known

Hear = Callable[[CustomerLine, Assistant], tuple[Transcript, ...]]
"""What is heard of a line, given what the assistant asked: one utterance, or several where pauses were taken for ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One turn of a replay."""

    line: CustomerLine
    turn: Turn
    stage: Stage | None  # after the turn
    failures: tuple[Failure, ...]


def as_typed(line: CustomerLine, _assistant: Assistant) -> tuple[Transcript, ...]:
    """Take the line as typed; an empty one is silence."""
    return (typed(line.text) if line.text else NOTHING_HEARD,)


def replay(script: Script, assistant: Assistant, hear: Hear = as_typed) -> Iterator[Replayed]:
    """Each turn when it has happened."""
    before = ""
    for line in script.lines:
        turn = [assistant.hear(heard) for heard in hear(line, assistant)][-1]
        stage = assistant.stage
        failures = tuple(Failure(line.at, what) for what in _unmet(line.expect, turn, stage, before))
        yield Replayed(line=line, turn=turn, stage=stage, failures=failures)
        before = turn.text


def unmet_stored(script: Script, stored: Sequence[Stored]) -> tuple[Failure, ...]:
    """What of the stored request is not as expected."""
    if script.stored is None:
        return ()
    if not script.stored or len(stored) != 1:
        wanted = 1 if script.stored else 0
        wrong = len(stored) != wanted
        return (Failure(script.stored_at, f"{len(stored)} requests were stored, not {wanted}"),) if wrong else ()
    found = stored_fields(stored[0])
    return tuple(
        Failure(script.stored_at, f"stored {name} is {', '.join(found[name])}, not {', '.join(wanted)}")
        for name, wanted in script.stored.items()
        if not _matches(name, wanted, found[name])
    )


def unmet_remembered(script: Script, known: Sequence[Known]) -> tuple[Failure, ...]:
    """What of the customers remembered afterwards is not as expected."""
    found = [told_known(one) for one in known]
    if script.remembered is None or sorted(script.remembered) == sorted(found):
        return ()
    wanted = ", ".join(script.remembered) or NONE
    return (Failure(script.remembered_at, f"remembered is {', '.join(found) or NONE}, not {wanted}"),)


def stored_fields(stored: Stored) -> dict[str, tuple[str, ...]]:
    """A stored request as scripts write it."""
    request = stored.request
    return {
        "phone": (request.phone,),
        "name": (request.customer_name or NONE,),
        "reading": ((request.customer_reading or NONE).replace(" ", ""),),
        "windows": tuple(f"{_moment(w.begins)} - {_moment(w.ends)[-5:]}" for w in request.windows),
        "topic": (request.topic,),
        "article": (request.article_id or NONE,),
        "urgency": (request.urgency.value,),
        "promised": (_moment(stored.promised) if stored.promised else NONE,),
    }


def _matches(name: str, wanted: Sequence[str], found: Sequence[str]) -> bool:
    if name == "phone":
        return [_number(one) for one in wanted] == list(found)
    if name == "windows":  # the beginning alone may be given
        return len(wanted) == len(found) and all(f.startswith(w) for w, f in zip(wanted, found, strict=True))
    return [one.replace(" ", "") for one in wanted] == [one.replace(" ", "") for one in found]


def _number(text: str) -> str:
    try:
        return e164(text)
    except ValueError:
        return text


def _moment(moment: datetime) -> str:
    return moment.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M")


def _unmet(expect: Expect, turn: Turn, stage: Stage | None, before: str) -> Iterator[str]:
    said = turn.text
    yield from (f"「{text}」 is not said" for text in expect.says if text not in said)
    yield from (f"「{text}」 is said" for text in expect.not_says if text in said)
    if expect.shorter and len(said) >= len(before):
        yield "no less is said than before"
    found = {
        "outcome": turn.reaction.outcome.value,
        "article": turn.article.id if turn.article else NONE,
        "stage": stage.value if stage else NONE,
        "pace": turn.pace.value,
        "finished": turn.reaction.finished,
    }
    for name, is_so in found.items():
        wanted = getattr(expect, name)
        if wanted is not None and wanted != is_so:
            yield f"{name} is {is_so}, not {wanted}"
