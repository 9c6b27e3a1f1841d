"""The composition root of the voice gateway: one model, base and voice for all browsers of a desk."""

import os
from collections.abc import Callable
from functools import partial

from kb.ports import KnowledgeBase
from server.gateway.lobby import Lobby
from server.notices import PAGE
from server.office import Office
from server.web.talk_socket import VoiceGateway
from voice import compose
from voice.assistant import Assistant
from voice.desk_direct import DirectDesk
from voice.gateway_ahead import make_ahead
from voice.gateway_knowledge import SharedKnowledge
from voice.gateway_notices import PageNotices
from voice.gateway_room import BrowserRoom
from voice.mind import Known
from voice.notice_talk import NoticeTalk
from voice.released_base import ReleasedBase
from voice.settings import Settings
from voice.speech.playback import SilentSink


def voice_gateway(settings: Settings, office: Office) -> VoiceGateway:
    """Return the gateway of an office; takes some seconds.  Raises ModelError, SettingsError, KnowledgeBaseError."""
    ears, now = compose.Ears(settings), OfficeNow(office)
    base = now.base(partial(compose.knowledge_base, settings))
    phone = partial(_phone, settings, base)
    known, ahead = compose.knowledge(settings, base=base, phone=phone), partial(make_ahead, settings, base.data)
    knowledge = SharedKnowledge(known, ears.prepare, ahead=ahead)
    room = BrowserRoom(
        partial(_assistant, knowledge, now),
        ears.listening_to,
        compose.speaker(settings, SilentSink()),
    )
    seats = office.settings.talk.seats
    threads = min(seats, (os.cpu_count() or 1) + 1)
    return VoiceGateway(Lobby(room, seats), threads, phone=phone(), use=now.use)


class OfficeNow:
    """The office that talks ask: another one once its settings were read again.  A talk that goes on keeps its own."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def use(self, office: Office) -> None:
        """Have talks that begin from now on ask this one."""
        self.office = office

    def desk(self) -> DirectDesk:
        """Return the desk for a talk that begins now."""
        return DirectDesk(self.office, PAGE)

    def notices(self) -> NoticeTalk:
        """Return what tells notices in a talk that begins now; who opened the page is awake at any hour."""
        return NoticeTalk(PageNotices(self.office), self.office.clock, off="off_here")

    def base(self, otherwise: Callable[[], KnowledgeBase]) -> ReleasedBase:
        """Return what the desk released for its page; `otherwise` while that is nothing."""
        return ReleasedBase(lambda: self.office.bundles, PAGE, otherwise, folder=self.office.folder)


def _assistant(knowledge: Known, now: OfficeNow) -> Assistant:
    return Assistant(knowledge, desk=now.desk(), follows_up=True, notices=now.notices())


def _phone(settings: Settings, base: ReleasedBase) -> str:
    """The number customers are told: that of the sample never with articles of the desk's own.  Raises KnowledgeBaseError."""
    return settings.desk_phone if base.is_released() else compose.desk_phone(settings)
