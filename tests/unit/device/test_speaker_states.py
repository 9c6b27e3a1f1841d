"""Every state that can be reached, and every event in each of them."""

import pytest

from hardware.ports import Light
from voice.speaker_states import Effect, Event, Mode, SpeakerState, light, step


def reachable() -> dict[SpeakerState, list[tuple[Event, SpeakerState, tuple[Effect, ...]]]]:
    found, waiting = {}, [SpeakerState()]
    while waiting:
        state = waiting.pop()
        if state in found:
            continue
        found[state] = [(event, *step(state, event)) for event in Event]
        waiting += [after for _, after, _ in found[state]]
    return found


WALK = reachable()
STEPS = [(before, event, after, effects) for before, steps in WALK.items() for event, after, effects in steps]


def test_the_walk_sees_every_mode_muted_and_not():
    assert len(WALK) > 20
    assert {state.mode for state in WALK} == set(Mode)
    assert {state.mode for state in WALK if state.is_muted} == {Mode.SLEEPING, Mode.THINKING, Mode.SPEAKING}


def test_muted_never_listens():
    for before, event, after, effects in STEPS:
        if after.is_muted:
            assert after.mode is not Mode.LISTENING, (before, event)
            assert not {Effect.LISTEN, Effect.LISTEN_ON, Effect.OPEN_MICROPHONE, Effect.FINISH} & set(effects)


def test_the_microphone_closes_and_opens_exactly_with_the_mute():
    for before, event, after, effects in STEPS:
        assert (Effect.CLOSE_MICROPHONE in effects) == (after.is_muted and not before.is_muted), (before, event)
        assert (Effect.OPEN_MICROPHONE in effects) == (before.is_muted and not after.is_muted), (before, event)


def test_only_button_and_switch_unmute():
    unmuting = {event for before, event, after, _ in STEPS if before.is_muted and not after.is_muted}
    assert unmuting == {Event.PRESSED, Event.SWITCH_OFF}
    pressed = [(b, a) for b, e, a, _ in STEPS if e is Event.PRESSED and b.switched_off]
    assert pressed
    assert all(after.is_muted for _, after in pressed)


def test_no_state_is_stuck():
    """From everywhere the customer is heard again, by what the box does itself and one press of the button."""
    for state in WALK:
        after = state
        for event in (Event.ANSWERED, Event.SAID, Event.SWITCH_OFF, Event.FOUND, Event.PRESSED):
            after, _ = step(after, event)
        assert after.mode is Mode.LISTENING


def test_speech_is_stopped_whenever_its_mode_is_left_early():
    over = {Event.SAID, Event.PARTED}
    for before, event, after, effects in STEPS:
        left = before.mode is Mode.SPEAKING and after.mode is not Mode.SPEAKING
        assert (Effect.STOP in effects) == (left and event not in over), (before, event)


def test_the_assistant_is_asked_only_on_the_way_into_thinking():
    asking = {Effect.REACT, Effect.REACT_TO_SILENCE, Effect.TELL_NEWS, Effect.OBEY, Effect.SAY_MUTED}
    for before, event, after, effects in STEPS:
        entered = before.mode is not Mode.THINKING and after.mode is Mode.THINKING
        assert bool(asking & set(effects)) == entered, (before, event)
        if before.mode is Mode.THINKING:  # the assistant is at work: nobody else touches it
            assert Effect.FORGET not in effects or event in {Event.SAID, Event.PARTED}


def test_no_tone_sounds_over_speech():
    for before, event, after, effects in STEPS:
        chimes = [effect for effect in effects if effect.startswith("chime")]
        if before.mode is Mode.SPEAKING and Effect.STOP not in effects:
            assert not chimes, (before, event)
        assert after.mode is not Mode.SPEAKING or not chimes


@pytest.mark.parametrize("event", [Event.WAKE, Event.PRESSED, Event.INTERRUPTED, Event.HEARD])
def test_whoever_speaks_over_the_answer_stops_it(event):
    after, effects = step(SpeakerState(mode=Mode.SPEAKING), event)
    assert effects[0] is Effect.STOP
    assert after.mode in (Mode.LISTENING, Mode.THINKING)


def test_a_button_held_for_long_ends_the_utterance_when_let_go():
    state = SpeakerState()
    for event in (Event.PRESSED, Event.HELD):
        state, _ = step(state, event)
    assert step(state, Event.RELEASED)[1] == (Effect.FINISH,)
    tapped, _ = step(SpeakerState(), Event.PRESSED)
    assert step(tapped, Event.RELEASED)[1] == ()


@pytest.mark.parametrize(
    ("state", "news", "offline", "shown"),
    [
        (SpeakerState(), False, False, Light.IDLE),
        (SpeakerState(), True, True, Light.MESSAGE_WAITING),
        (SpeakerState(), False, True, Light.OFFLINE),
        (SpeakerState(mode=Mode.LISTENING), True, False, Light.LISTENING),
        (SpeakerState(mode=Mode.THINKING), False, False, Light.THINKING),
        (SpeakerState(mode=Mode.SPEAKING), False, False, Light.SPEAKING),
        (SpeakerState(mode=Mode.SPEAKING, muted=True), False, False, Light.MUTED),
        (SpeakerState(switched_off=True, is_lost=True), True, False, Light.MUTED),
        (SpeakerState(is_lost=True), True, False, Light.ERROR),
    ],
)
def test_what_the_light_shows(state, news, offline, shown):
    assert light(state, news=news, offline=offline) is shown
