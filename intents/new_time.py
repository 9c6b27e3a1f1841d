"""Another time for a call that was asked for earlier, or no call at all: a pure state machine.

It begins with news of such a call.  Nothing is changed before the customer has said so; whatever is said, two turns that
are not understood end it, and the call stays as it was.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from intents import new_time_words as words
from intents.answers import Spoken
from intents.callback_form import Setting
from intents.callback_moves import within
from intents.callback_words import outside_hours, slot
from intents.new_time_own import own_wish_in
from intents.new_time_state import Asked, Moved, NewTime, Step, Taken, Wanted
from intents.replies import Reply, reply_in
from intents.transcripts import Transcript
from intents.when import when_beside, when_in
from intents.when_choice import choice_in
from intents.when_nearest import nearest_open
from intents.when_types import Reason, Unclear, Window, Wishes

__all__ = [
    "Asked",
    "Moved",
    "NewTime",
    "Step",
    "Taken",
    "Wanted",
    "begin",
    "chosen",
    "finished",
    "hint",
    "take",
    "with_offers",
    "withdrawn",
]

PATIENCE: Final = 2  # failed or silent turns in a row until it is let go
MOST_ROUNDS: Final = 4  # offers and questions when it would suit
MOST_OFFERS: Final = 3  # more nobody remembers
NO_CHOICE: Final = frozenset({Reason.PAST, Reason.NO_SUCH_DAY, Reason.CONTRADICTION, Reason.TOO_FAR})
ASKS_ON: Final = frozenset({Reason.UNKNOWN_DAY, Reason.TIME_WANTED})  # of another time than those offered

IsQuestion = Callable[[], bool]


def begin(promise: Window | None, offers: tuple[Window, ...] | None, setting: Setting) -> Step:
    """Go on from the news: what is promised may be changed, free times are offered where nothing is.

    `offers` None: the desk could not be asked.
    """
    state = NewTime(promise=promise)
    if promise is None and offers:
        return _offer(state, offers, setting, "offer")
    return Step(state=state, says=() if promise else (words.again_later(),))


def hint() -> Spoken:
    """Return how to ask for another time; to be said once, after all news."""
    return words.say("hint")


def take(state: NewTime, heard: Transcript, setting: Setting, *, is_question: IsQuestion) -> Step | None:
    """Take one utterance; an empty transcript is silence.  None: it has nothing to do with the call.

    `is_question` tells, at some cost, whether the utterance asks for something the device knows.
    """
    if state.asked in (Asked.NOTHING, Asked.OVER):
        return _unasked(state, heard, setting, is_question) if state.asked is Asked.NOTHING else None
    if heard.best is None:
        return _silence(state, setting)
    return _answered(replace(state, silent=0), heard, setting, is_question)


def with_offers(state: NewTime, offers: tuple[Window, ...] | None, setting: Setting) -> Step:
    """Go on with what the desk has free, within `state.wishes` where there are some; None: it could not be asked."""
    if offers is None:
        return _ended(state, "away_offers" if state.arrived else "unsent_change")
    if not offers:
        return _ended(state, "none_free")
    if state.wishes is None:
        return _offer(state, offers, setting, "offer")
    windows = state.wishes.windows
    fitting = tuple(slot for slot in offers if any(within(slot, window) for window in windows))
    if fitting and state.wishes.exact:
        return Step(state=replace(state, chosen=fitting[0]), says=(), wanted=Wanted.CHOOSE)
    return _offer(state, fitting or offers, setting, "fits" if fitting else "others")


def chosen(state: NewTime, found: Moved | Taken | None, setting: Setting) -> Step:
    """Tell what the desk made of the choice; None: it could not be asked, or did not say."""
    if found is None:
        return _ended(state, "away_choose")
    if isinstance(found, Moved):
        state = replace(_rest(state), promise=found.promise, moved=True)
        return Step(state=state, says=(words.promised(found.promise, setting.now()),))
    if not found.offers or state.rounds >= MOST_ROUNDS:
        return _ended(state, "taken", "kept")
    step = _offer(replace(state, rounds=state.rounds + 1), found.offers, setting, "again")
    return replace(step, says=(words.say("taken"), *step.says))


def finished(state: NewTime) -> Step:
    """Tell that the desk has done with the case meanwhile; then it is asked whether another call is wanted."""
    return Step(state=replace(_rest(state), asked=Asked.OVER), says=(words.say("finished"),), closed=True)


def withdrawn(state: NewTime, done: bool) -> Step:
    """Tell whether the desk knows that no call is wanted."""
    if not done:
        return _ended(state, "away_withdraw")
    anew = (words.say("anew"),) if state.anew else ()
    return Step(state=replace(_rest(state), asked=Asked.OVER), says=(words.say("withdrawn"), *anew))


def _answered(state: NewTime, heard: Transcript, setting: Setting, is_question: IsQuestion) -> Step:
    reply = reply_in(heard)
    if reply is Reply.GOODBYE:
        return Step(state=_rest(state), says=(), let_go=True)
    if reply is Reply.HUMAN or (reply is None and words.is_asking(heard) and is_question()):
        return _let_go(state)
    step = _ASKED[state.asked](state, heard, setting)
    if step is not None:
        return step
    return _let_go(state) if reply is None and is_question() else _again(state, setting)


def _unasked(state: NewTime, heard: Transcript, setting: Setting, is_question: IsQuestion) -> Step | None:
    """After the news only what speaks of the call is taken; 「違います」 to a time just promised is."""
    wish = own_wish_in(heard) if state.own else words.wish_in(heard)
    if wish is None and state.promise and own_wish_in(heard) == "change" and not is_question():
        wish = "change"  # 「その時間は出かけとる」
    state = replace(state, rounds=0) if state.own else state
    if state.own and wish and words.is_asking(heard) and wish != "when" and is_question():
        return None
    if wish and (state.closed or wish == "when"):
        return None if is_question() else finished(state) if state.closed else _when_it_comes(state, setting)
    if wish == "details":
        return replace(_whether(replace(state, anew=True)), says=(words.say("details"),))
    if wish == "withdraw":
        return _whether(state)
    if wish in ("change", "none") or (state.moved and reply_in(heard) in (Reply.NO, Reply.PREVIOUS)):
        found = when_in(heard, now=setting.now(), office=setting.office)
        return _wish(state, found, setting) if isinstance(found, Wishes) else _free(state)
    return None


def _offered(state: NewTime, heard: Transcript, setting: Setting) -> Step | None:
    reply = reply_in(heard)
    found = when_in(heard, now=setting.now(), office=setting.office)
    if isinstance(found, Unclear) and found.reason in ASKS_ON:
        return _unclear(replace(state, asked=Asked.WHEN), found)
    if isinstance(found, Unclear) and found.reason in NO_CHOICE:
        return _failed(state, words.unclear(found))
    place = 0 if reply is Reply.YES and len(state.offers) == 1 else choice_in(heard, state.offers, now=setting.now())
    if place is not None:
        return Step(state=replace(state, chosen=state.offers[place]), says=(), wanted=Wanted.CHOOSE)
    if reply in (Reply.NO, Reply.PREVIOUS) or words.wish_in(heard) == "none":
        return _when(state)
    if reply is Reply.DECLINE and len(state.offers) == 1 and not state.failed:  # 「大丈夫です」 may be a yes
        return None
    return _timed(state, heard, setting)


def _timed(state: NewTime, heard: Transcript, setting: Setting) -> Step | None:
    """Take when a call would suit, or that none is wanted."""
    wish, reply = words.wish_in(heard, briefly=True), reply_in(heard)
    if wish == "withdraw" or reply in (Reply.NO, Reply.DECLINE, Reply.STOP):
        return _whether(state)
    found = when_beside(heard, state.day, now=setting.now(), office=setting.office)
    if isinstance(found, Wishes):
        return _wish(replace(state, day=None), found, setting)
    if wish == "change":
        return _when(state)
    return _unclear(state, found) if found else None


def _unclear(state: NewTime, found: Unclear) -> Step:
    """Ask what has to be known; what was said of the day is kept."""
    day = found.day if found.reason is Reason.TIME_WANTED else None
    return _failed(replace(state, day=day), words.unclear(found))


def _whether_none(state: NewTime, heard: Transcript, setting: Setting) -> Step | None:
    """Take the answer to whether really no call is wanted."""
    reply = reply_in(heard)
    if reply in (Reply.YES, Reply.DECLINE, Reply.STOP) or words.wish_in(heard, briefly=True) == "withdraw":
        return Step(state=state, says=(), wanted=Wanted.WITHDRAW)
    if reply in (Reply.NO, Reply.PREVIOUS) and state.promise:
        return Step(state=_rest(state), says=(words.promised(state.promise, setting.now()),))
    if reply in (Reply.NO, Reply.PREVIOUS):
        return _ended(state, "kept")
    found = when_in(heard, now=setting.now(), office=setting.office)
    return _wish(state, found, setting) if isinstance(found, Wishes) else None


_ASKED: Final[dict[Asked, Callable[[NewTime, Transcript, Setting], Step | None]]] = {
    Asked.OFFER: _offered,
    Asked.WHEN: _timed,
    Asked.WITHDRAW: _whether_none,
}


def _free(state: NewTime) -> Step:
    """Have the desk asked for its next free times."""
    if state.rounds >= MOST_ROUNDS:
        return _ended(state, "kept")
    return Step(state=replace(state, wishes=None, rounds=state.rounds + 1), says=(), wanted=Wanted.OFFERS)


def _wish(state: NewTime, wishes: Wishes, setting: Setting) -> Step:
    """Have the desk asked for a time within the wishes; when nobody is ever there then, tell when somebody is."""
    if all(window.outside_hours for window in wishes.windows):
        near = nearest_open(wishes.windows[0], now=setting.now(), office=setting.office)
        return _failed(replace(state, asked=Asked.WHEN), outside_hours(near, setting.now()))
    if state.rounds >= MOST_ROUNDS:
        return _ended(state, "kept")
    return Step(state=replace(state, wishes=wishes, failed=0, rounds=state.rounds + 1), says=(), wanted=Wanted.OFFERS)


def _when(state: NewTime) -> Step:
    if state.rounds >= MOST_ROUNDS:
        return _ended(state, "kept")
    state = replace(state, asked=Asked.WHEN, failed=0, rounds=state.rounds + 1)
    return Step(state=state, says=(words.say("when"),))


def _whether(state: NewTime) -> Step:
    return Step(state=replace(state, asked=Asked.WITHDRAW, failed=0), says=(words.say("withdraw"),))


def _offer(state: NewTime, offers: tuple[Window, ...], setting: Setting, how: str) -> Step:
    state = replace(state, asked=Asked.OFFER, offers=offers[:MOST_OFFERS], failed=0)
    return Step(state=state, says=(words.offered(state.offers, how, setting.now()),))


def _silence(state: NewTime, setting: Setting) -> Step:
    state = replace(state, silent=state.silent + 1)
    if state.silent >= PATIENCE:  # nobody is there any more
        return Step(state=_rest(state), says=())
    return Step(state=state, says=(_question(state, setting),))


def _again(state: NewTime, setting: Setting) -> Step:
    """Ask once more, in fewer words; then let it go."""
    return _failed(state, _question(state, setting))


def _failed(state: NewTime, says: Spoken) -> Step:
    state = replace(state, failed=state.failed + 1)
    if state.failed >= PATIENCE:
        return _ended(state, "kept")
    return Step(state=state, says=(says,))


def _question(state: NewTime, setting: Setting) -> Spoken:
    if state.asked is Asked.OFFER:
        return words.offered(state.offers, "again", setting.now())
    return words.say(state.asked.value, turn=1)


def _let_go(state: NewTime) -> Step:
    return Step(state=_rest(state), says=(words.say("let_go"),), let_go=True)


def _ended(state: NewTime, *sentences: str) -> Step:
    return Step(state=_rest(state), says=tuple(map(words.say, sentences)))


def _rest(state: NewTime) -> NewTime:
    """Nothing is asked any more; what is promised is remembered."""
    return NewTime(promise=state.promise, rounds=state.rounds, own=state.own, arrived=state.arrived)


def _when_it_comes(state: NewTime, setting: Setting) -> Step:
    return Step(state=state, says=(come_at(state, setting),))


def come_at(state: NewTime, setting: Setting) -> Spoken:
    """Tell once more when the call comes, as far as it is known."""
    if state.promise:
        return words.say("come_at", slot=slot(state.promise, setting.now()))
    return words.say("come_open" if state.arrived else "come_unsent")
