"""Which desk this device belongs to, and the secret it is known by there: a file of its own, readable by its owner alone."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from voice.errors import SettingsError

FILE: Final = "desk-device.json"
OWNER_ONLY: Final = 0o600
HOW_TO_ENROL: Final = "koemado enrol CODE --url URL, with a code of the staff page 端末 or `koemado desk device code`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """This device as its desk knows it."""

    url: str
    id: str
    token: str = field(repr=False)
    bundle_key: str = ""  # believed since the enrolment; "": enrolled when desks published no bundles


class EnrolmentFile:
    """The file the enrolment is kept in."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Enrolment | None:
        """Return the enrolment, None when there is none.  Raises SettingsError for a file that cannot be used."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            key = str(found.get("bundle_key", ""))
            return Enrolment(url=str(found["url"]), id=str(found["id"]), token=str(found["token"]), bundle_key=key)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            name = type(error).__name__  # its text may quote the token
            raise SettingsError(f"{self._path} cannot be used ({name}): enrol this device anew") from error

    @contextmanager
    def writing(self) -> Iterator[Callable[[Enrolment], None]]:
        """Yield what keeps an enrolment.  Raises OSError before: a code works once, so its token must have a place."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        made = self._path.with_suffix(f".{os.getpid()}.new")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:

                def keep(enrolment: Enrolment) -> None:
                    json.dump(asdict(enrolment), file)
                    file.flush()
                    os.fsync(file.fileno())
                    made.replace(self._path)

                yield keep
        finally:
            made.unlink(missing_ok=True)
