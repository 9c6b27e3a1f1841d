"""Whatever is sent to any route by anybody, the desk does not fall over: no answer of 500 and above."""

import json
import re
from urllib.parse import quote
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from server.access import Account, Role
from server.app import create_app, open_office
from server.store.accounts import csrf_token
from server.web.guard import COOKIE
from server.wire import parse_request
from tests.callback_samples import SetClock, body
from tests.own_database import POSTGRES_URL, desk_folder
from tests.web.conftest import PASSWORD

NEVER_ENDS = {"/live", "/logout"}
ODD = [
    "", "0", "-1", "99999999999999999999", "1e400", "nan", "\x00", "a\x00b", "\ud7ff", "𠮷" * 300, "x" * 5000, "../../etc",
    "2026-02-30", "2026-11-24", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59Z",
    "2026-11-24T10:00", "<script>", "' OR 1=1 --", "%", "{}", "[]", "true", "null", "山田", "+81", "090-1234-5678",
    str(uuid4()), "00000000-0000-0000-0000-000000000000", "sato", "box-1", "reached", "safety", "general",
]  # fmt: skip
PLAUSIBLE = {
    "begins": "2026-11-25T10:00:00+09:00", "next_at": "2026-11-25T10:00:00+09:00", "dialled_at": "2026-11-24T09:58:00+09:00",
    "later_at": "2026-11-25T10:00:00+09:00", "outcome": "call_later", "resolution": "unsolved", "reason": "other_channel",
    "login": "agent", "name": "佐藤", "role": "agent", "password": PASSWORD, "phone": "090-1234-5678", "topic": "refund",
    "device_id": "box-1", "device_name": "x", "day": "2026-11-24", "from": "2026-11-01", "to": "2026-11-30",
    "agent": "agent", "text": "x", "q": "やまだ", "key": "x", "note": "x", "csrf": "x", "next": "/queue",
}  # fmt: skip
# What SQLite itself may fall over, beside what it gets in turn; every page meets all of ODD on PostgreSQL, which is stricter.
HARD_TO_STORE = {
    "",
    "-1",
    "99999999999999999999",
    "1e400",
    "nan",
    "\x00",
    "a\x00b",
    "\ud7ff",
    "0001-01-01T00:00:00+09:00",
    "9999-12-31T23:59:59Z",
}
ALL_OF_IT = [("admin", "text/html"), ("device", "application/json")]
WHO = ["nobody", "device", *(role.value for role in Role)]


def case_with_odd_times():
    """A device whose clock is far off, at the limits of what it may send."""
    far = [{"begins": "9998-12-20T00:00:00Z", "ends": "9998-12-21T00:00:00Z"}]
    consent = {"at": "0003-01-01T00:00:00Z", "wording": "x"}
    return parse_request(_json(body(windows=far, consent=consent, customer_name=None, customer_reading=None)))


def _json(sent):
    return json.dumps(sent).encode()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request, tmp_path_factory):
    """A desk with cases, and who may ask: name -> headers and cookies."""
    with desk_folder(tmp_path_factory.mktemp("desk"), request.param) as folder:
        yield from opened(folder, SetClock())


@pytest.fixture(scope="module")
def tried(desk):
    """The places in ODD of what everybody who may ask all of it sends to this database."""
    strict = desk[3] == "postgresql" or not POSTGRES_URL
    return [n for n, odd in enumerate(ODD) if strict or odd in HARD_TO_STORE]


def opened(folder, clock):
    office = open_office(folder, clock=clock)
    app = create_app(office)
    case = office.desk.receive(parse_request(_json(body()))).case_id
    odd = office.desk.receive(case_with_odd_times()).case_id
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:  # closes the office
        yield (
            client,
            people(office, clock),
            {"case_id": [str(case), str(odd)], "device_id": ["box-1"]},
            office.engine.dialect.name,
        )


def people(office, clock):
    found = {"nobody": ({}, {})}
    for role in Role:
        office.accounts.add(Account(login=role.value, name="佐藤", role=role), PASSWORD, by="x", now=clock())
        token = office.accounts.open_session(role.value, now=clock())
        found[role.value] = ({"X-CSRF-Token": csrf_token(token)}, {COOKIE: token})
    code = office.devices.make_code("box-1", "x", by="x", now=clock())
    token = office.devices.enrol(code, now=clock())[1]
    return found | {"device": ({"Authorization": f"Bearer {token}"}, {})}


def leaves(routes):
    """Yield every route, those of included routers too."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif router := getattr(route, "original_router", None):
            yield from leaves(router.routes)


def names_of(route):
    """Return the names of its query parameters and form fields."""
    query, form, waiting = set(), set(), [route.dependant]
    while waiting:
        found = waiting.pop()
        query |= {p.alias for p in found.query_params}
        form |= {p.alias for p in found.body_params}
        waiting += found.dependencies
    return query - {"wait"}, form - {"csrf"}


def filled(path, odd, known):
    """Return the path with odd values, quoted as browsers would."""
    return re.sub(r"{(\w+)(:\w+)?}", lambda m: quote(known.get(m[1], odd), safe=""), path) or "/"


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
@pytest.mark.parametrize("who", WHO)
def test_no_answer_is_a_failure(desk, tried, who, kind):
    client, who_asks, ids, _ = desk
    headers, client.cookies = who_asks[who][0] | {"Accept": kind}, who_asks[who][1]
    everything = (who, kind) in ALL_OF_IT  # what one may not do is refused before it is looked at
    asked, failed = 0, []
    for number, route in enumerate(leaves(client.app.routes)):
        if route.path in NEVER_ENDS:
            continue
        for n in tried if everything else range(number % 8, len(ODD), 8):
            known = {name: values[n % len(values)] for name, values in ids.items()} if n % 3 else {}
            method = min(route.methods)
            answer = client.request(method, filled(route.path, ODD[n], known), headers=headers, **sent(route, n))
            asked += 1
            if answer.status_code >= 500:
                failed.append((method, route.path, ODD[n][:30], answer.status_code))
    assert asked > 100
    assert failed == []


def sent(route, n):
    """Return what goes along: one odd parameter or field among plausible ones, or no form at all."""
    query, form = (spoilt(names, n) for names in names_of(route))
    params = {"params": query} if query else {}
    if "GET" in route.methods:
        return params
    return params | ({"data": form} if n % 4 else {"content": ODD[n].encode()})


def spoilt(names, n):
    """Return a value for each name, one of them odd, each in its turn."""
    values = {name: PLAUSIBLE.get(name, "1") for name in names}
    if "id" in values:
        values["id"] = str(uuid4())
    for name in sorted(names)[n % len(names) :][:1] if names else ():
        values[name] = ODD[n]
    return values


def test_all_routes_are_reached(desk):
    found = {route.path for route in leaves(desk[0].app.routes)}
    assert {"/queue", "/devices", "/callbacks", "/slots", "/callbacks/{callback_id}", "/devices/enrol"} <= found


def test_an_unknown_path_or_method_is_no_failure(desk):
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW"):
        for path in ("/nowhere", "/queue", "/callbacks", "/static/%00", "/static/../app.py", "//", "/callbacks/news"):
            assert desk[0].request(method, path).status_code < 500
