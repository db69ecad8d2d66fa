"""Very many vectors are looked up in cells: what is found stays what looking at each finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from catalog.encoder import WIDTH, Kind
from catalog.encoder import Vectors as Embedded
from catalog.search_rows import Row
from catalog.semantic import Vectors
from catalog.vectors import VectorCache

SERVICES, PHRASES = 400, 30
NOTHING = np.zeros(SERVICES, np.float32)
EMPTY = 7  # a service without phrases


class Themes:
    """Texts of one service lie near each other, as phrases of one service do; a text is "S P"."""

    name, width = "themes", WIDTH

    def embed(self, texts: Sequence[str], kind: Kind) -> Embedded:
        rows = [_theme(int(one.split()[0])) + 0.7 * _theme(10_000 + hash_of(one)) for one in texts]
        made = np.array(rows, np.float32).reshape(-1, WIDTH)
        unit: Embedded = made / np.linalg.norm(made, axis=1, keepdims=True)
        return unit


def hash_of(text: str) -> int:
    service, phrase = map(int, text.split())
    return service * PHRASES + phrase


def _theme(number: int) -> np.ndarray:
    return np.random.default_rng(number).normal(size=WIDTH)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Vectors, Vectors]:
    """The same rows, looked at one by one and in cells."""
    rows = [
        Row(service, "fi", "phrase", f"{service} {phrase}")
        for service in range(SERVICES)
        if service != EMPTY
        for phrase in range(PHRASES if service else 2)
    ]
    cache = VectorCache(Path(tmp_path_factory.mktemp("cells")) / "vectors.db")
    each = Vectors(rows, SERVICES, Themes(), cache, "query")
    cells = Vectors(rows, SERVICES, Themes(), cache, "query", many=1_000)
    return each, cells


def question(service: int) -> np.ndarray:
    return Themes().embed([f"{service} {PHRASES + 5}"], "query")[0]


def test_cells_find_the_service_that_looking_at_each_finds(both: tuple[Vectors, Vectors]) -> None:
    each, cells = both
    for service in range(1, SERVICES, 23):
        asked = question(service)
        exact, near = (one.best_and_three(asked, NOTHING, NOTHING) for one in both)
        for right, found in zip(exact, near, strict=True):
            assert found.argmax() == right.argmax() == service
            assert found[service] == pytest.approx(right[service], abs=0.02)
        assert each.best(asked, 0.0).argmax() == cells.best(asked, 0.0).argmax()


def test_three_are_the_three_best_even_of_phrases_that_are_alike(tmp_path: Path) -> None:
    said = [[0, 0, 0, 0], [1, 1, 2], [3, 3], [4], [5, 6, 7, 7, 8]]
    rows = [
        Row(service, "fi", "phrase", f"{service} {phrase}")
        for service, phrases in enumerate(said)
        for phrase in phrases
    ]
    vectors = Vectors(rows, len(said), Themes(), VectorCache(tmp_path / "vectors.db"), "query")
    none = np.zeros(len(said), np.float32)
    for service in range(len(said)):
        best, three = vectors.best_and_three(question(service), none, none)
        for one in range(len(said)):
            sorted_ = np.sort(vectors.cosines(question(service), one))[::-1]
            assert best[one] == pytest.approx(sorted_[0], abs=1e-6)
            assert three[one] == pytest.approx(sorted_[:3].mean(), abs=1e-6)


def test_a_service_with_two_phrases_is_judged_by_two(both: tuple[Vectors, Vectors]) -> None:
    exact, near = (one.best_and_three(question(0), NOTHING, NOTHING)[1][0] for one in both)
    assert near == pytest.approx(exact, abs=0.02)


def test_a_service_without_phrases_gets_what_is_said_for_missing(
    both: tuple[Vectors, Vectors],
) -> None:
    missing = np.full(SERVICES, -0.5, np.float32)
    for one in both:
        best, three = one.best_and_three(question(3), missing, missing)
        assert (best[EMPTY], three[EMPTY]) == (-0.5, -0.5)


def test_the_rows_of_a_service_come_in_the_order_given(both: tuple[Vectors, Vectors]) -> None:
    exact, near = (one.cosines(question(9), 9) for one in both)
    assert len(near) == PHRASES
    assert near == pytest.approx(exact, abs=0.02)
    assert len(both[1].cosines(question(9), EMPTY)) == 0
