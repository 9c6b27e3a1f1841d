"""Which device is asking, by its bearer token; and what it sent, read as bytes and checked by our own models."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from server.access import Device
from server.web.guard import TheOffice
from server.wire import LARGEST_BODY, WireModel, parse

BEARER = HTTPBearer(auto_error=False, scheme_name="device token", description="the token of POST /devices/enrol")
Sent = TypeVar("Sent", bound=WireModel)


class NoDevice(Exception):
    """The token is missing, nobody's, or of a revoked device."""


def device_of(office: TheOffice, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> Device:
    """Return who is asking.  Raises NoDevice."""
    device = office.devices.by_token(given.credentials, now=office.clock()) if given else None
    if device is None:
        raise NoDevice
    return device


TheDevice = Annotated[Device, Depends(device_of)]


async def raw_body(request: Request) -> bytes:
    """Return the body; `BodyLimit` has an eye on its length."""
    return await request.body()


def sent(model: type[Sent], *, largest: int = LARGEST_BODY) -> Callable[[bytes], Awaitable[Sent]]:
    """Return the dependency that reads a model from the body.  Raises RequestInvalid, which quotes nothing."""

    async def read(body: Annotated[bytes, Depends(raw_body)]) -> Sent:  # waits for nothing: needs no other thread
        return parse(model, body, largest=largest)

    return read


def body_schema(model: type[WireModel]) -> dict[str, Any]:
    """Return the documentation of a body that is read as bytes, to be given as `openapi_extra`."""
    schema = model.model_json_schema(mode="validation")
    whole = _inlined(schema, schema.pop("$defs", {}))
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": whole}}}}


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """Put definitions where they are used: OpenAPI has no `$defs` of a single schema."""
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions) | rest
    return {key: _inlined(value, definitions) for key, value in schema.items()}
