"""Taking down a request for a call, as far as the device has to act: what a case is about, and who keeps and sends it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from intents import callback, callback_memory, callback_words
from intents.answers import Spoken
from intents.callback_form import Form, Known, Setting, Stage, Step, Wanted
from intents.callback_memory import AFTERWARDS
from intents.complaints import is_complaint
from intents.conversation import Outcome, Reaction, State, Understanding
from intents.new_time import Moved, Taken
from intents.news import CallNews, Rating
from intents.phone_slot import e164_of
from intents.transcripts import Transcript
from intents.when_types import TOKYO, Window, Wishes
from server.deliveries import Arrived, Delivery, Refused
from server.spans import Span
from voice.customer_sayings import CustomerSayings

DELIVERY_WAIT_S: Final = 3.0  # longer a customer does not like to wait in silence
GENERAL: Final = "general"  # the topic of what no article is about


class Speaker(StrEnum):
    """Who spoke."""

    CUSTOMER = "customer"
    DEVICE = "device"


class Weight(StrEnum):
    """How urgent a case is; codes of the desk."""

    SAFETY = "safety"
    COMPLAINT = "complaint"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one of the two said, in one turn."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a conversation was about before a call was asked for."""

    topic: str = GENERAL
    article_id: str | None = None  # answered last; None: no article was
    weight: Weight = Weight.NORMAL
    lines: tuple[Line, ...] = field(default=(), repr=False)  # nothing of the taking down itself
    agreed_at: datetime | None = None  # when the customer consented; aware
    phone: str = field(default="", repr=False)  # as E.164, once it is known whose call it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A request of which something is not told yet."""

    id: UUID
    before: CallNews | None  # what was told last
    after: CallNews
    may_recommend: bool = False  # the desk lets the customer be asked whether they would recommend us


class Promises(Protocol):
    """Knows what became of this device's requests.  Never raises for what disk, network or desk do."""

    def news(self) -> tuple[Change, ...]:
        """Return what became of them, as far as it is known here; does not ask the desk."""
        ...

    def note_told(self, request_id: UUID, news: CallNews) -> None:
        """Remember that the customer was told."""
        ...

    def rate(self, request_id: UUID, rating: Rating) -> None:
        """Keep the answer to the one question after a case, and bring it to the desk."""
        ...

    def recommend(self, request_id: UUID, score: int | None) -> None:
        """Keep that the customer was asked whether they would recommend us, and what they said, 0 to 10."""
        ...

    def offers(self, request_id: UUID, wishes: Wishes | None) -> tuple[Window, ...] | None:
        """Return to what times a call can be moved, within the wishes where there are some and any is free then.

        Soonest first; None when the desk cannot be asked within some seconds.
        """
        ...

    def choose(self, request_id: UUID, slot: Window) -> Moved | Taken | None:
        """Have this time promised; None when the desk did not say within some seconds what it made of it."""
        ...

    def withdraw(self, request_id: UUID) -> bool:
        """Say that no call is wanted any more; False when the desk did not say within some seconds that it knows."""
        ...

    def is_finished(self, request_id: UUID) -> bool:
        """Return whether the desk says, within some seconds, that it has done with the case: no call comes of it."""
        ...


class CallDesk(Promises, Protocol):
    """Keeps requests and brings them to the desk.  Never raises for what disk, network or desk do."""

    @property
    def sayings(self) -> CustomerSayings:
        """Return what keeps what customers say of themselves."""
        ...

    def setting(self, now: Callable[[], datetime]) -> Setting:
        """Return what the taking down has to know beside the desk's number: opening hours, known customers."""
        ...

    def slots(self, wishes: Wishes, matter: Matter) -> tuple[Window, ...] | None:
        """Return what is free, soonest first; None when the desk cannot be asked."""
        ...

    def store(self, form: Form, matter: Matter) -> UUID | None:
        """Keep the request so that it survives a power cut; None when it could not be kept."""
        ...

    def remember(self, customer: Known, instead: Known | None) -> bool:
        """Remember a customer who agreed, in place of `instead`, as whom they were known; False when that failed."""
        ...

    def forget(self) -> bool:
        """Erase all customers this device remembers; False when that failed."""
        ...

    def delivered(self, request_id: UUID, wait_s: float) -> Delivery | None:
        """Return what the desk made of it, waiting for so long; None when it is still on its way."""
        ...


