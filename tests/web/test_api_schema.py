"""The interface for devices keeps what its OpenAPI document says, whatever is sent: found by schemathesis."""

from uuid import UUID, uuid4

import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import fixture, mark, param
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from server.app import create_app, open_office
from tests.callback_samples import SetClock, body

EXAMPLES = 60  # of each operation and kind
KEPT = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
OPERATIONS = [
    "GET /health", "GET /health/ready", "POST /devices/enrol", "POST /devices/heartbeat", "GET /callbacks/news",
    "POST /callbacks", "GET /callbacks/{callback_id}", "PUT /callbacks/{callback_id}/promise",
    "POST /callbacks/{callback_id}/withdraw", "GET /slots", "GET /metrics", "PUT /callbacks/{callback_id}/rating",
    "GET /callbacks/{callback_id}/slots", "GET /hours", "POST /conversations", "GET /knowledge",
    "PUT /callbacks/{callback_id}/recommendation", "GET /notices", "PUT /notices/told", "POST /follow-ups",
    "PUT /stories/{story_id}",
    "PUT /recordings/{conversation}", "DELETE /recordings/{conversation}",
    "PUT /customers", "POST /slots", "PUT /callbacks/{callback_id}/customer",
]  # fmt: skip
EXACTLY = settings(
    max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@fixture(scope="module")
def desk(tmp_path_factory):
    """A desk, the token of a device of its, and a request it sent."""
    clock = SetClock()
    office = open_office(tmp_path_factory.mktemp("schema"), clock=clock)
    token = office.devices.enrol(office.devices.make_code("box-1", "x", by="x", now=clock()), now=clock())[1]
    office.bundles.publish(b"x" * 50, version="v", content="c", articles=1, by="x", now=clock())
    app = create_app(office)
    sent = body()
    TestClient(app, headers={"Authorization": f"Bearer {token}"}).post("/callbacks", json=sent)
    yield schemathesis.openapi.from_asgi("/openapi.json", without_lifespan(app)), token, sent["id"]
    office.close()


def without_lifespan(app):
    """Have one office for all calls: schemathesis begins and ends the application with each."""

    async def called(scope, receive, send):
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for answer in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
            await receive()
            await send({"type": answer})

    return called


def talks():
    """What a device's log sends; the ids are known after the first time."""
    turn = {"at": "2026-11-24T09:59:00+09:00", "heard": "x", "said": "", "outcome": "unknown", "understood": False}
    one = {"id": str(uuid4()), "device": "box-1", "began_at": turn["at"], "ended_at": turn["at"], "turns": [turn]}
    return {"conversations": [one, one | {"id": str(UUID(int=7)), "turns": [turn, turn]}]}


def operations(schema):
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def test_every_operation_is_tried(desk):
    documented = set(operations(desk[0]))
    assert documented == set(OPERATIONS)


@mark.parametrize("label", OPERATIONS)
@mark.parametrize("mode", [param(mode, id=mode.value) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)])
def test_an_answer_is_never_a_surprise(desk, label, mode):
    schema, token, known = desk
    operation = operations(schema)[label]
    if mode is GenerationMode.NEGATIVE and label.startswith(("GET /health", "GET /metrics")):
        return  # there is nothing to be wrong

    @EXACTLY
    @given(
        case=operation.as_strategy(generation_mode=mode), right=st.sets(st.sampled_from(sorted(body()))), data=st.data()
    )
    def check(case, right, data):
        if label == "POST /callbacks" and isinstance(case.body, dict):
            case.body |= {name: value for name, value in body().items() if name in right or name == "device"}
        if "callback_id" in case.path_parameters and data.draw(st.booleans()):
            case.path_parameters["callback_id"] = known
        if label == "POST /conversations" and isinstance(case.body, dict) and data.draw(st.booleans()):
            case.body |= talks()
        if isinstance(case.query, dict):
            case.query.pop("wait", None)  # it would wait
        case.call_and_validate(checks=KEPT, headers={"Authorization": f"Bearer {token}"})

    check()
