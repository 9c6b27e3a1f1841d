"""The figures for Prometheus: text made at each request, from a registry of our own; no personal data."""

import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from threading import Lock
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from server.attempts import CallOutcome, Resolution
from server.measure_groups import NOT_RUNG
from server.measure_rows import Ratio
from server.measures import figures
from server.office import Office
from server.spans import Span
from server.store.figures import Now
from server.web.guard import TheOffice
from server.web.measures_page import late_before
from server.web.refusals import refused

RESULTS_OF: Final = timedelta(hours=24)
PROMISES_OF: Final = timedelta(days=7)
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/plain": {}}},
    401: {"description": "The bearer token is missing or wrong."},
    403: {"description": "Only this machine may ask."},
}
REMEMBERED_FOR: Final = timedelta(minutes=1)  # what takes a second on a large desk is not asked at every scrape
router = APIRouter(tags=["metrics"])


class KeptPromises:
    """The share of promises kept, computed at most once a minute; shared by threads."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._lock = Lock()
        self._found: tuple[datetime, Ratio] | None = None

    def at(self, now: datetime) -> Ratio:
        """Return the share of the last seven days, a minute old at most.  Raises StoreUnavailable."""
        with self._lock:
            if self._found is None or not timedelta() <= now - self._found[0] < REMEMBERED_FOR:
                rows = self._office.figures.promises(Span(now - PROMISES_OF, now), now=now)
                self._found = now, figures(rows, now=now).kept
            return self._found[1]


@router.get("/metrics", response_class=Response, responses=ANSWERS)
def metrics(request: Request, office: TheOffice) -> Response:
    """Return the desk's figures as Prometheus text: to this machine itself, or to who has the token."""
    token = office.settings.listening.metrics_token
    if not (_from_this_machine(request) or _has_token(request, token)):
        if token:
            return refused(request, 401, "login", "a bearer token is needed", **{"WWW-Authenticate": "Bearer"})
        return refused(request, 403, "role", "only this machine may ask")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DeskCollector(office, request.app.state.kept_promises))
    ProcessCollector(registry=registry)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class DeskCollector(Collector):
    """Reads the desk's figures when it is asked for them."""

    def __init__(self, office: Office, kept: KeptPromises) -> None:
        self._office = office
        self._kept = kept

    def collect(self) -> Iterable[Metric]:
        """Yield all families.  Raises StoreUnavailable."""
        now = self._office.clock()
        yield from _standing(
            self._office.figures.now(late_before=late_before(now, self._office.desk.plan.slot_minutes))
        )
        yield from self._results(now)
        yield from self._promises(now)

    def _results(self, now: datetime) -> Iterator[Metric]:
        outcomes, resolutions = self._office.figures.results(Span(now - RESULTS_OF, now))
        family = GaugeMetricFamily(
            "koemado_calls_24h", "Calls made in the last 24 hours by outcome.", labels=["outcome"]
        )
        for outcome in CallOutcome:
            family.add_metric([outcome.value], outcomes[outcome.value])
        family.add_metric([NOT_RUNG], outcomes[""])
        yield family
        text = "Reached calls of the last 24 hours by what they came to."
        family = GaugeMetricFamily("koemado_resolutions_24h", text, labels=["resolution"])
        for resolution in Resolution:
            family.add_metric([resolution.value], resolutions[resolution.value])
        yield family

    def _promises(self, now: datetime) -> Iterator[Metric]:
        """Without a promise there is no ratio: no sample, rather than a zero that would alarm."""
        found = self._kept.at(now)
        yield _gauge("koemado_promises_due_7d", "Promises whose time ended in the last 7 days.", found.whole)
        ratio = GaugeMetricFamily(
            "koemado_promises_kept_ratio_7d", "Promises kept of those, 0 to 1; absent without any."
        )
        if found.share is not None:
            ratio.add_metric([], found.share)
        yield ratio


def _standing(now: Now) -> Iterator[Metric]:
    yield _gauge("koemado_cases_open", "Cases not closed.", now.backlog)
    yield _gauge("koemado_cases_late", "Open cases whose time is over.", now.late)
    yield _gauge("koemado_cases_safety_open", "Open cases where there is danger.", now.safety)
    yield _gauge("koemado_alarms_running", "Alarms not cleared.", now.alarms)
    yield _gauge("koemado_messages_waiting", "Mails and webhook calls waiting to be sent.", now.messages)
    yield _gauge("koemado_devices", "Devices that may ask for calls.", now.devices)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _from_this_machine(request: Request) -> bool:
    """Whether nobody else can be asking; what a proxy on this machine passes on comes from elsewhere."""
    if request.client is None or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _has_token(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
