"""The composition root of the device: settings in, adapters out.  Nothing else builds adapters."""

import logging
from collections.abc import Mapping
from pathlib import Path

from hardware.audio_devices import choose, list_devices
from hardware.errors import HardwareError, PortAudioMissing
from intents.conversation import Pace
from intents.decision import Costs
from kb.ports import KnowledgeBase
from kb.sample import DESK_PHONE, open_sample
from kb.store import SqliteKnowledgeBase
from voice.assistant import Assistant, Knowledge, Mind
from voice.errors import AudioDeviceError, ModelError
from voice.made_once import Indexes, Readings, Watch, quiet
from voice.microphone import Microphone
from voice.models import ModelStore, VocabularyKind, check_model, locate_model, vocabulary_kind
from voice.ports import AudioSink, SpeechSynthesizer
from voice.recognition.decoding import VoskModel
from voice.recognition.phrases import PhraseGraphs, phrase_list
from voice.recognition.speech_detection import SileroDetector
from voice.recognition.vosk_recognizer import KanaHearing, VoskRecognizer, WordHearing
from voice.settings import Settings
from voice.speaker import Speaker
from voice.speech.cache import CachedSynthesizer, SpeechCache
from voice.speech.openjtalk import OpenJTalkSynthesizer
from voice.speech.playback import SilentSink, SounddeviceSink
from voice.speech.prosody import Prosody
from voice.speech.pyttsx3_synthesizer import Pyttsx3Synthesizer

log = logging.getLogger(__name__)

MEGABYTE = 1_000_000


def own_base_path(settings: Settings) -> Path:
    """Where an imported base lives unless the setting `kb` says otherwise."""
    return settings.kb or settings.data_dir / "kb.db"


def uses_sample(settings: Settings) -> bool:
    """Whether the shipped sample answers, because there is no base of one's own."""
    return settings.kb is None and not own_base_path(settings).exists()


def knowledge_base(settings: Settings) -> KnowledgeBase:
    """The base in use, for reading."""
    if uses_sample(settings):
        return open_sample(settings.cache_dir)
    return SqliteKnowledgeBase(own_base_path(settings))


def knowledge(settings: Settings, watch: Watch = quiet) -> Knowledge:
    """What the base in use knows; may serve several conversations.  `watch` is told of what takes long."""
    desk_phone = settings.desk_phone or (DESK_PHONE if uses_sample(settings) else "")
    return Knowledge(
        knowledge_base(settings),
        Readings(settings.cache_dir / "readings", watch),
        Indexes(settings.cache_dir / "index", watch),
        costs=costs(settings),
        desk_phone=desk_phone,
    )


def costs(settings: Settings) -> Costs:
    """What decisions are weighed by."""
    return Costs(
        wrong_answer=settings.cost_wrong_answer,
        question_back=settings.cost_question_back,
        call=settings.cost_call,
        missed_danger=settings.cost_missed_danger,
    )


def assistant(settings: Settings) -> Assistant:
    """A conversation over the base in use."""
    return Assistant(knowledge(settings))


def model_store(settings: Settings) -> ModelStore:
    """The installed speech models."""
    return ModelStore(settings.data_dir)


def model_folder(settings: Settings) -> Path:
    """The model in use: the setting, else what `koemado models use` chose, else the embedded one.  Raises ModelError."""
    store = model_store(settings)
    if settings.model:
        return locate_model(settings.model, store)
    return store.chosen() or locate_model("embedded", store)


class Ears:
    """Makes recognisers for the model in use; compiled phrases follow the knowledge base."""

    def __init__(self, settings: Settings) -> None:
        folder = model_folder(settings)
        check_model(folder)
        self._folder = folder
        self._model = VoskModel(folder)
        self._kana = vocabulary_kind(folder) is VocabularyKind.MORAE
        self._compile = self._kana and settings.compiled_phrases
        self._graphs = PhraseGraphs(settings.cache_dir / "graphs")
        self._compiled: tuple[Mind, dict[str, str], VoskModel | None] | None = None  # the last, kept for its Mind

    def recognizer(self, mind: Mind) -> VoskRecognizer:
        """A recogniser for one stream, hearing the base's questions best when the model can be compiled."""
        detector = SileroDetector()
        if not self._compile:
            hearing = KanaHearing() if self._kana else WordHearing()
            return VoskRecognizer(open_model=self._model, hearing=hearing, detector=detector)
        wordings, closed_model = self._phrases(mind)
        return VoskRecognizer(
            open_model=self._model,
            hearing=KanaHearing(),
            detector=detector,
            closed_model=closed_model,
            wordings=wordings,
        )

    def _phrases(self, mind: Mind) -> tuple[dict[str, str], VoskModel | None]:
        if self._compiled is None or self._compiled[0] is not mind:
            wordings = phrase_list(mind.phrases)
            self._compiled = mind, wordings, self._graph(wordings) or self._graph(wordings)
        return self._compiled[1:]

    def _graph(self, wordings: Mapping[str, str]) -> VoskModel | None:
        """The compiled graph; a damaged one (power cut) is thrown away, so that a second call makes it anew."""
        folder = self._graphs.compiled(self._folder, wordings)
        if folder is None:
            return None
        try:
            model = VoskModel(folder)
            model.decoder(1)
        except ModelError as error:
            log.warning("the compiled graph in %s is thrown away: %s", folder, error)
            self._graphs.forget(folder)
            return None
        return model


def synthesizer(settings: Settings, pace: Pace = Pace.NORMAL, *, cached: bool = True) -> SpeechSynthesizer:
    """The voice in use; its renderings are kept unless told not to (what a user gives to be said is nobody's business)."""
    prosody = Prosody(speed=settings.speech_speed, pitch_semitones=settings.speech_pitch, volume=settings.speech_volume)
    if pace is Pace.SLOW:
        prosody = prosody.slower()
    engine = _engine(settings, prosody)
    if not cached or not settings.speech_cache_mb:
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
    return Speaker({pace: synthesizer(settings, pace, cached=cached) for pace in Pace}, sink)


def loudspeaker(settings: Settings) -> AudioSink:
    """The loudspeaker in use; silence where there is none.  Raises DeviceUnknown for one that was asked for."""
    try:
        device = choose(list_devices(), settings.output_device, "output")
    except PortAudioMissing:
        device = None
    return SounddeviceSink(device.number, settings.speech_volume) if device else SilentSink()


def microphone(settings: Settings) -> Microphone:
    """The microphone in use.  Raises AudioDeviceError when there is none, DeviceUnknown for one that was asked for."""
    try:
        device = choose(list_devices(), settings.input_device, "input")
    except PortAudioMissing as error:
        raise AudioDeviceError(str(error)) from error
    if device is None:
        raise AudioDeviceError("no microphone is connected: plug one in, or type your question")
    return Microphone(device=device.number, rate_hz=device.rate_hz)


def has_microphone(settings: Settings) -> bool:
    """Whether `microphone` would give one."""
    try:
        microphone(settings)
    except (AudioDeviceError, HardwareError):
        return False
    return True
