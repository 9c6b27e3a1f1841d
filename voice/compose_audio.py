"""The part of the composition root that builds what hears and what is heard."""

from hardware.audio_devices import AudioDevice, choose, list_devices
from hardware.chosen_device import ChosenDevice
from hardware.errors import HardwareError, PortAudioMissing
from voice.errors import AudioDeviceError
from voice.microphone import Microphone
from voice.ports import AudioSink
from voice.settings import Settings
from voice.speech.playback import SilentSink, SounddeviceSink
from voice.speech.steady_sink import SteadySink
from voice.steady_microphone import SteadyMicrophone

NO_MICROPHONE = "no microphone is connected: plug one in, or type your question"


def loudspeaker(settings: Settings) -> AudioSink:
    """The loudspeaker in use; silence where there is none.  Raises DeviceUnknown, DeviceAmbiguous for one asked for."""
    try:
        device = choose(list_devices(), settings.output_device, "output")
    except PortAudioMissing:
        device = None
    return loudspeaker_on(device, settings) if device else SilentSink()


def loudspeaker_on(device: AudioDevice, settings: Settings) -> SounddeviceSink:
    """This loudspeaker."""
    return SounddeviceSink(device.number, settings.speech_volume)


def steady_loudspeaker(settings: Settings) -> AudioSink:
    """The loudspeaker in use, also after it was unplugged and plugged in again.  Raises as `loudspeaker`."""
    chosen = ChosenDevice(settings.output_device, "output", falls_back=settings.audio_fallback)
    try:
        is_there = chosen.at_start() is not None
    except PortAudioMissing:
        return SilentSink()
    return SteadySink(chosen, lambda device: loudspeaker_on(device, settings), is_there=is_there)


def microphone(settings: Settings) -> Microphone:
    """The microphone in use.

    Raises AudioDeviceError when there is none, DeviceUnknown, DeviceAmbiguous for one that was asked for.
    """
    try:
        device = choose(list_devices(), settings.input_device, "input")
    except PortAudioMissing as error:
        raise AudioDeviceError(str(error)) from error
    if device is None:
        raise AudioDeviceError(NO_MICROPHONE)
    return microphone_on(device)


def microphone_on(device: AudioDevice) -> Microphone:
    """This microphone."""
    return Microphone(device=device.number, rate_hz=device.rate_hz, most_channels=device.inputs)


def steady_microphone(settings: Settings) -> SteadyMicrophone:
    """The microphone in use, also after it was unplugged and plugged in again.  Raises as `microphone`."""
    chosen = ChosenDevice(settings.input_device, "input", falls_back=settings.audio_fallback)
    try:
        device = chosen.at_start()
    except PortAudioMissing as error:
        raise AudioDeviceError(str(error)) from error
    if device is None:
        raise AudioDeviceError(NO_MICROPHONE)
    return SteadyMicrophone(chosen, microphone_on)


def has_microphone(settings: Settings) -> bool:
    """Whether `microphone` would give one."""
    try:
        microphone(settings)
    except (AudioDeviceError, HardwareError):
        return False
    return True
