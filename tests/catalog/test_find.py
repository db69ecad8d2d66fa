"""The search over the whole shipped catalogue, in the customers' words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from api.database import Database
from catalog.card import names
from catalog.encoder import Kind, OnnxEncoder, Vectors
from catalog.find import FEATURES, LIMIT, NOTHING_FOUND, Finder

QUESTIONS = Path(__file__).parents[2] / "eval" / "questions"
AMONG = 0.5  # of the development questions, among the five best: a floor against breakage


def among_five(finder: Finder, language: str) -> float:
    lines = (QUESTIONS / f"{language}.jsonl").read_text("utf-8").splitlines()
    asked = [row for row in map(json.loads, lines) if row["expect"]][::6]
    right = 0
    for row in asked:
        found = {one.service_id for one in finder.find(row["question"], language).services}
        right += bool(found & set(row["expect"]))
    return right / len(asked)


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_most_development_questions_find_their_service_among_five(
    real_finder: Finder, language: str
) -> None:
    assert among_five(real_finder, language) >= AMONG


def test_findings_are_five_best_first_with_probabilities(real_finder: Finder) -> None:
    found = real_finder.find("mistä saan passin", "fi").services
    scores = [one.score for one in found]
    assert len(found) == LIMIT
    assert scores == sorted(scores, reverse=True)
    assert 0 <= sum(scores) <= 1


def test_the_whole_catalogue_can_be_ranked(real_finder: Finder) -> None:
    found = real_finder.find("passi", "fi", limit=10_000).services
    assert len(found) == len(real_finder.service_ids)
    assert len({one.service_id for one in found}) == len(found)


@pytest.mark.parametrize("empty", ["", "  ", "\n\t"])
def test_an_empty_question_finds_nothing(real_finder: Finder, empty: str) -> None:
    assert real_finder.find(empty, "fi") == NOTHING_FOUND


@pytest.mark.parametrize("unknown", ["qwxz", "ŋŋŋ", "🙂🙂🙂", "?!"])
def test_what_holds_no_known_word_is_not_understood(real_finder: Finder, unknown: str) -> None:
    assert not real_finder.find(unknown, "fi").understood


@pytest.mark.parametrize(
    "known", ["passi", "passii", "PASSI", "päivakoti", "paivakotipaikka", "dagisplats", "bygglov"]
)
def test_a_known_word_is_understood_also_misspelt(real_finder: Finder, known: str) -> None:
    assert real_finder.find(known, "fi").understood


def test_the_same_question_is_answered_alike_each_time_and_from_many_threads(
    real_finder: Finder,
) -> None:
    first = real_finder.find("miten haen asumistukea", "fi")
    with ThreadPoolExecutor(8) as pool:
        again = list(
            pool.map(lambda _: real_finder.find("miten haen asumistukea", "fi"), range(24))
        )
    assert all(one == first for one in again)


def test_a_turn_encodes_its_words_once_while_a_full_desk_asks_for_other_words(
    real_finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []
    embed = OnnxEncoder.embed

    def counted(encoder: OnnxEncoder, texts: Sequence[str], kind: Kind) -> Vectors:
        encoded.extend(texts)
        return embed(encoder, texts, kind)

    monkeypatch.setattr(OnnxEncoder, "embed", counted)
    real_finder.in_danger("milloin kirjasto aukeaa huomenna")
    real_finder.in_danger("mista saan paivakotipaikan lapselle")
    for turn in range(38):
        for text in ("a", "b", "c"):
            real_finder.in_danger(f"{text} {turn}")
    encoded.clear()
    real_finder.find("milloin kirjasto aukeaa huomenna", "fi")
    real_finder.find("mistä saan päiväkotipaikan lapselle", "fi")
    assert encoded == []


def test_a_question_finds_a_service_that_has_no_text_in_its_language(
    real_finder: Finder, catalogue: Database
) -> None:
    found = real_finder.find("hur ansöker man om pensionsstöd", "sv").services
    assert found
    with catalogue.reading() as session:
        assert len(names(session, [one.service_id for one in found], "sv")) == LIMIT


def test_the_rest_of_a_long_story_does_not_hide_its_question(real_finder: Finder) -> None:
    short = real_finder.find("mistä saan passin", "fi").services[0]
    long = real_finder.find("mistä saan passin" + " " * 2_000 + "x" * 50_000, "fi").services[0]
    assert long.service_id == short.service_id


def test_each_index_has_a_finite_score_for_each_service(real_finder: Finder) -> None:
    features, understood = real_finder.features("mistä saan passin", "fi")
    assert features.shape == (len(real_finder.service_ids), len(FEATURES))
    assert np.isfinite(features).all()
    assert understood
