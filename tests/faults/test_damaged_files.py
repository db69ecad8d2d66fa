"""What the desk keeps beside its database may be damaged, full or read-only: it serves on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog import encoder, encoder_build
from catalog.encoder import OnnxEncoder
from catalog.vectors import VectorCache
from tests.catalog.test_vectors import Counting
from tests.faults.disk import Disk

PAGE = 4096  # bytes of one of SQLite's
MANY = [f"palvelu {number}" for number in range(3000)]  # over 600 pages


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file of vectors, filled."""
    path = tmp_path / "vectors.db"
    VectorCache(path).vectors(Counting(), MANY, "passage")
    return path


def _again(path: Path) -> tuple[int, bool]:
    """How many vectors are computed anew, and whether all are what they were."""
    fresh = Counting()
    found = VectorCache(path).vectors(fresh, MANY, "passage")
    meant = Counting().embed(MANY, "passage")
    return len(fresh.asked), bool(np.allclose(found, meant, atol=1e-3))


def _write_over(path: Path, at: int, count: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\x5a" * count)


def test_whole_vectors_are_not_computed_again(kept: Path) -> None:
    assert _again(kept) == (0, True)


def test_of_a_damaged_file_only_what_was_lost_is_computed_again(kept: Path) -> None:
    for page in (100, 300, 500):
        _write_over(kept, page * PAGE, PAGE)
    computed, right = _again(kept)
    assert right
    assert 0 < computed < len(MANY) / 10
    assert _again(kept) == (0, True)


@pytest.mark.parametrize("count", [16, 10_000_000], ids=["the first bytes", "all"])
def test_a_file_that_is_no_database_any_more_is_made_anew(kept: Path, count: int) -> None:
    _write_over(kept, 0, min(count, kept.stat().st_size))
    assert _again(kept) == (len(MANY), True)
    assert _again(kept) == (0, True)


def test_a_file_that_was_cut_short_is_mended(kept: Path) -> None:
    with kept.open("r+b") as file:
        file.truncate(kept.stat().st_size // 2)
    assert _again(kept)[1]
    assert _again(kept) == (0, True)


def test_a_number_that_has_changed_is_found_and_computed_again(kept: Path) -> None:
    """SQLite sees nothing: the row is there, and another vector."""
    with sqlite3.connect(kept) as connection:
        connection.execute(
            "update vectors set vector ="
            " cast(substr(vector, 1, 40) || x'ff7b' || substr(vector, 43) as blob)"
            " where key in (select key from vectors limit 5)"
        )
    assert _again(kept) == (5, True)
    assert _again(kept) == (0, True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    found = Disk.mounted(tmp_path / "disk", 64)
    if found is None:
        pytest.skip("NO DISK OF ITS OWN: only root may mount one")
    yield found
    found.unmount()


def test_on_a_full_disk_vectors_are_found_and_not_kept(disk: Disk) -> None:
    cache = VectorCache(disk.folder / "vectors.db")
    with disk.full():
        found = cache.vectors(Counting(), MANY, "passage")
    assert np.allclose(found, Counting().embed(MANY, "passage"), atol=1e-3)
    assert _again(disk.folder / "vectors.db")[1]


def test_on_a_read_only_disk_the_kept_vectors_are_read(disk: Disk) -> None:
    path = disk.folder / "vectors.db"
    VectorCache(path).vectors(Counting(), MANY[:100], "passage")
    fresh = Counting()
    with disk.read_only():
        found = VectorCache(path).vectors(fresh, MANY[:200], "passage")
    assert len(fresh.asked) == 100
    assert np.allclose(found, Counting().embed(MANY[:200], "passage"), atol=1e-3)


@pytest.mark.parametrize("name", encoder.BUILT)
def test_an_encoder_with_one_wrong_byte_is_built_again(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "encoder"
    encoder_build.build(folder, lambda line: None)
    whole, meant = (folder / name).read_bytes(), _vector(folder)
    _write_over(folder / name, len(whole) // 2, 1)
    assert (folder / name).read_bytes() != whole
    assert not encoder.is_fresh(folder)
    assert isinstance(encoder.load(folder), OnnxEncoder)
    assert (folder / name).read_bytes() == whole
    assert np.array_equal(_vector(folder), meant)


def _vector(folder: Path) -> encoder.Vectors:
    return encoder.load(folder).embed(["Mistä saan passin?"], "query")
