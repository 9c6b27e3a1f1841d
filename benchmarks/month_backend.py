"""The desk of the month, served in this process, and its devices: the real dialogue, log and client around it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
from starlette.testclient import TestClient

from benchmarks.month_memory import Followed, Memory
from benchmarks.month_plan import FIRST_DAY, Matter
from intents.callback_form import Form, Known, Setting
from intents.when_types import Window, Wishes
from kb.articles import Article
from kb.fakes import MemoryKnowledgeBase
from server.access import Account, Role
from server.app import create_app, open_office
from server.articles import ArticleCard, MemoryArticles
from server.client import DeskClient
from server.deliveries import Arrived, Delivery
from server.demo.week import WalkingClock
from server.office import Office
from server.passwords import new_password
from server.settings import SETTINGS_FILE, shipped_text
from server.spans import TOKYO
from server.store.accounts import csrf_token
from server.talks import LoggedConversation, LoggedTurn
from server.web.guard import COOKIE
from server.wire import Urgency
from voice.assistant import Assistant
from voice.customer_sayings import NobodyKnown
from voice.desk_calls import Change
from voice.desk_calls import Matter as AboutWhat
from voice.desk_request import request_from
from voice.desk_times import SLOTS_ASKED, free_of
from voice.made_once import Indexes, Readings
from voice.mind import Knowledge
from voice.turn_log import TurnLog
from voice.turn_notes import Entry

CALLS_AT_ONCE: Final = 0.5  # of the agents
KEEP: Final = timedelta(days=30)
URL: Final = "http://desk.month"


class Backend:
    """Office, application, and everybody's way in."""

    def __init__(self, folder: Path, articles: Sequence[Article], *, agents: int, clock: WalkingClock) -> None:
        self.clock, self.articles = clock, articles
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SETTINGS_FILE).write_text(_settings(agents), encoding="utf-8")
        cards = [
            ArticleCard(id=one.id, title=one.title, answer=one.answer, safety=one.safety, variants=one.variants)
            for one in articles
        ]
        self.office: Office = open_office(folder, articles=MemoryArticles(cards), clock=clock)
        self._browser = TestClient(create_app(self.office))
        self.agents = tuple(f"agent-{n}" for n in range(1, agents + 1))
        for login in (*self.agents, "lead"):
            role = Role.LEAD if login == "lead" else Role.AGENT
            self.office.accounts.add(
                Account(login=login, name=login, role=role), new_password(), by="system", now=clock()
            )

    def client(self, device: str) -> DeskClient:
        """Enrol a device, as staff and the device would; return its way to the desk."""
        code = self.office.devices.make_code(device, device, by="lead", now=self.clock())
        with DeskClient(URL, transport=self._way()) as stranger:
            _, token, _ = stranger.enrol(code)
        return DeskClient(URL, token, transport=self._way())

    def page(self, path: str) -> httpx.Response:
        """Return a page as the lead sees it."""
        token = self.office.accounts.open_session("lead", now=self.clock())
        headers = {"X-CSRF-Token": csrf_token(token), "Cookie": f"{COOKIE}={token}"}
        return self._browser.get(path, headers=headers, follow_redirects=False).raise_for_status()

    def _way(self) -> httpx.MockTransport:
        def answer(asked: httpx.Request) -> httpx.Response:
            path, headers = asked.url.raw_path.decode(), dict(asked.headers)
            found = self._browser.request(asked.method, path, content=asked.content, headers=headers)
            return httpx.Response(found.status_code, content=found.content, headers=dict(found.headers))

        return httpx.MockTransport(answer)


class MemoryTurns:
    """A turn log's file in memory, under ids that the seed decides."""

    def __init__(self, new_id: Callable[[], UUID]) -> None:
        self._new_id = new_id
        self.id: UUID | None = None
        self.entries: list[Entry] = []
        self.request: UUID | None = None

    def begin(self) -> UUID:
        """The next conversation."""
        self.id, self.entries, self.request = self._new_id(), [], None
        return self.id

    def add(self, _conversation: UUID, _number: int, entry: Entry, request: UUID | None = None) -> None:
        """See `TurnFile`."""
        self.entries.append(entry)
        self.request = request or self.request

    def change_texts(self, _conversation: UUID, changed: Callable[[str], str]) -> None:
        """See `TurnFile`."""
        self.entries = [replace(one, heard=changed(one.heard), said=changed(one.said)) for one in self.entries]

    def end(self, _conversation: UUID) -> None:
        """See `TurnFile`."""

    def forget(self, *_: object, **__: object) -> int:
        """See `TurnFile`."""
        return 0

    def close(self) -> None:
        """See `TurnFile`."""


