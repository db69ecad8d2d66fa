"""What is shipped of a text's vector is not computed, and is the vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from catalog import search_rows, shipped_vectors
from catalog.encoder import WIDTH, Encoder, Kind
from catalog.vectors import VectorCache, key_of
from eval.ship_vectors import shipped_texts
from tests.catalog.test_vectors import MANY, Counting
from tests.foundation import Database

NEW = 0.05  # of the texts may have come since the file was written; then `make vectors`
ANOTHER_PROCESSOR = 0.99  # cosine of what two kinds of processors make of one text, at least


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A file that knows all but the last ten texts of the counting encoder."""
    path = tmp_path / "shipped.npy"
    encoder, texts = Counting(), MANY[:-10]
    keys = [key_of(encoder.name, "query", text) for text in texts]
    vectors = encoder.embed(texts, "query")
    shipped_vectors.write(dict(zip(keys, vectors, strict=True)), path)
    return path


def test_nearly_all_texts_of_the_catalogue_are_shipped_with_their_vectors(
    catalogue: Database, real_encoder: Encoder
) -> None:
    with catalogue.reading() as session:
        texts = shipped_texts(search_rows.read(session))
    for kind, some in texts.items():
        keys = [key_of(real_encoder.name, kind, text) for text in some]
        found = shipped_vectors.known(keys, WIDTH, shipped_vectors.FILE)
        assert len(found) > (1 - NEW) * len(some), f"{kind}: run `make vectors`"
        sample = range(0, len(some), len(some) // 30)
        told = [found.get(keys[at]) for at in sample]
        meant = real_encoder.embed([some[at] for at in sample], kind)
        cosines = [
            float(one @ other) for one, other in zip(told, meant, strict=True) if one is not None
        ]
        assert min(cosines) > ANOTHER_PROCESSOR


def test_only_what_is_not_shipped_is_computed(shipped: Path, tmp_path: Path) -> None:
    encoder = Counting()
    found = VectorCache(tmp_path / "vectors.db", shipped).vectors(encoder, MANY, "query")
    assert encoder.asked == MANY[-10:]
    assert (found * Counting().embed(MANY, "query")).sum(axis=1).min() > 0.9999
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-6)


def test_what_was_shipped_is_kept_and_answers_alike_without_it(
    shipped: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "vectors.db"
    first = VectorCache(cache, shipped).vectors(Counting(), MANY, "query")
    shipped.unlink()
    again = Counting()
    assert np.array_equal(VectorCache(cache, shipped).vectors(again, MANY, "query"), first)
    assert again.asked == []


@pytest.mark.parametrize(("name", "kind"), [("counting-2", "query"), ("counting-1", "passage")])
def test_another_encoder_or_kind_is_not_shipped(
    shipped: Path, tmp_path: Path, name: str, kind: Kind
) -> None:
    encoder = Counting(name)
    VectorCache(tmp_path / "vectors.db", shipped).vectors(encoder, MANY, kind)
    assert encoder.asked == MANY


@pytest.mark.parametrize("left", [0, 40, 5000])
def test_without_the_whole_file_all_is_computed(
    shipped: Path, tmp_path: Path, left: int, caplog: pytest.LogCaptureFixture
) -> None:
    shipped.write_bytes(shipped.read_bytes()[:left])
    encoder = Counting()
    VectorCache(tmp_path / "vectors.db", shipped).vectors(encoder, MANY, "query")
    assert encoder.asked == MANY
    assert "shipped vectors cannot be read" in caplog.text


def test_damaged_numbers_are_computed_again(shipped: Path, tmp_path: Path) -> None:
    with shipped.open("r+b") as file:
        file.seek(shipped.stat().st_size // 2)
        file.write(b"\x7f" * 1000)
    encoder = Counting()
    found = VectorCache(tmp_path / "vectors.db", shipped).vectors(encoder, MANY, "query")
    assert 10 < len(encoder.asked) <= 15
    assert (found * Counting().embed(MANY, "query")).sum(axis=1).min() > 0.9999
