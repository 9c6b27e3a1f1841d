"""No request is read beyond what the largest honest one needs."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOO_LARGE = 413


class BodyLimit:
    """Middleware; refuses by the length a request names, or where it named none while it comes in."""

    def __init__(self, app: ASGIApp, *, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read = 0
        named = _named_length(scope)

        async def counted() -> Message:
            nonlocal read
            if named > self._largest:
                raise self._refusal()
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._largest:
                raise self._refusal()
            return message

        await self._app(scope, counted, send)

    def _refusal(self) -> HTTPException:
        return HTTPException(TOO_LARGE, f"a request has at most {self._largest} bytes")


def _named_length(scope: Scope) -> int:
    """Return what Content-Length says; 0 where it says nothing a number could be."""
    named = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(named) if named.isdigit() else 0