class MonthDesk:
    """The device's desk: everything goes over HTTP, and what was told to customers is remembered."""

    def __init__(self, device: str, client: DeskClient, backend: Backend, memory: Memory, rng: random.Random) -> None:
        self.sayings = NobodyKnown()
        self._device, self.client, self._backend, self._memory, self._rng = device, client, backend, memory, rng
        self._kept: dict[UUID, Any] = {}
        self.request: UUID | None = None
        self.twice = 0.0  # how often the answer is missed
        self.about: Matter | None = None  # what the customer came for

    def setting(self, now: Callable[[], datetime]) -> Setting:
        """See `CallDesk.setting`."""
        return Setting(now=now)

    def slots(self, wishes: Wishes, matter: AboutWhat) -> tuple[Window, ...] | None:
        """See `CallDesk.slots`."""
        urgency = str(matter.weight)
        return free_of(
            wishes,
            lambda wanted: self.client.slots(topic=matter.topic, urgency=urgency, wanted=wanted, count=SLOTS_ASKED),
        )

    def store(self, form: Form, matter: AboutWhat) -> UUID | None:
        """See `CallDesk.store`."""
        id_ = UUID(int=self._rng.getrandbits(128), version=4)
        self._kept[id_] = request_from(form, matter, request_id=id_, device=self._device, now=self._backend.clock())
        return id_

    def delivered(self, request_id: UUID, _wait_s: float) -> Delivery | None:
        """See `CallDesk.delivered`; some devices miss the answer and send again."""
        request = self._kept.pop(request_id)
        payload = request.model_dump_json().encode()
        delivery = self.client.submit(request_id, payload)
        if self._rng.random() < self.twice:
            self.client.submit(request_id, payload)
        if isinstance(delivery, Arrived):
            self._remember(request, delivery)
            self.request = request_id
        return delivery

    def _remember(self, request: Any, delivery: Arrived) -> None:
        now, office = self._backend.clock(), self._backend.office
        sent = office.sent.find(request.id, device=self._device)
        if sent is None or sent.case_id is None:
            raise RuntimeError("the desk lost a request")
        case = self._memory.cases.get(sent.case_id)
        if case is None and self.about is not None:
            case = Followed(id=sent.case_id, phone=request.phone, matter=self.about, device=self._device, opened_at=now)
            self._memory.cases[case.id] = case
        if case is None:
            raise RuntimeError("a request came of nothing")
        case.safety |= request.urgency is Urgency.SAFETY
        case.requests[request.id] = now
        case.agree(delivery.promise, now)

    def remember(self, _customer: Known, _instead: Known | None) -> bool:
        """Nobody is remembered."""
        return False

    def forget(self) -> bool:
        """There is nobody to forget."""
        return True

    def news(self) -> tuple[Change, ...]:
        """Nothing is told: customers who rate do so when the month wants it."""
        return ()


class Place:
    """A device and whoever stands before it."""

    def __init__(self, id_: str, knowledge: Knowledge, backend: Backend, memory: Memory, rng: random.Random) -> None:
        self.id, self.clock, self.is_taken, self.turns = id_, backend.clock, False, 0
        self._rng = rng
        self.desk = MonthDesk(id_, backend.client(id_), backend, memory, rng)
        self._file = MemoryTurns(lambda: UUID(int=rng.getrandbits(128), version=4))
        self.talk = self._file.begin()
        log = TurnLog(self._file, keep=KEEP, now=backend.clock)  # type: ignore[arg-type]
        self.assistant = Assistant(
            knowledge,
            desk=self.desk,
            follows_up=True,
            turn_log=log,
            now=lambda: backend.clock().astimezone(TOKYO),  # type: ignore[arg-type]
        )

    def hand_in(self, *, twice: bool) -> None:
        """The customer has gone: bring what was written down to the desk."""
        self.assistant.forget()
        entries = self._file.entries
        talk = LoggedConversation(
            id=self.talk,
            device=self.id,
            began_at=entries[0].at,
            ended_at=entries[-1].at,
            callback=self._file.request,
            turns=tuple(
                LoggedTurn(**{name: getattr(one, name) for name in LoggedTurn.model_fields}) for one in entries
            ),
        )
        for _ in range(2 if twice else 1):
            self.desk.client.send_conversations([talk])
        self.talk, self.turns = self._file.begin(), 0


def knowledge(articles: Sequence[Article], cache: Path) -> Knowledge:
    """Return what the devices know."""
    base = MemoryKnowledgeBase(articles)
    return Knowledge(base, Readings(cache / "readings"), Indexes(cache / "index"), today=lambda: FIRST_DAY)


def _settings(agents: int) -> str:
    text = shipped_text().replace("general = 2", f"general = {max(2, int(agents * CALLS_AT_ONCE))}")
    return text.replace("device_silent_hours = 24", "device_silent_hours = 8760")
