"""The clockwork: huey's consumer, as threads of the program that serves the pages.

huey keeps nothing durable here: what is to be done stands in the database, so each process runs its own clock and any
number of them may.  A round that fails is tried again by the next; its reason is logged once a minute at most.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from huey import MemoryHuey, crontab
from huey.consumer import Consumer, Scheduler

from server.office import Office
from server.store.messages import MAIL, WEBHOOK
from server.work.carrying import Carrier
from server.work.insight import due_round
from server.work.mail import SmtpCarrier
from server.work.watch import Watch
from server.work.webhook import WebhookCarrier

QUICK_S: Final = 2  # how soon news is noticed
THREADS: Final = 4  # one for each round: a slow receiver of webhooks holds up neither mails nor the watch
STOPS_WITHIN_S: Final = 1.5
SAY_EVERY_S: Final = 60.0
_log = logging.getLogger(__name__)

Stop = Callable[[], None]


class Rounds:
    """Runs rounds that must not end the thread they run in; each by one thread at a time, so that none takes all."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._said: dict[str, float] = {}
        self._running: defaultdict[str, Lock] = defaultdict(Lock)

    def run(self, name: str, round_: Callable[[], object]) -> None:
        """Run it unless it is running; what it raises is logged by its class, once a minute at most for each round."""
        lock = self._running[name]
        if not lock.acquire(blocking=False):
            return
        try:
            round_()
        except Exception as error:  # the main loop of the background work
            self._say(name, error)
        finally:
            lock.release()

    def _say(self, name: str, error: Exception) -> None:
        now = self._timer()
        if now - self._said.get(name, -SAY_EVERY_S) >= SAY_EVERY_S:
            self._said[name] = now
            _log.error("background work %s failed, it is tried again: %s", name, type(error).__name__)


def start_worker(office: Office) -> Stop:
    """Start the background work of a desk; return what ends it within two seconds.

    What was being sent at that moment goes out again by whoever runs next.  Raises SettingsInvalid.
    """
    for chatty in ("huey", "httpx"):  # a line for each round; the whole address of the webhook
        logging.getLogger(chatty).setLevel(logging.WARNING)
    carriers = carriers_of(office)
    huey = MemoryHuey("koemado-desk", results=False)
    consumer = _Consumer(huey, _Clockwork(huey, Watch(office, carriers), office))
    consumer.start()

    def stop() -> None:
        consumer.stop(graceful=True)
        for carrier in carriers.values():
            if isinstance(carrier, WebhookCarrier):
                carrier.close()

    return stop


def carriers_of(office: Office) -> dict[str, Carrier]:
    """Return the ways out that the settings name.  Raises SettingsInvalid."""
    settings = office.settings
    carriers: dict[str, Carrier] = {}
    if settings.mail.host:
        carriers[MAIL] = SmtpCarrier(settings.mail)
    if settings.webhook.url:
        carriers[WEBHOOK] = WebhookCarrier(settings.webhook)
    return carriers


class _Clockwork:
    """The tasks, and when each is due."""

    def __init__(self, huey: MemoryHuey, watch: Watch, office: Office) -> None:
        self._watch, self._journal, self._office = watch, office.journal, office
        self._rounds = Rounds()
        self._line = -1
        huey.periodic_task(crontab(minute="*"), name="minute", expires=55)(self._minute)
        self._look = huey.task(name="look", expires=55)(self._look_round)
        self._send = huey.task(name="send", expires=55)(self._send_round)

    def tick(self) -> None:
        """Enqueue what news ask for; runs every other second."""
        self._rounds.run("tick", self._notice)

    def _notice(self) -> None:
        if self._journal.last_line() != self._line:
            self._look()
        for route in self._watch.routes_due():
            self._send(route)

    def _minute(self) -> None:
        self._rounds.run("minute", self._watch.minute)
        self._rounds.run("insight", lambda: due_round(self._office))  # its own: it may take a minute itself

    def _look_round(self) -> None:
        self._rounds.run("look", self._look_at_news)

    def _look_at_news(self) -> None:
        line = self._journal.last_line()
        self._watch.look()
        self._line = line  # not before: a look that failed is tried again

    def _send_round(self, route: str) -> None:
        self._rounds.run(f"send {route}", lambda: self._watch.send(route))


class _Scheduler(Scheduler):  # type: ignore[misc]  # huey has no types
    """huey's clock, which also looks for news each time it comes by."""

    tick: Callable[[], None]

    def loop(self, now: Any = None) -> None:
        """Do what huey does, after a look."""
        self.tick()
        super().loop(now)


class _Consumer(Consumer):  # type: ignore[misc]  # huey has no types
    """huey's consumer inside a program that has signals of its own."""

    def __init__(self, huey: MemoryHuey, clockwork: _Clockwork) -> None:
        self._clockwork = clockwork
        super().__init__(
            huey,
            workers=THREADS,
            initial_delay=0.1,
            max_delay=0.5,
            scheduler_interval=QUICK_S,
            check_worker_health=False,
            shutdown_timeout=STOPS_WITHIN_S,
        )

    def _create_scheduler(self) -> Scheduler:
        scheduler = _Scheduler(huey=self.huey, stop_flag=self.stop_flag, interval=QUICK_S, periodic=True)
        scheduler.tick = self._clockwork.tick
        return scheduler

    def _set_signal_handlers(self) -> None:
        """Leave the program's signals alone."""
