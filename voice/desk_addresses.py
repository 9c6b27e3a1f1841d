"""Addresses of a callback desk, as they are typed."""

from typing import Final
from urllib.parse import urlsplit

SCHEMES: Final = ("http", "https")
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


def is_address(url: str) -> bool:
    """Whether it can be the address of a desk."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.hostname) and not parts.username and url.isprintable()


def is_overheard(url: str) -> bool:
    """Whether others on the way can read what is sent."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS
