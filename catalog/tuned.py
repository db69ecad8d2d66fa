"""The encoder's last layers, tuned on the customers' words; the rest is as its makers released it.

`python -m eval.tune_encoder` makes the file. A matrix is kept as int8 with a scale for each block
of 128 inputs, as the graph multiplies it, so nothing is lost between the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).parent / "data" / "tuned_layers.npz"
WIDE_BLOCK = 128  # inputs that share one scale

Floats = npt.NDArray[np.float32]


@cache
def digest() -> str:
    """The file's sha256: the vectors change with it."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()


def load(path: Path = FILE) -> dict[str, Floats]:
    """Every tuned tensor by the wheel's own name for it; matrices of shape (outputs, inputs)."""
    with np.load(path) as kept:
        names = {name.removesuffix(".q").removesuffix(".s") for name in kept.files}
        return {name: _tensor(kept, name) for name in sorted(names)}


def save(tensors: Mapping[str, Floats], path: Path = FILE) -> None:
    kept: dict[str, npt.NDArray[np.generic]] = {}
    for name, values in tensors.items():
        if values.ndim == 1:
            kept[name] = values.astype(np.float32)
        else:
            kept[f"{name}.q"], kept[f"{name}.s"] = _blocks(values)
    np.savez_compressed(path, allow_pickle=False, **kept)


def _tensor(kept: Mapping[str, npt.NDArray[np.generic]], name: str) -> Floats:
    if name in kept:
        return np.asarray(kept[name], np.float32)
    whole, scales = np.asarray(kept[f"{name}.q"]), np.asarray(kept[f"{name}.s"], np.float32)
    blocks = whole.reshape(len(whole), -1, WIDE_BLOCK) * scales[..., np.newaxis]
    return blocks.reshape(whole.shape).astype(np.float32)


def _blocks(matrix: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    blocks = matrix.reshape(len(matrix), -1, WIDE_BLOCK)
    scales = np.abs(blocks).max(axis=-1) / 127
    whole = np.rint(blocks / scales[..., np.newaxis]).astype(np.int8)
    return whole.reshape(matrix.shape), scales.astype(np.float32)
