"""The composition root of the device: settings in, adapters out.  Nothing else builds adapters."""

import logging
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from intents.decision import Costs
from intents.matching import Topic
from kb.ports import KnowledgeBase
from kb.sample import DESK_PHONE, open_sample
from kb.store import SqliteKnowledgeBase
from server.clock import system_clock
from voice.assistant import Assistant
from voice.bundle_base import BundleBase
from voice.bundle_shelf import FOLDER as BUNDLES_FOLDER
from voice.bundle_shelf import BundleShelf
from voice.compose_audio import has_microphone, loudspeaker, microphone, steady_loudspeaker, steady_microphone
from voice.compose_ears import Ears, model_folder, model_store, remote_speech
from voice.compose_notices import notice_book, notice_talk
from voice.compose_recordings import offers_recordings, recording_book, recording_talk
from voice.compose_speech import speaker, synthesizer
from voice.desk_articles import KnowledgeBaseArticles
from voice.desk_calls import CallDesk
from voice.desk_enrolment import FILE as ENROLMENT_FILE
from voice.desk_enrolment import Enrolment, EnrolmentFile
from voice.device_condition import DeviceCondition
from voice.errors import SettingsError, TurnLogUnavailable
from voice.known_customers import FILE as CUSTOMERS_FILE
from voice.known_customers import CustomerMemory, KnownCustomers
from voice.made_once import Indexes, Readings, Watch, quiet
from voice.mind import Knowledge
from voice.models import VocabularyKind, vocabulary_kind
from voice.recognition.phrases import PhraseGraphs, phrase_list
from voice.settings import Settings
from voice.wyoming_service.address import is_address

if TYPE_CHECKING:
    from server.client import DeskClient
    from server.outbox import Outbox
    from voice.desk_link import DeskLink
    from voice.desk_sayings import LinkSayings
    from voice.knowledge_updates import KnowledgeUpdates
    from voice.notice_talk import NoticeTalk
    from voice.recording_talk import RecordingTalk
    from voice.turn_file import TurnFile
    from voice.turn_log import TurnLog
    from voice.turn_sending import TurnSender

__all__ = [  # of the rooms of the root, which are one to others
    "Ears",
    "has_microphone",
    "loudspeaker",
    "microphone",
    "model_folder",
    "model_store",
    "notice_talk",
    "offers_recordings",
    "recording_talk",
    "remote_speech",
    "speaker",
    "steady_loudspeaker",
    "steady_microphone",
    "synthesizer",
]

log = logging.getLogger(__name__)


def own_base_path(settings: Settings) -> Path:
    """Where an imported base lives unless the setting `kb` says otherwise."""
    return settings.kb or settings.data_dir / "kb.db"


def has_own_base(settings: Settings) -> bool:
    """Whether there is a base that was imported here, or named."""
    return settings.kb is not None or own_base_path(settings).exists()


def uses_sample(settings: Settings) -> bool:
    """Whether the shipped sample answers, because there is neither a base of one's own nor one of the desk."""
    return not has_own_base(settings) and not (follows_desk(settings) and bundle_shelf(settings).state().current)


def follows_desk(settings: Settings) -> bool:
    """Whether articles are taken from the desk: never in place of a base that was named."""
    if settings.knowledge_updates == "on":
        return settings.kb is None
    return settings.knowledge_updates == "auto" and not has_own_base(settings)


def bundle_shelf(settings: Settings) -> BundleShelf:
    """Where the desk's bundles lie."""
    return BundleShelf(settings.data_dir / BUNDLES_FOLDER, now=system_clock)


def knowledge_base(settings: Settings) -> KnowledgeBase:
    """The base in use, for reading; follows the desk's bundles where these are taken."""
    if follows_desk(settings):
        return BundleBase(bundle_shelf(settings), partial(_base_here, settings), program=version("koemado"))
    return _base_here(settings)


def _base_here(settings: Settings) -> KnowledgeBase:
    if has_own_base(settings):
        return SqliteKnowledgeBase(own_base_path(settings))
    return open_sample(settings.cache_dir)


def knowledge_updates(settings: Settings) -> "KnowledgeUpdates":
    """What takes the desk's bundles into use, once checked here."""
    from voice.bundle_check import BundleCheck
    from voice.knowledge_updates import KnowledgeUpdates

    check = BundleCheck(
        Readings(settings.cache_dir / "readings"),
        Indexes(settings.cache_dir / "index"),
        costs(settings),
        prepare=partial(_compile_ahead, settings),
    )
    wanted = partial(follows_desk, settings)
    return KnowledgeUpdates(bundle_shelf(settings), check, wanted=wanted, program=version("koemado"))


def _compile_ahead(settings: Settings, told: Sequence[Topic]) -> None:
    """Have the embedded model's graph of these questions ready, so that no customer waits for it after the switch."""
    folder = model_folder(settings)
    if vocabulary_kind(folder) is VocabularyKind.MORAE and settings.compiled_phrases:
        wordings = phrase_list((w.text, w.reading) for topic in told for w in topic.wordings)
        PhraseGraphs(settings.cache_dir / "graphs").compiled(folder, wordings)


