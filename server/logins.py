"""What a login looks like.  Pure."""

import re
import unicodedata
from typing import Final

PATTERN: Final = r"[a-z0-9][a-z0-9._@+\-]{0,63}"  # also the HTML field's pattern
RESERVED: Final = frozenset({"system"})  # the journal names with it what nobody in particular did
LONGEST_NAME: Final = 80  # characters


def login_of(typed: str) -> str | None:
    """Return what somebody typed as a login is kept, 「ＳＡＴＯ」 as "sato"; None when it can be none."""
    login = unicodedata.normalize("NFKC", typed).strip().lower()
    return login if re.fullmatch(PATTERN, login) and login not in RESERVED else None


def name_of(typed: str) -> str | None:
    """Return the name of somebody as customers are told it; None for an empty, long or unprintable one."""
    name = " ".join(typed.split())
    return name if 0 < len(name) <= LONGEST_NAME and name.isprintable() else None
