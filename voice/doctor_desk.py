"""The callback desk in the eyes of `koemado doctor`: what waits for it, whether it answers, which program it runs."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from server.errors import OutboxUnavailable
from voice import compose
from voice.findings import Finding, State
from voice.settings import Settings

if TYPE_CHECKING:
    from voice.desk_enrolment import Enrolment
    from voice.desk_health import Standing

ENROL: Final = "koemado enrol CODE --url URL, with a code that the desk's staff make"
NETWORK: Final = "look whether the desk runs and the network is up; requests are kept until then"
ASK_S: Final = 1.5  # less than the examination waits: so what waits in the outbox is told beside it
NUMBER: Final = re.compile(r"\d+")


def desk(settings: Settings) -> Iterator[Finding]:
    """The callback desk, where there is one."""
    from voice.desk_health import waiting_in

    enrolment = compose.enrolment_file(settings).read()
    if enrolment is None and not settings.desk_url:
        return
    try:
        kept = waiting_in(compose.outbox(settings))
    except OutboxUnavailable as error:
        remedy = (
            f"make {settings.data_dir} writable, or move a damaged outbox.db away: until then no request can be kept"
        )
        yield Finding(check="outbox", state=State.BROKEN, detail=str(error), remedy=remedy)
        return
    here = f"{kept.waiting} requests wait" + (f" since {kept.since:%Y-%m-%d %H:%M} UTC" if kept.since else "")
    if kept.rejected:
        detail = f"the desk refused {kept.rejected} requests: nobody calls these customers"
        remedy = "koemado outbox list; mend it, then koemado outbox retry ID"
        yield Finding(check="outbox", state=State.BROKEN, detail=detail, remedy=remedy)
    if kept.stopped:
        detail = "the desk turned this device away: requests wait here, and nobody hears of them"
        yield Finding(check="outbox", state=State.BROKEN, detail=detail, remedy=ENROL)
    if enrolment is None:
        detail = f"this device is not enrolled at {settings.desk_url}; {here}"
        yield Finding(check="callback desk", state=State.BROKEN, detail=detail, remedy=ENROL)
        return
    yield from _reached(enrolment, here)


def _reached(enrolment: "Enrolment", here: str) -> Iterator[Finding]:
    from voice.desk_health import standing_of

    standing = standing_of(enrolment, compose.desk_client, wait_s=ASK_S)
    detail = f"{enrolment.id} at {enrolment.url}: {standing.detail}; {here}"
    if standing.clock_is_wrong:
        minutes = standing.clock_ahead.total_seconds() / 60
        told = f"this clock is {abs(minutes):,.0f} minutes {'ahead of' if minutes > 0 else 'behind'} the desk's"
        yield Finding(check="clock", state=State.LIMITED, detail=told, remedy="set the clock, best by NTP")
    yield from _programs(standing)
    if standing.reachable and not standing.known:
        yield Finding(check="callback desk", state=State.BROKEN, detail=detail, remedy=ENROL)
        return
    state = State.FINE if standing.known else State.LIMITED
    yield Finding(check="callback desk", state=state, detail=detail, remedy="" if standing.known else _remedy(standing))


def _programs(standing: "Standing") -> Iterator[Finding]:
    """A desk takes in what older devices send; what newer ones send it may not know."""
    ours = version("koemado")
    if standing.program and _numbers(standing.program) < _numbers(ours):
        detail = f"the desk runs koemado {standing.program}, this device {ours}"
        yield Finding(check="versions", state=State.LIMITED, detail=detail, remedy="update the desk before its devices")


def _numbers(program: str) -> tuple[int, ...]:
    return tuple(int(number) for number in NUMBER.findall(program.partition("+")[0]))


def _remedy(standing: "Standing") -> str:
    if standing.is_stranger:
        return f"look at the address, and at any proxy or portal on the way; {NETWORK}"
    if "certificate" in standing.why:
        return f"enrol with the address the certificate is for, let this system trust it, look at the clock; {NETWORK}"
    return NETWORK
