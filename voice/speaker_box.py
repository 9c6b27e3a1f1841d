"""What a smart speaker is made of, and how it behaves: put together by the composition root."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from hardware.ports import Buttons, Indicator
from voice.assistant import Turn
from voice.ports import AudioSink, LiveSource
from voice.speaker import Speaker
from voice.speech.output_stage import OutputStage
from voice.volume import KeptVolume
from voice.wake.wake import WakeWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What the speaker is made of."""

    source: LiveSource
    sink: AudioSink  # plays through the stage
    stage: OutputStage
    speaker: Speaker
    buttons: Buttons
    indicator: Indicator
    volume: KeptVolume
    wake: WakeWords | None = None  # without it: the button only


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How it behaves, and what it is told from outside."""

    earcons: bool = True
    tells_at_once: Callable[[], bool] = lambda: False  # whether news may be told now to whoever is in the room
    news_waits: Callable[[], bool] = lambda: False
    is_offline: Callable[[], bool] = lambda: False  # whether the desk was not reached when it was tried last
    is_lost: Callable[[], bool] = lambda: False  # whether the source gives silence for want of a microphone
    turned: Callable[[], None] = lambda: None  # called whenever the loop turns; what it raises ends the loop
    show: Callable[[Turn], None] = lambda _: None
    show_partial: Callable[[str], None] = lambda _: None
    monotonic: Callable[[], float] = time.monotonic
