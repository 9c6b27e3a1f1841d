"""The composition root of the device: settings in, adapters out.  Nothing else builds adapters."""

import logging
import random
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.audio_devices import choose, list_devices
from hardware.errors import HardwareError, PortAudioMissing
from intents.callback_form import Stage
from intents.conversation import Pace, is_clear
from intents.decision import Costs
from kb.ports import KnowledgeBase
from kb.sample import DESK_PHONE, open_sample
from kb.store import SqliteKnowledgeBase
from server.clock import system_clock
from voice.assistant import Assistant, Knowledge, Mind
from voice.desk_articles import KnowledgeBaseArticles
from voice.desk_calls import CallDesk
from voice.desk_enrolment import FILE as ENROLMENT_FILE
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.errors import AudioDeviceError
from voice.made_once import Indexes, Readings, Watch, quiet
from voice.microphone import Microphone
from voice.models import ModelStore, VocabularyKind, check_model, locate_model, vocabulary_kind
from voice.ports import AudioSink, SpeechSynthesizer
from voice.recognition.asked import AskedEars
from voice.recognition.decoding import DecoderSource, VoskModel
from voice.recognition.expecting import Expecting
from voice.recognition.listening import Lead, ListeningStore, shipped_listening
from voice.recognition.measuring import TwoEars
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

if TYPE_CHECKING:
    from server.client import DeskClient
    from server.outbox import Outbox
    from voice.desk_link import DeskLink

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


def article_directory(settings: Settings) -> KnowledgeBaseArticles:
    """What the callback desk shows staff of the base in use; follows the base while the desk runs."""
    sample = None if settings.kb else partial(open_sample, settings.cache_dir)
    return KnowledgeBaseArticles(SqliteKnowledgeBase(own_base_path(settings), lock_timeout_s=1.0), sample)


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


def assistant(
    settings: Settings, watch: Watch = quiet, *, desk: CallDesk | None = None, follows_up: bool = False
) -> Assistant:
    """A conversation over the base in use.  `watch` is told of what takes long; see `Assistant` for the others."""
    return Assistant(knowledge(settings, watch), desk=desk, follows_up=follows_up)


def enrolment_file(settings: Settings) -> EnrolmentFile:
    """Where it is kept which desk this device belongs to."""
    return EnrolmentFile(settings.data_dir / ENROLMENT_FILE)


def outbox_path(settings: Settings) -> Path:
    """Where requests for a call are kept until the desk has them."""
    return settings.data_dir / "outbox.db"


def outbox(settings: Settings) -> "Outbox":
    """Open the outbox; it is made when it is not there.  Raises OutboxUnavailable."""
    from server.outbox import Outbox

    return Outbox(outbox_path(settings), clock=system_clock, jitter=random.random)


def desk_client(enrolment: Enrolment) -> "DeskClient":
    """Return the way to the desk as this device.  Close it."""
    from server.client import DeskClient  # httpx takes its time, and most commands need no desk

    return DeskClient(enrolment.url, enrolment.token)


def desk_link(settings: Settings) -> "DeskLink | None":
    """The callback desk as conversations need it; None where there is none.  Raises SettingsError."""
    file = enrolment_file(settings)
    if file.read() is None and not settings.desk_url:
        return None
    from voice.desk_link import DeskLink

    return DeskLink(file, outbox_path(settings), clock=system_clock, jitter=random.random, connect=desk_client)


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
    """Makes recognisers for the model in use; what they expect follows the knowledge base."""

    def __init__(self, settings: Settings) -> None:
        folder = model_folder(settings)
        check_model(folder)
        kind = vocabulary_kind(folder)
        self._model = VoskModel(folder)
        self._hearing = KanaHearing() if kind is VocabularyKind.MORAE else WordHearing()
        self._listening = ListeningStore(settings.data_dir).of(folder) or shipped_listening(kind)
        self._knows_base = settings.compiled_phrases and self._listening.lead is not Lead.OPEN
        self._expecting = Expecting(self._model, PhraseGraphs(settings.cache_dir / "graphs"))
        self._asked = AskedEars(self._model, settings.cache_dir)
        self._last: tuple[Mind, dict[str, str], DecoderSource | None] | None = None  # kept for its Mind

    def recognizer(self, mind: Mind) -> VoskRecognizer:
        """A recogniser for one stream, hearing the base's questions best where that helps the model."""
        wordings, base = self._expected(mind) if self._knows_base else ({}, None)
        both = self._listening.lead is Lead.BOTH
        return VoskRecognizer(
            open_model=self._model if both or base is None else base,
            hearing=self._hearing,
            detector=SileroDetector(),
            closed_model=base if both else None,
            wordings=wordings,
            trust=self._listening.trust,
            is_clear=partial(is_clear, mind=mind.understanding),
        )

    def prepare(self) -> None:
        """Compile what answers to questions are heard with: some seconds, the first time."""
        self._asked.prepare()

    def listening_to(self, assistant: Assistant) -> VoskRecognizer:
        """What hears best what will be said to the assistant now."""
        return self.recognizer_for(assistant.mind, assistant.stage, yes_or_no=assistant.asks_yes_or_no)

    def recognizer_for(self, mind: Mind, stage: Stage | None, *, yes_or_no: bool = False) -> VoskRecognizer:
        """The same once something was asked (`Assistant.stage`, `asks_yes_or_no`): the answer to it is heard best."""
        expected = self._asked.expected_at(stage, yes_or_no=yes_or_no)
        if expected is None:
            return self.recognizer(mind)
        wordings, base = self._expected(mind) if self._knows_base else ({}, None)
        return VoskRecognizer(
            open_model=expected.source if expected.alone else base or self._model,
            hearing=self._hearing,
            detector=SileroDetector(),
            closed_model=None if expected.alone else expected.source,
            wordings=wordings,
            is_clear=expected.is_clear if stage else partial(is_clear, mind=mind.understanding),
            is_answer=expected.is_answer,
        )

    def comparing(self, phrases: Mapping[str, str]) -> TwoEars:
        """The model as it is and as it expects these phrases, side by side."""
        return TwoEars(self._model, self._expecting.expecting(phrases), self._hearing, SileroDetector())

    def _expected(self, mind: Mind) -> tuple[dict[str, str], DecoderSource | None]:
        if self._last is None or self._last[0] is not mind:
            wordings = phrase_list(mind.phrases)
            self._last = mind, wordings, self._expecting.expecting(wordings)
        return self._last[1:]


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
