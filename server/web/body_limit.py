"""No request is read beyond what the largest honest one needs."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOO_LARGE = 413


class BodyLimit:
    """Middleware; refuses by the length a request names, or where it named none while it comes in.

    `beneath` has limits of their own for what lies beneath some paths.
    """

    def __init__(self, app: ASGIApp, *, largest: int, beneath: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._largest = largest
        self._beneath = beneath or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read, largest = 0, self._limit(scope["path"])
        named = _named_length(scope)

        async def counted() -> Message:
            nonlocal read
            if named > largest:
                raise _refusal(largest)
            message = await receive()
            read += len(message.get("body", b""))
            if read > largest:
                raise _refusal(largest)
            return message

        await self._app(scope, counted, send)

    def _limit(self, path: str) -> int:
        return next((most for begin, most in self._beneath.items() if path.startswith(begin)), self._largest)


def _refusal(largest: int) -> HTTPException:
    return HTTPException(TOO_LARGE, f"a request has at most {largest} bytes")


def _named_length(scope: Scope) -> int:
    """Return what Content-Length says; 0 where it says nothing a number could be."""
    named = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(named) if named.isdigit() else 0
