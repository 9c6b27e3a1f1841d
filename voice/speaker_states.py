"""What the smart speaker does next, as a pure function: a state and an event give a state and effects.

The microphone is open exactly while the box is not muted; nothing but the button or the switch opens it again.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hardware.ports import ButtonEvent, Light


class Mode(StrEnum):
    """What the box is at."""

    SLEEPING = "sleeping"  # it hears its wake word and nothing else
    LISTENING = "listening"
    THINKING = "thinking"  # the assistant is at work
    SPEAKING = "speaking"


class Event(StrEnum):
    """What can happen."""

    WAKE = "wake"  # the wake word was heard
    PRESSED = "pressed"  # the talk button
    HELD = "held"
    RELEASED = "released"
    SWITCH_ON = "switch_on"  # mute
    SWITCH_OFF = "switch_off"
    HEARD = "heard"  # an utterance to be answered has ended
    WISH = "wish"  # one that is about the box itself: louder
    MUTE_WISH = "mute_wish"  # 「マイクを切って」
    INTERRUPTED = "interrupted"  # a customer talks over the answer
    NOBODY = "nobody"  # who was asked something said nothing in time
    TIRED = "tired"  # nothing is open, and nobody said anything more
    NEWS = "news"  # there is news, and this is the moment to tell it
    ANSWERED = "answered"  # the assistant has something to say
    SAID = "said"  # ... and has said it, or had nothing to say
    PARTED = "parted"  # ... and the conversation is over
    LOST = "lost"  # no microphone
    FOUND = "found"  # there is one again


BUTTONS: Final = {
    ButtonEvent.PRESSED: Event.PRESSED,
    ButtonEvent.HELD: Event.HELD,
    ButtonEvent.RELEASED: Event.RELEASED,
    ButtonEvent.MUTE_ON: Event.SWITCH_ON,
    ButtonEvent.MUTE_OFF: Event.SWITCH_OFF,
}


class Effect(StrEnum):
    """What the loop is to do, in this order."""

    STOP = "stop"  # speaking, at once
    CLOSE_MICROPHONE = "close_microphone"
    OPEN_MICROPHONE = "open_microphone"
    FORGET = "forget"  # the conversation
    LISTEN = "listen"  # with a new recogniser
    LISTEN_ON = "listen_on"  # with the one there is, waiting anew
    FINISH = "finish"  # the utterance, for the button was let go
    REACT = "react"  # to the utterance
    REACT_TO_SILENCE = "react_to_silence"
    TELL_NEWS = "tell_news"
    OBEY = "obey"  # the wish
    SAY_MUTED = "say_muted"
    CHIME_HEARD = "chime_heard"
    CHIME_DONE = "chime_done"
    CHIME_SLEEP = "chime_sleep"
    CHIME_MUTED = "chime_muted"
    CHIME_UNMUTED = "chime_unmuted"
    CHIME_REFUSED = "chime_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerState:
    """All that decides what an event does."""

    mode: Mode = Mode.SLEEPING
    switched_off: bool = False  # by the switch
    muted: bool = False  # by voice
    is_held: bool = False  # the talk button, for long
    is_lost: bool = False  # the microphone

    @property
    def is_muted(self) -> bool:
        """Whether the microphone must be closed."""
        return self.switched_off or self.muted


Step = tuple[SpeakerState, tuple[Effect, ...]]


def step(state: SpeakerState, event: Event) -> Step:
    """What comes of an event.  One that does not fit changes nothing: it came too late."""
    if event in (Event.SWITCH_ON, Event.SWITCH_OFF):
        return _switched(state, on=event is Event.SWITCH_ON)
    if event in (Event.LOST, Event.FOUND):
        return replace(state, is_lost=event is Event.LOST), ()
    if state.is_muted:
        return _while_muted(state, event)
    return _STEPS[state.mode](state, event)


def light(state: SpeakerState, *, news: bool, offline: bool) -> Light:
    """What the box shows."""
    if state.is_muted:
        return Light.MUTED
    if state.is_lost:
        return Light.ERROR
    if state.mode is not Mode.SLEEPING:
        return _LIGHTS[state.mode]
    if news:
        return Light.MESSAGE_WAITING
    return Light.OFFLINE if offline else Light.IDLE


_LIGHTS = {Mode.LISTENING: Light.LISTENING, Mode.THINKING: Light.THINKING, Mode.SPEAKING: Light.SPEAKING}


def _switched(state: SpeakerState, *, on: bool) -> Step:
    """Whoever moves the switch means it: off takes a mute by voice away too."""
    if on:
        return _muted(replace(state, switched_off=True), was_muted=state.is_muted)
    if not state.is_muted:
        return state, ()
    opened = replace(state, switched_off=False, muted=False)
    chime = (Effect.CHIME_UNMUTED,) if opened.mode is Mode.SLEEPING else ()
    return opened, (Effect.OPEN_MICROPHONE, *chime)


def _muted(state: SpeakerState, *, was_muted: bool) -> Step:
    """What is being said is said to its end; what was being heard is forgotten."""
    if was_muted:
        return state, ()
    if state.mode in (Mode.THINKING, Mode.SPEAKING):
        return replace(state, is_held=False), (Effect.CLOSE_MICROPHONE,)
    asleep = replace(state, mode=Mode.SLEEPING, is_held=False)
    return asleep, (Effect.CLOSE_MICROPHONE, Effect.FORGET, Effect.CHIME_MUTED)


def _while_muted(state: SpeakerState, event: Event) -> Step:
    if event is Event.ANSWERED and state.mode is Mode.THINKING:
        return replace(state, mode=Mode.SPEAKING), ()
    if event in (Event.SAID, Event.PARTED) and state.mode in (Mode.THINKING, Mode.SPEAKING):
        return replace(state, mode=Mode.SLEEPING), (Effect.FORGET,)
    if event is Event.PRESSED and state.mode is not Mode.THINKING:
        return _pressed_while_muted(state)
    return state, ()


def _pressed_while_muted(state: SpeakerState) -> Step:
    """The button opens what a voice has closed, not what the switch has."""
    stop = (Effect.STOP,) if state.mode is Mode.SPEAKING else ()
    if state.switched_off:
        asleep = replace(state, mode=Mode.SLEEPING)
        return asleep, ((Effect.STOP, Effect.FORGET) if stop else (Effect.CHIME_REFUSED,))
    opened = replace(state, muted=False, mode=Mode.LISTENING)
    return opened, (*stop, Effect.OPEN_MICROPHONE, Effect.FORGET, Effect.LISTEN, Effect.CHIME_UNMUTED)


def _sleeping(state: SpeakerState, event: Event) -> Step:
    if event in (Event.WAKE, Event.PRESSED):
        return replace(state, mode=Mode.LISTENING, is_held=False), (Effect.LISTEN, Effect.CHIME_HEARD)
    if event is Event.NEWS:
        return replace(state, mode=Mode.THINKING), (Effect.TELL_NEWS,)
    return state, ()


def _listening(state: SpeakerState, event: Event) -> Step:
    thinking = replace(state, mode=Mode.THINKING, is_held=False)
    steps: dict[Event, Step] = {
        Event.WAKE: (state, (Effect.LISTEN,)),
        Event.PRESSED: (replace(state, is_held=False), (Effect.LISTEN, Effect.CHIME_HEARD)),
        Event.HELD: (replace(state, is_held=True), ()),
        Event.RELEASED: (replace(state, is_held=False), (Effect.FINISH,) if state.is_held else ()),
        Event.HEARD: (thinking, (Effect.CHIME_DONE, Effect.REACT)),
        Event.WISH: (thinking, (Effect.OBEY,)),
        Event.NOBODY: (thinking, (Effect.REACT_TO_SILENCE,)),
        Event.TIRED: (replace(state, mode=Mode.SLEEPING, is_held=False), (Effect.CHIME_SLEEP,)),
        Event.NEWS: (thinking, (Effect.TELL_NEWS,)),
        Event.MUTE_WISH: _muted_by_voice(thinking),
    }
    return steps.get(event, (state, ()))


def _thinking(state: SpeakerState, event: Event) -> Step:
    steps: dict[Event, Step] = {
        Event.ANSWERED: (replace(state, mode=Mode.SPEAKING), (Effect.LISTEN,)),
        Event.SAID: (replace(state, mode=Mode.LISTENING), (Effect.LISTEN,)),
        Event.PARTED: (replace(state, mode=Mode.SLEEPING), (Effect.FORGET,)),
    }
    return steps.get(event, (state, ()))


def _speaking(state: SpeakerState, event: Event) -> Step:
    listening, thinking = replace(state, mode=Mode.LISTENING), replace(state, mode=Mode.THINKING)
    steps: dict[Event, Step] = {
        Event.WAKE: (listening, (Effect.STOP, Effect.LISTEN)),
        Event.PRESSED: (listening, (Effect.STOP, Effect.LISTEN, Effect.CHIME_HEARD)),
        Event.INTERRUPTED: (listening, (Effect.STOP, Effect.LISTEN_ON)),
        Event.HEARD: (thinking, (Effect.STOP, Effect.REACT)),
        Event.WISH: (thinking, (Effect.STOP, Effect.OBEY)),
        Event.SAID: (listening, (Effect.LISTEN_ON,)),
        Event.PARTED: (replace(state, mode=Mode.SLEEPING), (Effect.FORGET,)),
        Event.MUTE_WISH: _muted_by_voice(thinking, Effect.STOP),
    }
    return steps.get(event, (state, ()))


def _muted_by_voice(thinking: SpeakerState, *first: Effect) -> Step:
    return replace(thinking, muted=True), (*first, Effect.CLOSE_MICROPHONE, Effect.SAY_MUTED)


_STEPS = {
    Mode.SLEEPING: _sleeping,
    Mode.LISTENING: _listening,
    Mode.THINKING: _thinking,
    Mode.SPEAKING: _speaking,
}
