"""The generated catalogue is the same each time, larger, and of texts of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.database import Database
from catalog import search_rows
from catalog.encoder import Encoder
from catalog.search_rows import Rows
from catalog.vectors import VectorCache
from eval.bench_find import finder_over, questions
from eval.generated import NoisyVectors, grown
from eval.parts import Timed, parts_of
from eval.peers_diet import among

SHIPPED, LARGER = 12, 50


@pytest.fixture(scope="module")
def rows(catalogue: Database) -> Rows:
    """Some of the shipped services."""
    with catalogue.reading() as session:
        whole = search_rows.read(session)
    return among(whole, whole.service_ids[:SHIPPED])


def test_the_same_catalogue_is_generated_each_time(rows: Rows) -> None:
    assert grown(rows, LARGER) == grown(rows, LARGER)


def test_the_shipped_services_stand_unchanged_before_the_generated_ones(rows: Rows) -> None:
    made = grown(rows, LARGER).rows
    assert len(set(made.service_ids)) == LARGER
    assert made.service_ids[:SHIPPED] == rows.service_ids
    assert made.rows[: len(rows.rows)] == rows.rows


def test_no_generated_service_is_told_in_a_shipped_ones_words(rows: Rows) -> None:
    made, real = grown(rows, LARGER).rows, {row.text for row in rows.rows}
    own = [row.text for row in made.rows if row.service >= SHIPPED]
    assert len(own) > 3 * len(rows.rows) * 0.9
    assert not real & set(own)


def test_fewer_services_than_the_shipped_ones_are_refused(rows: Rows) -> None:
    with pytest.raises(ValueError, match="fewer"):
        grown(rows, SHIPPED - 1)


def test_a_generated_text_means_nearly_what_its_real_one_does(
    rows: Rows, real_encoder: Encoder, vector_cache: VectorCache, tmp_path: Path
) -> None:
    made = grown(rows, LARGER)
    real, own = rows.rows[0].text, next(r.text for r in made.rows.rows if r.service == SHIPPED)
    noisy = NoisyVectors(vector_cache, made.origins, tmp_path)
    vectors = noisy.vectors(real_encoder, [real, own, own + ""], "passage")
    (known,) = vector_cache.vectors(real_encoder, [made.origins[own]], "passage")
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[0], vector_cache.vectors(real_encoder, [real], "passage")[0])
    assert 0.9 < float(vectors[1] @ known) < 0.99


def test_the_search_runs_over_a_generated_catalogue_and_every_part_of_it_is_timed(
    rows: Rows, real_encoder: Encoder, vector_cache: VectorCache, tmp_path: Path
) -> None:
    made = grown(rows, LARGER)
    timed = Timed(real_encoder)
    finder = finder_over(made.rows, NoisyVectors(vector_cache, made.origins, tmp_path), timed)
    name = next(row.text for row in rows.of("name") if row.language == "fi")
    assert rows.service_ids[0] in [one.service_id for one in finder.find(name, "fi").services]
    parts = list(parts_of(finder, questions(5)))
    assert all(one.milliseconds > 0 for one in parts)
    assert sum(one.share for one in parts) == pytest.approx(1)


def test_the_questions_timed_are_of_both_languages_and_each_stands_once() -> None:
    asked = questions(500)
    assert len({(one.text, one.language) for one in asked}) >= 495
    assert {one.language for one in asked} == {"fi", "sv"}
