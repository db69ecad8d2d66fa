"""The shipped texts' vectors, computed beforehand, so that no first start has to compute them.

`make vectors` writes the file. A text of a later day, of another encoder or of the operator's own
is not in it and is computed as ever. A number is kept in 8 bits with a scale for each vector.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).parent / "data" / "vectors.npy"
KEY = 8  # bytes of a text's key that are kept: of 60,000 texts no two are alike in them
WHOLE = 127  # what a vector's largest number is told as

Floats = npt.NDArray[np.float32]

log = logging.getLogger("luukku.vectors")


def known(keys: Iterable[bytes], width: int, path: Path) -> dict[bytes, Floats]:
    """The vectors, shape (width,), of those keys that the file holds; of none, where the file is
    missing or damaged: what it would have told can be computed."""
    asked = list(keys)
    if not asked:
        return {}
    try:
        rows = np.load(path, mmap_mode="r")
        numbers, scales = rows["numbers"], rows["scale"]
        kept = np.asarray(rows["key"])
    except (OSError, ValueError, IndexError, EOFError) as error:
        log.error("the shipped vectors cannot be read: %s", error)
        return {}
    if not len(kept) or numbers.shape[1:] != (width,):
        return {}
    short = np.array([_short(key) for key in asked], np.uint64)
    at = np.minimum(np.searchsorted(kept, short), len(kept) - 1)
    found = np.flatnonzero(kept[at] == short)
    return {asked[one]: numbers[at[one]] * scales[at[one]] for one in found}


def write(vectors: Mapping[bytes, Floats], path: Path) -> None:
    """Writes each key's vector; they are in the order of their keys, for the search in `known`."""
    ordered = sorted(vectors, key=_short)
    floats = np.stack([vectors[key] for key in ordered])
    rows = np.empty(len(ordered), _row(floats.shape[1]))
    rows["key"] = [_short(key) for key in ordered]
    rows["scale"] = np.abs(floats).max(axis=1) / WHOLE
    rows["numbers"] = np.rint(floats / rows["scale"][:, np.newaxis])
    np.save(path, rows, allow_pickle=False)


def _short(key: bytes) -> int:
    return int.from_bytes(key[:KEY], "big")


def _row(width: int) -> np.dtype[np.void]:
    return np.dtype([("key", "<u8"), ("scale", "<f4"), ("numbers", "i1", (width,))])