def article_directory(settings: Settings) -> KnowledgeBaseArticles:
    """What the callback desk shows staff of the base in use; follows the base while the desk runs."""
    sample = None if settings.kb else partial(open_sample, settings.cache_dir)
    return KnowledgeBaseArticles(SqliteKnowledgeBase(own_base_path(settings), lock_timeout_s=1.0), sample)


def knowledge(
    settings: Settings,
    watch: Watch = quiet,
    *,
    base: KnowledgeBase | None = None,
    phone: Callable[[], str] | None = None,
) -> Knowledge:
    """What a base knows, the one in use unless told; may serve several conversations.  `watch`: of what takes long."""
    return Knowledge(
        base or knowledge_base(settings),
        Readings(settings.cache_dir / "readings", watch),
        Indexes(settings.cache_dir / "index", watch),
        costs=costs(settings),
        desk_phone=phone or partial(desk_phone, settings),
    )


def desk_phone(settings: Settings) -> str:
    """The number customers are told; "" where there is none."""
    return settings.desk_phone or (DESK_PHONE if uses_sample(settings) else "")


def costs(settings: Settings) -> Costs:
    """What decisions are weighed by."""
    return Costs(
        wrong_answer=settings.cost_wrong_answer,
        question_back=settings.cost_question_back,
        call=settings.cost_call,
        missed_danger=settings.cost_missed_danger,
    )


def assistant(
    settings: Settings,
    watch: Watch = quiet,
    *,
    desk: CallDesk | None = None,
    follows_up: bool = False,
    turn_log: "TurnLog | None" = None,
    notices: "NoticeTalk | None" = None,
    recordings: "RecordingTalk | None" = None,
) -> Assistant:
    """A conversation over the base in use.  `watch` is told of what takes long; see `Assistant` for the others."""
    known = knowledge(settings, watch)
    return Assistant(known, desk=desk, follows_up=follows_up, turn_log=turn_log, notices=notices, recordings=recordings)


def turn_file(settings: Settings) -> "TurnFile | None":
    """What is written down of conversations; None where that is off: then what was there is erased.

    Raises TurnLogUnavailable when it cannot be erased.
    """
    from voice.turn_file import TurnFile

    file = TurnFile(settings.data_dir / "turns.db")
    if settings.turn_log and settings.turn_log_days:
        return file
    file.erase()
    return None


def turn_log(settings: Settings) -> "TurnLog | None":
    """Return what writes conversations down; None where that is off."""
    from voice.turn_log import TurnLog

    file = _turns_kept(settings)
    return TurnLog(file, keep=timedelta(days=settings.turn_log_days), now=system_clock) if file else None


def turn_sender(settings: Settings) -> "TurnSender | None":
    """Return what hands conversations to the desk; None where they stay here."""
    from voice.turn_sending import TurnSender

    file = _turns_kept(settings) if settings.send_turns else None
    return TurnSender(file, system_clock) if file else None


def _turns_kept(settings: Settings) -> "TurnFile | None":
    """The same; what cannot be erased is told, and no reason to be silent."""
    try:
        return turn_file(settings)
    except TurnLogUnavailable as error:
        log.warning("%s", error)
        return None


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


def device_condition(settings: Settings) -> DeviceCondition:
    """How this device is, for its desk."""
    name = "wyoming" if is_address(settings.model) else model_folder(settings).name
    return DeviceCondition(settings.data_dir, model=name)


def desk_link(settings: Settings, condition: DeviceCondition | None = None) -> "DeskLink | None":
    """The callback desk as conversations need it; None where there is none.

    `condition` is what the desk is told of this device.  An enrolment that is damaged keeps requests until it is mended.
    """
    file = enrolment_file(settings)
    if not settings.desk_url and _is_none(file):
        return None
    from voice.desk_link import DeskLink

    link = DeskLink(
        file,
        outbox_path(settings),
        clock=system_clock,
        jitter=random.random,
        connect=desk_client,
        turns=turn_sender(settings),
        memory=CustomerMemory(known_customers(settings), remembers=settings.remember_customers),
    )
    link.keep_articles(knowledge_updates(settings)).tell((condition or device_condition(settings)).told)
    return link.keep_notices(notice_book(settings)).keep_recordings(recording_book(settings))


def _is_none(file: EnrolmentFile) -> bool:
    try:
        return file.read() is None
    except SettingsError:  # the link tells of it
        return False


def customer_sayings(settings: Settings) -> "LinkSayings":
    """What customers said of themselves, to be told to the desk by the program that is linked with it."""
    from voice.desk_sayings import LinkSayings

    memory = CustomerMemory(known_customers(settings), remembers=settings.remember_customers)
    path = outbox_path(settings)
    return LinkSayings(memory, partial(outbox, settings), path, clock=system_clock, jitter=random.random)


def known_customers(settings: Settings) -> KnownCustomers:
    """The customers this device remembers, whether or not it may remember more."""
    return KnownCustomers(settings.data_dir / CUSTOMERS_FILE, system_clock)
