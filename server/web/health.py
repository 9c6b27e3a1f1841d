"""Whether the desk lives, for what watches over it; says nothing else, so it needs no token."""

from fastapi import APIRouter

from server.errors import StoreError, StoreUnavailable
from server.web import api_answers as answers
from server.web.api_models import Health
from server.web.guard import TheOffice

router = APIRouter(prefix="/health", tags=["health"])


@router.get("")
def alive() -> Health:
    """Answer as long as the program runs."""
    return Health()


@router.get("/ready", responses=answers.AWAY)
def ready(office: TheOffice) -> Health:
    """Answer when the database does, too."""
    try:
        office.journal.last_line()
    except StoreError as error:
        raise StoreUnavailable("the database is not ready") from error
    return Health()
