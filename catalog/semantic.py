"""Finding by meaning: sentence vectors of texts and of customers' phrases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from catalog.encoder import Encoder, Kind
from catalog.search_rows import Row
from catalog.vectors import VectorCache

Scores = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]
BEST = 3  # phrases: one alike may be chance, three are a pattern
MANY = 200_000  # rows: from here on, looking at each costs more than encoding the question


class Vectors:
    """The vectors of some rows, grouped by service. Very many are looked up in cells (`cells`)."""

    def __init__(
        self,
        rows: Sequence[Row],
        services: int,
        encoder: Encoder,
        cache: VectorCache,
        kind: Kind,
        progress: Progress | None = None,
        old: Vectors | None = None,
        many: int = MANY,
    ) -> None:
        ordered = sorted(rows, key=lambda row: row.service)
        texts = [row.text for row in ordered]
        owners = np.array([row.service for row in ordered], dtype=np.int64)
        starts = np.flatnonzero(np.r_[owners.size > 0, owners[1:] != owners[:-1]])
        self._services = services
        self._owners = owners[starts]
        self._ends = np.append(starts, len(owners))
        self._held: _Each | _InCells
        if len(texts) < many:
            before = old._held if old is not None and isinstance(old._held, _Each) else None
            self._held = _Each(texts, self._ends, encoder, cache, kind, progress, before)
        else:
            self._held = _InCells(texts, self._ends, encoder, cache, kind, progress)

    def best(self, query: Scores, missing: Scores | float) -> Scores:
        """Each service's best cosine, shape (services,); `missing` where it has no row."""
        if not self._owners.size:
            return self._spread(np.zeros(0, np.float32), missing)
        return self._spread(self._held.best(query), missing)

    def best_and_three(
        self, query: Scores, missing: Scores, missing_three: Scores
    ) -> tuple[Scores, Scores]:
        """Each service's best cosine, and the mean of its three best; what is `missing` where it
        has no row."""
        if not self._owners.size:
            return missing, missing_three
        best, three = self._held.best_and_three(query)
        return self._spread(best, missing), self._spread(three, missing_three)

    def cosines(self, query: Scores, service: int) -> Scores:
        """The cosine of each row of this service, in the order the rows were given in."""
        at = int(np.searchsorted(self._owners, service))
        if at == len(self._owners) or self._owners[at] != service:
            return np.zeros(0, np.float32)
        rows = self._held.rows(int(self._ends[at]), int(self._ends[at + 1]))
        return np.asarray(rows @ query)

    def _spread(self, found: Scores, missing: Scores | float) -> Scores:
        spread = np.broadcast_to(missing, (self._services,)).astype(np.float32)
        spread[self._owners] = found
        return spread


class _Each:
    """Every row is looked at. `ends`: where each owner's rows begin, and at last where all end."""

    def __init__(
        self,
        texts: list[str],
        ends: npt.NDArray[np.int64],
        encoder: Encoder,
        cache: VectorCache,
        kind: Kind,
        progress: Progress | None,
        old: _Each | None,
    ) -> None:
        self._texts = texts
        self._starts = ends[:-1]
        self._rows = self._with_known(old, encoder, cache, kind, progress)
        self._counts = np.diff(ends)
        self._owner_of = np.repeat(np.arange(len(self._counts)), self._counts)

    def best(self, query: Scores) -> Scores:
        return np.maximum.reduceat(self._rows @ query, self._starts)

    def best_and_three(self, query: Scores) -> tuple[Scores, Scores]:
        cosines = self._rows @ query
        best = nth = np.maximum.reduceat(cosines, self._starts)
        total = best.copy()
        for _ in range(BEST - 1):
            at = np.flatnonzero(cosines == nth[self._owner_of])
            owners = self._owner_of[at]
            cosines[at[np.r_[True, owners[1:] != owners[:-1]]]] = -np.inf  # one of each owner's
            nth = np.maximum.reduceat(cosines, self._starts)
            total += np.where(np.isfinite(nth), nth, 0)
        return best, np.asarray(total / np.minimum(self._counts, BEST), np.float32)

    def rows(self, first: int, end: int) -> Scores:
        return self._rows[first:end]

    def _with_known(
        self,
        old: _Each | None,
        encoder: Encoder,
        cache: VectorCache,
        kind: Kind,
        progress: Progress | None,
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


class _InCells:
    """Only the nearest rows are looked at; an owner that has none of them gets the cosine of the
    farthest one, which is more than its own would be."""

    def __init__(
        self,
        texts: list[str],
        ends: npt.NDArray[np.int64],
        encoder: Encoder,
        cache: VectorCache,
        kind: Kind,
        progress: Progress | None,
    ) -> None:
        from catalog.cells import Cells  # 65 MB of library that a smaller catalogue needs not

        self._counts = np.diff(ends)
        self._owner_of = np.repeat(np.arange(len(self._counts)), self._counts)
        self._cells = Cells(
            texts, encoder.width, lambda some: cache.vectors(encoder, some, kind, progress)
        )

    def best(self, query: Scores) -> Scores:
        return self.best_and_three(query)[0]

    def best_and_three(self, query: Scores) -> tuple[Scores, Scores]:
        near = self._cells.near(query)
        owners = self._owner_of[near.rows]
        order = np.argsort(owners, kind="stable")  # each owner's rows together, nearest first
        firsts = np.flatnonzero(np.r_[True, np.diff(owners[order]) > 0])
        place = np.arange(len(order)) - np.repeat(firsts, np.diff(np.append(firsts, len(order))))
        cosines = np.full((len(self._counts), BEST), near.floor, np.float32)
        chosen = place < BEST
        cosines[owners[order][chosen], place[chosen]] = near.cosines[order][chosen]
        there = np.arange(BEST) < self._counts[:, None]
        three = np.where(there, cosines, 0).sum(axis=1) / there.sum(axis=1)
        return cosines[:, 0], three.astype(np.float32)

    def rows(self, first: int, end: int) -> Scores:
        return self._cells.rows(first, end)
