"""Arrays in a folder, one file each, mapped into memory when they are read: nothing is loaded that is not looked at."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


def save_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as folder/name.npy, all or nothing; a folder that is there already is replaced.  Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    half_written = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
    half_written.chmod(0o755)  # mkdtemp's 0700 is for secrets
    try:
        for name, array in arrays.items():
            with (half_written / f"{name}.npy").open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # another process was quicker: what it wrote is as good
            half_written.replace(folder)
    finally:
        shutil.rmtree(half_written, ignore_errors=True)


def load_arrays(folder: Path) -> dict[str, NDArray[Any]]:
    """What `save_arrays` wrote, by name, read-only.  Raises OSError or ValueError when it is not there, or damaged."""
    files = sorted(folder.glob("*.npy"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no arrays")
    try:
        return {file.stem: np.load(file, mmap_mode="r").view(np.ndarray) for file in files}
    except EOFError as error:
        raise ValueError(f"an array in {folder} is empty") from error


@dataclass(frozen=True, slots=True)
class Texts:
    """Many short texts in one array of UTF-8 bytes."""

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]  # where each begins, and the end

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Put texts together."""
        encoded = [text.encode() for text in texts]
        starts = np.concatenate([[0], np.cumsum([len(e) for e in encoded])]).astype(np.int64)
        return cls(np.frombuffer(b"".join(encoded), np.uint8), starts)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], name: str) -> Self:
        """What `arrays` gave.  Raises KeyError when it is missing."""
        return cls(arrays[f"{name}.text"], arrays[f"{name}.text_starts"])

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Both arrays, to be kept on disk."""
        return {f"{name}.text": self.data, f"{name}.text_starts": self.starts}

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, number: int) -> str:
        return bytes(self.data[self.starts[number] : self.starts[number + 1]]).decode()
