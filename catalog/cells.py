"""The nearest of very many vectors, without looking at each: faiss' inverted lists of 8-bit rows.

A catalogue of 50,000 services has a million phrases: looking at each takes longer than everything
else that a question costs. The vectors are sorted into cells round their nearest centre, and a
question looks into the nearest cells only. Figures: docs/decisions/0016.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched

import faiss
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], Array]  # texts -> unit rows

ROWS_OF_A_CELL = 1_000  # on average
OF_A_CENTRE = 40  # rows that each centre is learnt from; fewer make centres of chance
LOOKED_INTO = 64  # cells: of a million vectors, the hundred nearest were found to 95 %
FOUND = 2_000  # nearest rows that a question gets
AT_ONCE = 20_000  # rows embedded and added at once, so that memory holds no second copy of all


@dataclass(frozen=True)
class Near:
    """The rows nearest to a question, the nearest first; `floor`: the cosine of the last one."""

    rows: npt.NDArray[np.int64]
    cosines: Array
    floor: np.float32


class Cells:
    """The vectors of these texts, in cells. Built once, then only asked."""

    def __init__(self, texts: Sequence[str], width: int, embed: Embed) -> None:
        cells = max(1, len(texts) // ROWS_OF_A_CELL)
        self._centres = faiss.IndexFlatIP(width)
        self._index = faiss.IndexIVFScalarQuantizer(
            self._centres,
            width,
            cells,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
        )
        step = max(1, len(texts) // (cells * OF_A_CENTRE))
        self._index.train(np.concatenate(list(_rows(texts[::step], embed))))
        for rows in _rows(texts, embed):
            self._index.add(rows)
        self._index.nprobe = LOOKED_INTO
        self._index.make_direct_map()

    def near(self, query: Array) -> Near:
        """The nearest rows; nearly all of them, since cells that were not looked into may hold
        one more."""
        cosines, rows = self._index.search(query[None, :], min(FOUND, self._index.ntotal))
        seen = rows[0] >= 0
        found: Array = cosines[0][seen]
        return Near(rows[0][seen], found, found.min(initial=np.float32(1.0)))

    def rows(self, first: int, end: int) -> Array:
        """These rows as they are kept, each number rounded to one of 256."""
        kept: Array = self._index.reconstruct_n(first, end - first)
        return kept


def _rows(texts: Sequence[str], embed: Embed) -> Iterator[Array]:
    for some in batched(texts, AT_ONCE):
        yield embed(some)
