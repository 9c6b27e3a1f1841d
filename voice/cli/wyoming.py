"""`koemado wyoming`: speech to text, text to speech and answers for Home Assistant and whoever else speaks Wyoming."""

import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import click

from kb.errors import KnowledgeBaseError
from voice import compose
from voice.assistant import Assistant
from voice.cli.program import Program, common_options, note, print_json, watch
from voice.desk_calls import CallDesk
from voice.errors import VoiceError
from voice.log_file import log_to_file
from voice.mind import Knowledge
from voice.ports import SpeechRecognizer
from voice.reloading import DeskService, changes
from voice.service_notice import ServiceNotice
from voice.settings import Settings

if TYPE_CHECKING:
    from intents.conversation_state import Pace
    from voice.ports import SpeechSynthesizer
    from voice.wyoming_service.address import Address
    from voice.wyoming_service.house import House
    from voice.wyoming_service.voices import MakeVoice

DEFAULT_URI = "tcp://127.0.0.1:10700"
DEFAULT_VOICES = {"openjtalk": "mei_normal"}  # pyopenjtalk-plus brings it
THREADS = 4  # for speech and answers
AT_START_ONLY = ("desk_url", "data_dir", "cache_dir")  # the way to the desk is kept open

log = logging.getLogger(__name__)


@click.command()
@click.option(
    "--uri",
    default=DEFAULT_URI,
    show_default=True,
    envvar="KOEMADO_WYOMING_URI",
    help="Where to listen: tcp://HOST:PORT or unix:///PATH; or by KOEMADO_WYOMING_URI.",
)
@click.option(
    "--recognizers",
    type=click.IntRange(1, 100),
    default=max(2, os.cpu_count() or 1),
    show_default="one a core",
    help="How many speakers are heard at once; who comes beyond is told so.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the address as one line of JSON.")
@common_options
def wyoming(program: Program, uri: str, recognizers: int, as_json: bool) -> None:
    """Serve the Wyoming protocol: speech to text, text to speech, answers.

    The protocol knows no passwords: whoever reaches the address may use it.  SIGTERM or Ctrl-C ends it.
    As a service it reads its settings anew on SIGHUP.
    """
    from voice.wyoming_service.address import parsed
    from voice.wyoming_service.service import Service, listening, serve_until_told

    settings = program.settings
    log_to_file(settings)
    service = DeskService(ServiceNotice.from_environment())
    with (
        listening(parsed(uri)) as (opened, address),
        compose.desk_link(settings) or nullcontext() as desk,
        ThreadPoolExecutor(THREADS, "wyoming") as pool,
    ):
        make = partial(_house, desk=desk, pool=pool, recognizers=recognizers)
        ready = partial(service.ready, partial(_announce, address, as_json=as_json))
        renewal = _Renewal(lambda: program.settings, settings, make)
        serve_until_told(Service(make(settings)), opened, ready, service, renewal)
    note("koemado: the Wyoming service has ended")


class _Renewal:
    """A house with the settings as they are now, for whoever comes from then on; None where they are the same, or wrong."""

    def __init__(self, load: Callable[[], Settings], now: Settings, make: "Callable[[Settings], House]") -> None:
        self._load = load
        self._now = now
        self._make = make

    def __call__(self) -> "House | None":
        try:
            return self._taken_up(self._load())
        except (VoiceError, KnowledgeBaseError) as error:
            log.warning("the settings stay as they were: %s", error)
            return None

    def _taken_up(self, found: Settings) -> "House | None":
        changed = changes(self._now, found)
        if not changed:
            log.warning("settings read again: nothing is different")
            return None
        log_to_file(found)
        house = self._make(found)
        self._now = found
        log.warning("settings read again, different now: %s", ", ".join(n for n in changed if n not in AT_START_ONLY))
        if at_start := [name for name in changed if name in AT_START_ONLY]:
            log.warning("only a restart takes these up: %s", ", ".join(at_start))
        return house


def _announce(address: "Address", *, as_json: bool) -> None:
    note(f"koemado: the Wyoming service answers at {address}  (Ctrl-C ends it)")
    if not address.is_local:
        note("koemado: other machines reach it, and the protocol has no passwords: keep it to a network you trust")
    if as_json:
        print_json({"uri": str(address)})


def _house(settings: Settings, *, desk: CallDesk | None, pool: ThreadPoolExecutor, recognizers: int) -> "House":
    from voice.wyoming_service.address import is_address
    from voice.wyoming_service.conversations import Conversations
    from voice.wyoming_service.house import House, Limits
    from voice.wyoming_service.information import information
    from voice.wyoming_service.voices import Voices

    known = compose.knowledge(settings, watch)
    _ = known.current()  # nobody shall wait for it
    voices = Voices(_voices(settings))
    model = settings.model if is_address(settings.model) else compose.model_folder(settings).name
    return House(
        listen=_Listening(settings, known).recognizer,
        voices=voices,
        conversations=Conversations(lambda: Assistant(known, desk=desk)),
        info=information(model=model, voices=voices.names, version=version("koemado")),
        pool=pool,
        limits=Limits(recognizers=recognizers),
    )


class _Listening:
    """Makes recognisers, one at a time: each may have to compile what it expects."""

    def __init__(self, settings: Settings, known: Knowledge) -> None:
        self._ears = compose.Ears(settings)
        self._ears.recognizer(known.current())
        self._known = known
        self._lock = Lock()

    def recognizer(self, assistant: Assistant | None) -> SpeechRecognizer:
        """Hear best what that assistant has asked, or the base's questions."""
        with self._lock:
            return self._ears.listening_to(assistant) if assistant else self._ears.recognizer(self._known.current())


def _voices(settings: Settings) -> "Mapping[str, MakeVoice]":
    """Collect the voice in use, and every .htsvoice in <data_dir>/voices."""
    files = sorted((settings.data_dir / "voices").glob("*.htsvoice")) if settings.speech_engine == "openjtalk" else []
    own = Path(settings.speech_voice).stem if settings.speech_voice else DEFAULT_VOICES.get(settings.speech_engine, "")
    more = {file.stem: settings.model_copy(update={"speech_voice": str(file)}) for file in files}
    return {
        name: partial(_voice, chosen) for name, chosen in ({own or settings.speech_engine: settings} | more).items()
    }


def _voice(settings: Settings, pace: "Pace", keep: bool) -> "SpeechSynthesizer":
    return compose.synthesizer(settings, pace, cached=keep)
