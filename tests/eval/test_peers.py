"""The peers beside the desk have the same texts, and the figures are counted as they say."""

from __future__ import annotations

import pytest

from api.database import Database
from catalog import search_rows
from catalog.encoder import Encoder
from catalog.search_rows import Rows
from catalog.vectors import VectorCache
from eval.fit_fusion import thinned
from eval.peers import TEXTS, Ranking, peers, sets, stemmed, table
from eval.peers_diet import Growth, Run, among
from eval.questions_data import Question

SOME = 40  # services


@pytest.fixture(scope="module")
def rows(catalogue: Database) -> Rows:
    """Some of the shipped services that have phrases."""
    with catalogue.reading() as session:
        whole = search_rows.read(session)
    told = sorted({row.service for row in whole.of("phrase")})[:SOME]
    return among(whole, {whole.service_ids[one] for one in told})


@pytest.fixture(scope="module")
def rankings(rows: Rows, real_encoder: Encoder, vector_cache: VectorCache) -> dict[str, Ranking]:
    return peers(rows, (*TEXTS, "phrase"), {"tuned": (real_encoder, vector_cache)})


def test_every_peer_finds_a_service_by_its_customers_phrase(
    rows: Rows, rankings: dict[str, Ranking]
) -> None:
    said = {row.service: row for row in rows.of("phrase")}.values()
    for name, ranking in rankings.items():
        found = [
            rows.service_ids[one.service] in ranking(Question(one.text, one.language, (), ""))[:3]
            for one in said
        ]
        assert sum(found) >= 0.9 * SOME, name


def test_every_peer_finds_a_service_by_its_name_where_there_are_no_phrases(
    rows: Rows, real_encoder: Encoder, vector_cache: VectorCache
) -> None:
    bare = peers(thinned(rows, 0), TEXTS, {"tuned": (real_encoder, vector_cache)})
    names = [row for row in rows.of("name") if row.language == "sv"]
    for name, ranking in bare.items():
        found = [
            rows.service_ids[one.service] in ranking(Question(one.text, "sv", (), ""))
            for one in names
        ]
        assert sum(found) >= 0.9 * len(names), name


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [("kirjastossa", "kirjastosta", "fi"), ("avgifterna", "avgifter", "sv")],
)
def test_stems_forgive_endings(one: str, other: str, language: str) -> None:
    assert stemmed(one, language) == stemmed(other, language) != [one]


def test_words_of_another_language_stay_as_they_are() -> None:
    assert stemmed("Libraries nearby", "en") == ["libraries", "nearby"]


@pytest.mark.parametrize("name", ["word TF-IDF", "BM25, stems"])
def test_what_matches_no_word_finds_nothing(name: str, rankings: dict[str, Ranking]) -> None:
    assert rankings[name](Question("qwzx vbnq", "fi", (), "")) == []


def test_the_shares_are_those_of_questions_in_their_own_language() -> None:
    asked = [Question(text, "fi", ("right",), "") for text in ("a", "b", "c", "d")]
    found = {"a": ["right"], "b": ["x", "right"], "c": ["x", "y", "z", "right"], "d": ["x"]}
    lines = list(table({"peer": lambda one: found[one.text]}, {"some": asked}))
    assert lines[2] == "| some | fi | 4 | 25 / 50 / 75 |"
    assert lines[3] == "| some | sv | 0 | – |"


def test_every_question_asked_has_a_right_service() -> None:
    assert set(sets()) == {"development", "strangers", "passers", "blind"}
    assert all(one.expect for questions in sets().values() for one in questions)


def test_a_catalogue_of_some_services_holds_their_texts_alone(rows: Rows) -> None:
    one = rows.service_ids[3]
    alone = among(rows, {one})
    assert alone.service_ids == (one,)
    assert [row.text for row in alone.rows] == [row.text for row in rows.of_service(3)]


def test_the_growth_of_a_training_is_estimated_through_what_was_run() -> None:
    def run(phrases: int, epochs: int) -> Run:
        return Run(1, phrases, epochs, 30 + epochs * 0.01 * phrases**1.5, 1000)

    growth = Growth.through(run(100, 1), run(100, 5), run(400, 20))
    assert growth.b == pytest.approx(1.5)
    assert growth.seconds(2_500, 100) == pytest.approx(run(2_500, 100).seconds)
    with pytest.raises(ValueError, match="more"):
        Growth.through(run(100, 1), run(100, 5), run(100, 20))
