"""The customers' page `/talk`, to be installed on a phone; no login, no cookie, nothing kept."""

from importlib.metadata import version
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from server.labels import label
from server.web.guard import TheOffice
from server.web.headers import CONTENT_POLICY
from server.web.pages import page
from server.web.talk_socket import VoiceGateway

POLICY: Final = f"{CONTENT_POLICY}; manifest-src 'self'; worker-src 'self'"
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Cache-Control": "no-cache",
}
_STATIC: Final = files("server.web") / "static" / "talk"

router = APIRouter(include_in_schema=False)


def _here(request: Request) -> VoiceGateway:
    """Return who hears and speaks for the page.  Raises HTTPException where nobody does."""
    gateway: VoiceGateway | None = getattr(request.app.state, "gateway", None)
    if gateway is None:
        raise HTTPException(404)
    return gateway


@router.get("/talk")
def talk(request: Request) -> HTMLResponse:
    """Show the page."""
    found = page(request, "talk.html", phone=_here(request).phone)
    found.headers.update(HEADERS)
    return found


@router.get("/talk/manifest.webmanifest")
def manifest(request: Request, office: TheOffice) -> Response:
    """Describe the page as an application (W3C Web Application Manifest)."""
    _here(request)
    described = {
        "id": "/talk",
        "name": label("talk", "name").format(organisation=office.settings.listening.organisation),
        "short_name": label("talk", "short_name"),
        "lang": "ja",
        "start_url": "/talk",
        "scope": "/talk",
        "display": "standalone",
        "background_color": "#f7f8f6",
        "theme_color": "#0b5a50",
        "icons": [
            {"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"},
            {"src": "/static/talk/icon-192.png", "sizes": "192x192", "type": "image/png"},
            {"src": "/static/talk/icon-512.png", "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
        ],
    }
    return JSONResponse(described, media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


@router.get("/talk/service-worker.js")
def service_worker(request: Request) -> Response:
    """Serve the script that opens the page without a network; each version of the program has its own store."""
    _here(request)
    script = _STATIC.joinpath("service-worker.js").read_text(encoding="utf-8").replace("{version}", version("koemado"))
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/talk"}  # "/talk" is above its own folder
    return Response(script, media_type="text/javascript", headers=headers)
