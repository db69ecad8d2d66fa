"""A text's vector is computed once, and an interrupted run loses one batch at most."""

import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from catalog.encoder import WIDTH, Kind, ReferenceEncoder, Vectors
from catalog.vectors import BATCH, VectorCache

TEXTS = ["passin uusiminen", "dagvårdsplats", "jätevesilupa"]
MANY = [f"palvelu {number}" for number in range(2 * BATCH + 5)]


class Counting:
    """An encoder that remembers what it was asked; its vectors follow from the text alone."""

    width = WIDTH

    def __init__(self, name: str = "counting-1", stops_after: int | None = None) -> None:
        self.name = name
        self.asked: list[str] = []
        self._stops_after = stops_after

    def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        if self._stops_after is not None and len(self.asked) >= self._stops_after:
            raise KeyboardInterrupt
        self.asked += texts
        rows = [np.random.default_rng([*f"{kind}{t}".encode()]).normal(size=WIDTH) for t in texts]
        vectors = np.array(rows, np.float32).reshape(-1, WIDTH)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


@pytest.fixture
def cache(tmp_path: Path) -> VectorCache:
    return VectorCache(tmp_path / "cache" / "vectors.sqlite")


def test_a_text_is_computed_once(cache: VectorCache) -> None:
    encoder = Counting()
    first = cache.vectors(encoder, [*TEXTS, TEXTS[0]], "passage")
    again = cache.vectors(encoder, [*TEXTS, TEXTS[0]], "passage")
    assert encoder.asked == TEXTS
    assert np.array_equal(first, again)
    assert np.array_equal(first[0], first[3])


def test_only_the_missing_are_computed_and_the_order_is_kept(cache: VectorCache) -> None:
    encoder = Counting()
    cache.vectors(encoder, TEXTS[1:2], "passage")
    rows = cache.vectors(encoder, TEXTS, "passage")
    assert encoder.asked == [TEXTS[1], TEXTS[0], TEXTS[2]]
    assert np.sum(rows * Counting().embed(TEXTS, "passage"), axis=1) == pytest.approx(1)


@pytest.mark.parametrize(("name", "kind"), [("counting-2", "passage"), ("counting-1", "query")])
def test_another_encoder_or_kind_is_another_vector(
    cache: VectorCache, name: str, kind: Kind
) -> None:
    cache.vectors(Counting(), TEXTS, "passage")
    other = Counting(name)
    cache.vectors(other, TEXTS, kind)
    assert other.asked == TEXTS


def test_rounding_to_float16_moves_real_vectors_by_less_than_it_says(cache: VectorCache) -> None:
    encoder = ReferenceEncoder()
    kept = cache.vectors(encoder, TEXTS, "query")
    assert np.abs(kept - encoder.embed(TEXTS, "query")).max() < 1e-4
    assert np.linalg.norm(kept, axis=1) == pytest.approx(1, abs=1e-6)


def test_an_interrupted_run_goes_on_where_it_stopped(cache: VectorCache) -> None:
    with pytest.raises(KeyboardInterrupt):
        cache.vectors(Counting(stops_after=2 * BATCH), MANY, "passage")
    after = Counting()
    assert len(cache.vectors(after, MANY, "passage")) == len(MANY)
    assert after.asked == MANY[2 * BATCH :]


def test_progress_counts_the_missing(cache: VectorCache) -> None:
    cache.vectors(Counting(), MANY[:5], "passage")
    heard: list[tuple[int, int]] = []
    cache.vectors(Counting(), MANY, "passage", lambda done, of: heard.append((done, of)))
    assert heard == [(BATCH, 2 * BATCH), (2 * BATCH, 2 * BATCH)]


def test_no_texts_give_no_rows(cache: VectorCache) -> None:
    assert cache.vectors(Counting(), [], "query").shape == (0, WIDTH)


def _fill(path: Path) -> None:
    VectorCache(path).vectors(Counting(), MANY, "passage")


def test_processes_may_fill_one_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_fill, args=(path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    after = Counting()
    VectorCache(path).vectors(after, MANY, "passage")
    assert after.asked == []
