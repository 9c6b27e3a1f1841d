"""The part of the composition root that builds the smart speaker."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from hardware.absent import NoButtons, NoIndicator
from hardware.chosen_device import ChosenDevice
from hardware.errors import PortAudioMissing
from hardware.ports import Buttons, Indicator, Pixels
from voice import compose
from voice.assistant import tokyo_time
from voice.ports import AudioSink, LiveSource
from voice.settings import Settings
from voice.speaker_box import Box
from voice.speech.output_stage import OutputStage
from voice.speech.playback import SilentSink, SounddeviceSink
from voice.speech.steady_sink import SteadySink
from voice.volume import FILE as VOLUME_FILE
from voice.volume import KeptVolume
from voice.wake.detector import wake_word_detector
from voice.wake.wake import WakeWords

AWAKE: Final = range(8, 20)  # hours in which news may be told to a room that did not ask


def box(settings: Settings, source: LiveSource) -> Box:
    """All that the smart speaker is made of.  Raises GpioUnavailable, SettingsError, ModelError, DeviceUnknown."""
    stage = OutputStage()
    sink = _loudspeaker(settings, stage)
    return Box(
        source=source,
        sink=sink,
        stage=stage,
        speaker=compose.speaker(settings, sink),
        buttons=buttons(settings),
        indicator=indicator(settings),
        volume=KeptVolume(settings.data_dir / VOLUME_FILE),
        wake=wake_words(settings),
    )


def wake_words(settings: Settings) -> WakeWords | None:
    """What hears the wake word, by the embedded model whichever hears the questions; None for the button only."""
    if not settings.wake_words:
        return None
    embedded = compose.model_folder(settings.model_copy(update={"model": "embedded"}))
    return wake_word_detector(settings.wake_words, embedded)


def buttons(settings: Settings) -> Buttons:
    """Button and switch.  Raises GpioUnavailable."""
    if settings.hardware == "none":
        return NoButtons()
    from hardware.gpio import GpioButtons

    return GpioButtons(settings.button_pin, settings.mute_pin if settings.mute_pin >= 0 else None)


def indicator(settings: Settings) -> Indicator:
    """The light.  Raises GpioUnavailable."""
    pixels = _pixels(settings) if settings.hardware == "gpio" else None
    if pixels is None:
        return NoIndicator()
    from hardware.lights import LightShow

    return LightShow(pixels, settings.led_brightness)


def may_tell_at_once(settings: Settings, now: Callable[[], datetime] = tokyo_time) -> bool:
    """Whether news may be told now to whoever is in the room."""
    return settings.news_at_once and now().hour in AWAKE


def _pixels(settings: Settings) -> Pixels | None:
    if settings.led_ring:
        from hardware.apa_ring import ApaRing

        return ApaRing(settings.led_ring)
    pins = settings.led_red_pin, settings.led_green_pin, settings.led_blue_pin
    if min(pins) < 0:
        return None
    from hardware.gpio import RgbLight

    return RgbLight(*pins)


def _loudspeaker(settings: Settings, stage: OutputStage) -> AudioSink:
    chosen = ChosenDevice(settings.output_device, "output", falls_back=settings.audio_fallback)
    try:
        is_there = chosen.at_start() is not None
    except PortAudioMissing:
        return SilentSink()
    return SteadySink(
        chosen,
        lambda device: SounddeviceSink(device.number, settings.speech_volume, through=stage.through),
        is_there=is_there,
    )
