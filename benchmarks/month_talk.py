"""A customer at a device: the real dialogue, and a customer who has a mind of their own.

A visit is a generator that yields how many seconds pass until its next step, so that many can be under way at once.
"""

import random
from collections.abc import Callable, Generator, Sequence
from typing import Final

from benchmarks.month_backend import Place
from benchmarks.month_memory import Memory, Told
from benchmarks.month_plan import Kind, Matter, Visit, given, worded
from intents.callback_form import Stage
from intents.conversation import Outcome
from intents.matching import Candidate
from intents.transcripts import typed
from server.insight.material import Sign
from voice.turn import Turn

Seconds = Generator[float, None, None]
Turns = Generator[float, None, Turn]
MOST_TRIES: Final = 2  # of saying it otherwise
MOST_ASKED: Final = 18  # turns of a form
MOST_STEPS: Final = 12
QUEUE_S: Final = 30.0
SUGGESTED: Final = "product-suggestion"
AGREED: Final = {Stage.NAME_CHECK: "はい", Stage.PHONE_CHECK: "はい", Stage.SUMMARY: "はい"}
DECLINED: Final = {Stage.KNOWN: "いいえ", Stage.REMEMBER: "いいえ", Stage.LATER: "いいえ", Stage.FORGET: "いいえ"}


class Talk:
    """One visit."""

    def __init__(self, visit: Visit, place: Place, memory: Memory, rng: random.Random) -> None:
        self._visit, self._place, self._memory, self._rng = visit, place, memory, rng
        self._assistant = place.assistant
        self._spec, self._replies = given()["customers"], given()["replies"]

    def steps(self, after: Callable[[Told], object]) -> Seconds:
        """Play it; `after` is told of each matter once the conversation is over and handed in."""
        while self._place.is_taken:
            yield QUEUE_S
        self._place.is_taken = True
        told = [(yield from self._about(self._visit.matter))]
        if told[0].sign is Sign.YES and self._visit.second:
            told.append((yield from self._about(self._visit.second)))
        yield self._pause()
        self._place.hand_in(twice=self._rng.random() < self._spec["sent_twice"])
        self._place.is_taken = False
        self._memory.told += told
        for one in told:
            after(one)

    def _about(self, matter: Matter) -> Generator[float, None, Told]:
        words = worded(matter, self._rng)
        self._place.desk.about = matter
        turn = yield from self._say(words)
        told = Told(
            matter=matter,
            device=self._place.id,
            talk=self._place.talk,
            turn=self._place.turns - 1,
            at=self._place.clock(),
            words=words,
        )
        self._note(told, turn)
        yield from self._understood(told)
        if self._assistant.stage is not None:
            yield from self._form(told)
        elif told.article is not None and told.sign is Sign.UNANSWERED:
            yield from self._answered(told)
        return told

    def _understood(self, told: Told) -> Seconds:
        """Go on until there is an answer, or a human is offered, or the customer has had enough."""
        for attempt in range(MOST_TRIES + 1):
            state = self._assistant.state
            if told.article is not None and not state.choices:
                return
            if self._assistant.stage is not None:
                return
            if attempt == MOST_TRIES:
                told.sign = Sign.LEFT if told.article is None else Sign.QUIET
                return
            turn = yield from self._say(self._otherwise(told, state.choices, attempt))
            self._note(told, turn)

    def _otherwise(self, told: Told, choices: Sequence[Candidate], attempt: int) -> str:
        titles = {choice.topic.id: choice.topic.title for choice in choices}
        if told.matter.name in titles:
            return str(titles[told.matter.name])
        if choices and attempt:
            return str(self._rng.choice(self._replies["none_of_these"]))
        return worded(told.matter, self._rng)

    def _note(self, told: Told, turn: Turn) -> None:
        if turn.article is not None:
            told.article = turn.article.id
        told.sign = Sign.LEFT if told.article is None and turn.reaction.outcome is Outcome.CLARIFY else Sign.UNANSWERED

    def _answered(self, told: Told) -> Seconds:
        told.helped = self._is_helped(told)
        told.sign = Sign.QUIET
        if told.helped:
            yield from self._helped(told)
        elif self._rng.random() >= self._spec["silent_unsolved"]:
            yield from self._not_helped(told)

    def _is_helped(self, told: Told) -> bool:
        right = SUGGESTED if told.matter.kind is Kind.SUGGESTION else told.matter.name
        return told.article == right and self._rng.random() < self._spec["solved_by_right_answer"][told.matter.kind]

    def _helped(self, told: Told) -> Seconds:
        if self._assistant.state.steps and self._rng.random() < self._spec["goes_through_steps"]:
            yield from self._through_steps()
        chance = self._rng.random()
        if chance < self._spec["says_yes"]:
            asked = self._assistant.state.asked_solved
            yield from self._say(self._rng.choice(self._replies["yes"]) if asked else "解決しました")
            told.sign = Sign.YES
        elif chance < self._spec["says_yes"] + self._spec["thanks"]:
            yield from self._say(self._rng.choice(self._replies["thanks"]))
            told.sign = Sign.THANKS

    def _through_steps(self) -> Seconds:
        yield from self._say("はい")
        for _ in range(MOST_STEPS):
            if not self._assistant.state.steps:
                return
            yield from self._say("次")

    def _not_helped(self, told: Told) -> Seconds:
        wants = self._rng.random() < self._spec["wants_human"]
        if self._assistant.state.asked_solved:
            yield from self._say(self._rng.choice(self._replies["no"]))
            told.sign = Sign.REFUSED
        elif wants:
            yield from self._say(self._rng.choice(self._replies["human"]))
        if self._assistant.stage is not None:
            yield from self._form(told, wants=wants)

    def _form(self, told: Told, *, wants: bool | None = None) -> Seconds:
        """Have the request taken down, or decline it, or leave in the middle."""
        told.sign = Sign.LEFT
        wants = self._rng.random() < self._spec["wants_human"] if wants is None else wants
        if not wants and told.matter.kind is not Kind.DANGER:
            yield from self._say(self._rng.choice(self._replies["decline"]))
            return
        until = self._rng.randrange(1, 8) if self._rng.random() < self._spec["gives_up_form"] else MOST_ASKED
        self._place.desk.request = None
        for _ in range(until):
            if self._place.desk.request is not None or self._assistant.stage is None:
                break
            yield from self._say(self._field(self._assistant.stage))
        if self._place.desk.request is not None:
            told.request, told.sign = self._place.desk.request, Sign.REQUEST

    def _field(self, stage: Stage) -> str:
        who, replies = self._visit.who, self._replies
        texts = {
            Stage.CONSENT: self._rng.choice(replies["agree"]),
            Stage.NAME: f"{who.name}です",
            Stage.PHONE: f"0{who.phone[3:5]}-{who.phone[5:9]}-{who.phone[9:]}",
            Stage.WHEN: self._rng.choice(replies["wishes"]),
            Stage.OFFER: self._rng.choice(replies["first"]),
        }
        return str((texts | AGREED | DECLINED).get(stage, "はい"))

    def _say(self, text: str) -> Turns:
        yield self._pause()
        self._place.turns += 1
        return self._assistant.hear(typed(text))

    def _pause(self) -> float:
        return self._rng.uniform(*self._spec["turn_seconds"])
