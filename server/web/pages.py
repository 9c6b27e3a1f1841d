"""Making pages: templates with what all of them show."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from server.access import Permission
from server.labels import label
from server.masking import shown_name, shown_phone
from server.promoters import group_of
from server.spans import TOKYO
from server.store.accounts import Session
from server.web.guard import office_of

PROGRAM: Final = "声窓"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("server.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "label": lambda key, group: label(group, str(key)),
        "clock": lambda moment: f"{local(moment):%H:%M}",
        "day": day_text,
        "moment": moment_text,
        "shown_name": lambda row, full: shown_name(row.name, row.reading, full=full),
        "shown_phone": lambda phone, full: shown_phone(phone, full=full),
        "promoter": lambda answer: group_of(answer).value,
    }
    environment.globals |= {"Permission": Permission, "local": local, "label": label}
    return environment


def local(moment: datetime) -> datetime:
    """Return it as Tokyo's clocks show it."""
    return moment.astimezone(TOKYO)


def day_text(day: date | datetime) -> str:
    """「11月22日(日)」."""
    shown = local(day).date() if isinstance(day, datetime) else day
    return f"{shown.month}月{shown.day}日({label('weekdays', str(shown.weekday()))})"


def moment_text(moment: datetime) -> str:
    """「11月22日(日) 15:00」."""
    return f"{day_text(moment)} {local(moment):%H:%M}"


_ENVIRONMENT: Final = _environment()


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Render `templates/<template>`.  Available everywhere: `me`, `csrf`, `now`, `organisation`, `path`."""
    office = office_of(request)
    session: Session | None = getattr(request.state, "session", None)
    common = {
        "me": session.account if session else None,
        "csrf": session.csrf if session else "",
        "now": office.clock(),
        "organisation": office.settings.listening.organisation,
        "path": request.url.path,
        "line": office.journal.last_line() if session and not is_part(request) else 0,
        "running_alarms": alarms_shown(request),
        "guests": getattr(request.app.state, "guests", ()),  # of the demo
    }
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(common | context), status_code=status)


def is_part(request: Request) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def alarms_shown(request: Request) -> tuple[Any, ...]:
    """Return the alarms for the banner: filled by `alarms.banner`."""
    banner: Callable[[], tuple[Any, ...]] | None = getattr(request.app.state, "banner", None)
    session = getattr(request.state, "session", None)
    return banner() if banner and session else ()
