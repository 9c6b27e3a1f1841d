"""The queue: who waits for a call."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from server.access import Account, Permission
from server.web.guard import needs
from server.web.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/queue")
def show(request: Request, account: Annotated[Account, Depends(needs(Permission.SEE_QUEUE))]) -> Response:
    """Show the queue."""
    return page(request, "queue.html")