class Notes:
    """What is noted of a conversation for the agent who calls; in memory only."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._topic, self._article = GENERAL, ""
        self._weight = Weight.NORMAL
        self._agreed_at: datetime | None = None
        self.not_to_be_remembered = False  # the customer was asked, and did not say yes

    def take(self, heard: Transcript, before: State, after: State, reaction: Reaction, now: datetime) -> None:
        """Note a turn.  Names and numbers are told while a request is taken down: of that nothing but a danger is."""
        was_at = before.form.stage if before.form else Stage.CONSENT
        if was_at is Stage.CONSENT and after.form is not None:
            self._agreed_at = None if after.form.stage is Stage.CONSENT else now
        went_on = was_at in AFTERWARDS and (reaction.outcome is not Outcome.CALLBACK or _begins(after))
        if was_at is Stage.REMEMBER and reaction.wanted is not Wanted.REMEMBER:
            self.not_to_be_remembered = True
        complains = after.complaint and is_complaint(heard)  # word for word, whatever was asked
        if before.form is None or went_on or reaction.topic is not None or complains:
            self._add(Speaker.CUSTOMER, heard.best.text if heard.best else "")
            if after.form is None or reaction.topic is not None:
                in_passing = _is_in_passing(before, reaction)  # behind the answer the form's question is said
                self._add(Speaker.DEVICE, _text(reaction.says[:1] if in_passing else reaction.says))
        self._note_topic(before, after, reaction)

    def about(self, topic: str, said: str) -> None:
        """Note that a call is wanted because things are not well with an earlier matter, and in which words."""
        self._topic, self._article = topic or GENERAL, ""
        self._add(Speaker.CUSTOMER, said)

    def matter(self) -> Matter:
        """Return what it is about so far."""
        return Matter(
            topic=self._topic,
            article_id=self._article or None,
            weight=self._weight,
            lines=tuple(self._lines),
            agreed_at=self._agreed_at,
        )

    def _add(self, speaker: Speaker, text: str) -> None:
        if text.strip():
            self._lines.append(Line(speaker=speaker, text=text))

    def _note_topic(self, before: State, after: State, reaction: Reaction) -> None:
        """What was asked in passing, while a request was taken down, is not what the call is about."""
        if _is_in_passing(before, reaction):
            pass
        elif reaction.topic is not None:
            self._topic = self._article = reaction.topic.id
        elif reaction.outcome is Outcome.CLARIFY and after.choices:
            self._topic, self._article = after.choices[0].topic.id, ""
        self._weight = Weight.SAFETY if after.danger else Weight.COMPLAINT if after.complaint else Weight.NORMAL


def _is_in_passing(before: State, reaction: Reaction) -> bool:
    """Whether something harmless was asked while a request was taken down."""
    in_form = before.form is not None and before.form.stage not in AFTERWARDS
    return in_form and not (reaction.topic and reaction.topic.safety)


def _begins(state: State) -> bool:
    return state.form is not None and state.form.stage is Stage.CONSENT


def with_calls(
    understanding: Understanding, desk: CallDesk, notes: Notes, now: Callable[[], datetime]
) -> Understanding:
    """Return it with how this desk's requests are taken down."""
    setting = desk.setting(now)
    if notes.not_to_be_remembered:  # asked once in a conversation
        setting = replace(setting, remembers=False)
    return replace(understanding, calls=replace(setting, desk_phone=understanding.desk_phone))


def carry_out(
    desk: CallDesk,
    wanted: Wanted,
    form: Form,
    matter: Matter,
    setting: Setting,
    kept: Callable[[UUID], object] = lambda _: None,
    follow: Callable[[UUID, Delivery | None], object] = lambda _id, _delivery: None,
) -> Step:
    """Do what a step of the taking down wants, and go on with what came of it.

    `kept` is told of a request's id, `follow` what came of a request that is not refused.
    """
    if wanted is Wanted.SLOTS:
        of_customer = replace(matter, phone=e164_of(form.phone) if form.phone.is_complete else "")
        return callback.with_slots(form, desk.slots(form.wishes, of_customer) if form.wishes else None, setting)
    if wanted in (Wanted.REMEMBER, Wanted.LATER, Wanted.FORGET):
        return _about_memory(desk, wanted, form, setting)
    request_id = desk.store(form, matter)
    if request_id is None:
        return callback.stored(form, False, setting)
    form = replace(form, request=request_id)
    kept(request_id)
    delivery = desk.delivered(request_id, DELIVERY_WAIT_S)
    if not isinstance(delivery, Refused):
        follow(request_id, delivery)
    if isinstance(delivery, Arrived):
        return callback.arrived(form, window_of(delivery.promise), setting, delivery.tier)
    setting = replace(setting, connected=desk.setting(setting.now).connected)  # it may just have turned the device away
    # A request the desk has refused stays for a person to look at: nobody may rely on that.
    return callback.stored(form, not isinstance(delivery, Refused), setting)


def _about_memory(desk: CallDesk, wanted: Wanted, form: Form, setting: Setting) -> Step:
    if wanted is Wanted.FORGET:
        return callback_memory.forgotten(form, desk.forget(), setting)
    customer = callback_memory.customer_of(form)
    if wanted is Wanted.REMEMBER:
        return callback_memory.remembered(form, desk.remember(customer, form.known))
    return callback_memory.may_be_asked(form, desk.sayings.ask_later(customer, callback_words.say("later").text))


def window_of(span: Span | None) -> Window | None:
    """Return the desk's time by Tokyo's clock."""
    return None if span is None else Window(begins=span.begins.astimezone(TOKYO), ends=span.ends.astimezone(TOKYO))


def _text(says: Sequence[Spoken]) -> str:
    return "".join(spoken.text for spoken in says)
