"""Finding by meaning: sentence vectors of texts and of customers' phrases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from catalog.encoder import Encoder, Kind
from catalog.search_rows import Row
from catalog.vectors import VectorCache

Scores = npt.NDArray[np.float32]
BEST = 3  # phrases: one alike may be chance, three are a pattern


class Vectors:
    """The vectors of some rows, grouped by service."""

    def __init__(
        self,
        rows: Sequence[Row],
        services: int,
        encoder: Encoder,
        cache: VectorCache,
        kind: Kind,
        progress: Callable[[int, int], None] | None = None,
        old: Vectors | None = None,
    ) -> None:
        ordered = sorted(rows, key=lambda row: row.service)
        self._services = services
        self._texts = [row.text for row in ordered]
        self._rows = self._with_known(old, encoder, cache, kind, progress)
        owners = np.array([row.service for row in ordered], dtype=np.int64)
        self._starts = np.flatnonzero(np.r_[owners.size > 0, owners[1:] != owners[:-1]])
        self._owners = owners[self._starts]
        self._padded = self._by_service(len(owners))

    def _with_known(
        self,
        old: Vectors | None,
        encoder: Encoder,
        cache: VectorCache,
        kind: Kind,
        progress: Callable[[int, int], None] | None,
    ) -> Scores:
        """Each text's vector, shape (texts, width); those that the old index has are its own."""
        known = old._texts if old is not None else []
        at = {text: number for number, text in enumerate(known)}
        missing = [text for text in dict.fromkeys(self._texts) if text not in at]
        rows = cache.vectors(encoder, missing, kind, progress)
        at |= {text: len(known) + number for number, text in enumerate(missing)}
        if old is not None:
            rows = np.concatenate([old._rows, rows])
        return rows[np.array([at[text] for text in self._texts], dtype=np.int64)]

    def best(self, query: npt.NDArray[np.float32], missing: Scores | float) -> Scores:
        """Each service's best cosine, shape (services,); `missing` where it has no row."""
        found = np.maximum.reduceat(self._rows @ query, self._starts)
        return self._spread(found, missing)

    def best_and_three(
        self, query: npt.NDArray[np.float32], missing: Scores, missing_three: Scores
    ) -> tuple[Scores, Scores]:
        """Each service's best cosine, and the mean of its three best; what is `missing` where it
        has no row."""
        if not self._owners.size:
            return missing, missing_three
        cosines = np.append(self._rows @ query, np.float32(-np.inf))[self._padded]
        best = np.partition(cosines, -BEST, axis=1)[:, -BEST:]
        three = np.where(np.isfinite(best), best, 0).sum(axis=1) / np.isfinite(best).sum(axis=1)
        return self._spread(best.max(axis=1), missing), self._spread(three, missing_three)

    def cosines(self, query: npt.NDArray[np.float32], service: int) -> Scores:
        """The cosine of each row of this service, in the order the rows were given in."""
        at = int(np.searchsorted(self._owners, service))
        if at == len(self._owners) or self._owners[at] != service:
            return np.zeros(0, np.float32)
        ends = np.append(self._starts, len(self._rows))[1:]
        return np.asarray(self._rows[self._starts[at] : ends[at]] @ query)

    def _by_service(self, count: int) -> npt.NDArray[np.int64]:
        """Row numbers per service, padded with `count`, shape (owners, longest)."""
        ends = np.append(self._starts, count)[1:]
        numbers = self._starts[:, None] + np.arange((ends - self._starts).max(initial=BEST))
        return np.asarray(np.where(numbers < ends[:, None], numbers, count))

    def _spread(self, found: Scores, missing: Scores | float) -> Scores:
        spread = np.broadcast_to(missing, (self._services,)).astype(np.float32)
        spread[self._owners] = found
        return spread
