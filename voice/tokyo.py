"""The clock of conversations."""

from datetime import datetime

from intents.when_types import TOKYO


def tokyo_time() -> datetime:
    """Return the machine's time, aware, by Tokyo's clock."""
    return datetime.now(TOKYO)
