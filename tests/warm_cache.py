"""What programs compile at their first start, made once for all workers: `python -m tests.warm_cache FOLDER`.

The sample base, its index and readings, the graphs of its questions and of answers to what is asked.  `.ci/run` names the
folder in KOEMADO_WARM_CACHE; each worker begins with a copy of its own (tests/conftest.py).
"""

import sys
import tempfile
from pathlib import Path

from voice import compose
from voice.settings import Settings


def warm(cache: Path) -> None:
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(data_dir=Path(data), cache_dir=cache)
        compose.Ears(settings).prepare(compose.knowledge(settings).current())


if __name__ == "__main__":
    warm(Path(sys.argv[1]).absolute())
