"""Who may look around in a demo."""

from dataclasses import dataclass

from server.access import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """An account of the demo with its password, which the login page shows."""

    login: str
    name: str
    role: Role
    password: str
