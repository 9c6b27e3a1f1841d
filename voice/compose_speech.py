"""The voice, composed: engine, prosody, cache."""

from pathlib import Path
from typing import Final

from intents.conversation import Pace
from voice.ports import AudioSink, SpeechSynthesizer
from voice.settings import Settings
from voice.speaker import Speaker
from voice.speech.cache import CachedSynthesizer, SpeechCache
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.prosody import Prosody
from voice.speech.pyttsx3_synthesizer import Pyttsx3Synthesizer

MEGABYTE: Final = 1_000_000


def synthesizer(settings: Settings, pace: Pace = Pace.NORMAL, *, cached: bool = True) -> SpeechSynthesizer:
    """The voice in use; its renderings are kept unless told not to (what a user gives to be said is nobody's business)."""
    prosody = Prosody(speed=settings.speech_speed, pitch_semitones=settings.speech_pitch, volume=settings.speech_volume)
    if pace is Pace.SLOW:
        prosody = prosody.slower()
    engine = _engine(settings, prosody)
    return _kept(settings, engine) if cached else engine


def _kept(settings: Settings, engine: SpeechSynthesizer) -> SpeechSynthesizer:
    if not settings.speech_cache_mb:
        return engine
    return CachedSynthesizer(engine, SpeechCache(settings.cache_dir / "speech", settings.speech_cache_mb * MEGABYTE))


def _engine(settings: Settings, prosody: Prosody) -> SpeechSynthesizer:
    if settings.speech_engine == "openjtalk":
        return OpenJTalkSynthesizer(
            Path(settings.speech_voice).expanduser() if settings.speech_voice else None, prosody
        )
    return Pyttsx3Synthesizer(settings.speech_driver or None, settings.speech_voice or None, prosody)


def speaker(settings: Settings, sink: AudioSink, *, cached: bool = True) -> Speaker:
    """Speech into the given sink."""
    engines = {pace: synthesizer(settings, pace, cached=False) for pace in Pace}
    voices = {pace: _kept(settings, engine) for pace, engine in engines.items()} if cached else engines
    return Speaker(voices, sink, personal=engines)
