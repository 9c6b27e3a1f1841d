"""What customers say of themselves in a conversation: how things are since the last time, how they want to be called."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from intents.address import Address, address_sentence, address_wish
from intents.answers import Spoken
from intents.callback_form import Form, Known, Setting, Stage
from intents.callback_leaving import wants_human
from intents.callback_memory import AFTERWARDS
from intents.callback_moves import question
from intents.callback_words import addressed
from intents.conversation import State
from intents.morae import without_long_marks
from intents.name_slot import NameHeard
from intents.name_words import pronounced
from intents.questions import asks
from intents.replies import Reply, reply_in
from intents.story import StoryAnswer, is_withdrawing, story_answer, story_sentence
from intents.transcripts import Transcript
from server.notices import ToTell
from voice.customer_sayings import CustomerSayings
from voice.news_moments import Asking
from voice.news_questions import Aside
from voice.news_talk import REPEATING

NONE: Final = "none"  # asked, and nothing said to it yet
OTHER: Final = "other"
_NAME_ASKED: Final = (Stage.NAME, Stage.NAME_CHECK)
_NOES: Final = (Reply.NO, Reply.DECLINE, Reply.STOP)


class CustomerTalk:
    """One customer, one thread."""

    def __init__(self, sayings: CustomerSayings) -> None:
        self._sayings = sayings
        self.forget()

    def forget(self) -> None:
        """The next customer begins anew."""
        self._story: ToTell | None = None
        self._offers_call = self._was_reminded = False
        self._address: Address | None = None  # wished before anybody was known
        self._own: tuple[UUID, NameHeard | None] | None = None  # the request of this conversation

    @property
    def asks(self) -> bool:
        """Whether the last thing said was how things are, or whether a call is wanted because of it."""
        return self._story is not None

    @property
    def asks_yes_or_no(self) -> bool:
        """Whether it was one of yes and no."""
        return self._offers_call or (self.asks and self._was_reminded)

    def ask(self, story: ToTell | None) -> None:
        """Know that this was asked just now; that it was is told to the desk at once."""
        if story is not None:
            self._story, self._offers_call, self._was_reminded = story, False, False
            self._sayings.answer_story(story.id, NONE)

    def keep(self, request: UUID, form: Form | None) -> None:
        """Know the request that was kept just now."""
        self._own = request, form.name if form else None

    def in_form(self, state: State) -> State:
        """Have a form call its customer as they wished before."""
        if self._address is None or state.form is None or state.form.address is not None:
            return state
        return replace(state, form=replace(state.form, address=self._address))

    def take(self, heard: Transcript, state: State, asking: Asking, setting: Setting | None) -> Aside | None:
        """Take what is said of it; None: something else was, and what was asked is let go."""
        if heard.best is not None and setting is not None and not self._is_telling_name(state):
            aside = self._withdrawn(heard, state, setting) or self._called(heard, state, setting)
            if aside is not None:
                return aside
        if self._story is None or reply_in(heard) in REPEATING:
            return None
        story, offers = self._story, self._offers_call
        self._story, self._offers_call = None, False
        if heard.best is None or asking.is_dangerous():
            return None
        return self._about_call(heard, story) if offers else self._answered(heard, story, asking)

    def _answered(self, heard: Transcript, story: ToTell, asking: Asking) -> Aside | None:
        """Take the answer to how things are."""
        if wants_human(heard):
            self._sayings.answer_story(story.id, OTHER)
            return Aside(wants_call=True, about=story.topic)
        meant = story_answer(heard) or self._plainly(heard)
        if meant is StoryAnswer.WELL:
            return self._well(heard, story, asking)
        if meant is StoryAnswer.UNWELL or (meant is None and asking.is_about(story.topic)):
            return self._unwell(story)
        if meant is None:
            return self._something_else(heard, story, asking)
        self._sayings.answer_story(story.id, OTHER)
        if meant is StoryAnswer.NEVER:
            return self._asked_no_more()
        name = {StoryAnswer.STOP: "stop", StoryAnswer.NOT_ME: "not_me"}.get(meant, "other")
        return Aside(says=(story_sentence(name),))

    def _plainly(self, heard: Transcript) -> StoryAnswer | None:
        """Yes and no to 「よくなりましたか」; to 「いかがですか」 they say nothing."""
        if not self._was_reminded:
            return None
        reply = reply_in(heard)
        return StoryAnswer.WELL if reply is Reply.YES else StoryAnswer.UNWELL if reply in _NOES else None

    def _well(self, heard: Transcript, story: ToTell, asking: Asking) -> Aside:
        self._sayings.answer_story(story.id, StoryAnswer.WELL.value)
        if asks(heard) and asking.is_question():
            return Aside(says=(story_sentence("well_then"),), is_else=True)
        return Aside(says=(story_sentence("well"),))

    def _unwell(self, story: ToTell) -> Aside:
        self._sayings.answer_story(story.id, StoryAnswer.UNWELL.value)
        self._story, self._offers_call = story, True
        return Aside(says=(story_sentence("unwell"),))

    def _something_else(self, heard: Transcript, story: ToTell, asking: Asking) -> Aside | None:
        """Answer another question as ever; what is none is asked again, once, more simply."""
        if self._was_reminded or reply_in(heard) not in (None, Reply.YES, Reply.NO) or asking.is_question():
            self._was_reminded = False
            self._sayings.answer_story(story.id, OTHER)
            return None
        self._story, self._was_reminded = story, True
        return Aside(says=(story_sentence("again"),))

    def _about_call(self, heard: Transcript, story: ToTell) -> Aside | None:
        """Take the answer to whether a call is wanted; whoever asks something else is not held up."""
        reply = reply_in(heard)
        if reply is Reply.YES or wants_human(heard):
            return Aside(wants_call=True, about=story.topic)
        if reply in _NOES:
            return Aside(says=(story_sentence("no_call"),))
        if asking_again := not self._was_reminded and reply is None and not asks(heard):
            self._story, self._offers_call, self._was_reminded = story, True, asking_again
            return Aside(says=(story_sentence("call"),))
        return None

    def _withdrawn(self, heard: Transcript, state: State, setting: Setting) -> Aside | None:
        """Ask nobody any more how things are; a request that is being taken down goes on."""
        if not is_withdrawing(heard) or (state.form and state.form.stage is Stage.LATER):
            return None
        if self._story is not None:
            self._sayings.answer_story(self._story.id, OTHER)
            self._story, self._offers_call = None, False
        done = self._asked_no_more()
        return replace(done, says=(*done.says, question(state.form, setting))) if state.form else done

    def _asked_no_more(self) -> Aside:
        done = self._sayings.ask_no_more()
        name = "withdrawn_already" if done is None else "withdrawn" if done else "withdrawn_failed"
        return Aside(says=(story_sentence(name),))

    def _called(self, heard: Transcript, state: State, setting: Setting) -> Aside | None:
        """Call the customer as they want it from now on; what is being asked goes on being asked."""
        wish = address_wish(heard)
        if wish is None:
            return None
        form = state.form
        known = form.known if form and form.known else None if form and form.name else _meant(heard, setting.known)
        name = form.name if form and form.name else known.name if known else self._own and self._own[1]
        if name is None and len(setting.known) > 1 and not _is_taken_down(state):
            return Aside(says=(address_sentence("whose"),))
        self._address = wish
        own = self._own[0] if self._own and (form is None or form.stage in AFTERWARDS) else None
        kept = self._sayings.call_by(wish, known, own) if known or own else True
        told = _sentence(wish, name, kept=kept)
        if form is None:
            return Aside(says=(told,))
        form = replace(form, address=wish, known=known and replace(known, address=wish))
        return Aside(says=(told, question(form, setting)), form=form)

    def _is_telling_name(self, state: State) -> bool:
        """Whether what is said may be the name itself: 「田中さんと呼んで」 is heard by the form then."""
        return state.form is not None and state.form.stage in _NAME_ASKED


def _is_taken_down(state: State) -> bool:
    return state.form is not None and state.form.stage not in AFTERWARDS


def _meant(heard: Transcript, known: tuple[Known, ...]) -> Known | None:
    """Whom of those who are remembered: the only one, or the one who is named."""
    if len(known) == 1:
        return known[0]
    said = [without_long_marks(one.reading) for one in heard.hypotheses[:1]]
    named = [one for one in known if any(_family(one.name) in reading for reading in said)]
    return named[0] if len(named) == 1 else None


def _family(name: NameHeard) -> str:
    return without_long_marks(pronounced(name.family or name.reading))


def _sentence(wish: Address, name: NameHeard | None, *, kept: bool) -> Spoken:
    if name is None:
        return address_sentence("later")
    called = addressed(name, wish)
    if not kept:
        return address_sentence("failed", called)
    return address_sentence("called_plain") if wish is Address.PLAIN else address_sentence("called", called)
