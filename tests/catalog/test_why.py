"""Why a question leads to a service: told from the parts that the ranking itself adds up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.find import FEATURES, Finder
from catalog.lexical import Lemmas, Ngrams
from catalog.why import LEAST, MOST_WORDS, Why

DOCUMENTS = ["Passi ja henkilökortti passi", "Nettilääkäri ja omalääkäri", "Simhall i Borgå"]
ASKED = st.lists(
    st.sampled_from(["passi", "Passin", "nettlääkäri", "simhallen?", "ja", "borga", "qwxz", "1"]),
    max_size=6,
)


def first_two(finder: Finder, question: str, language: str) -> tuple[Why, Why]:
    ids = [one.service_id for one in finder.find(question, language).services[:2]]
    first, second = finder.why(question, language, ids)
    return first, second


# --- the parts are those of the ranking ---


@given(ASKED)
def test_what_the_letters_add_is_the_whole_score_of_their_index(words: list[str]) -> None:
    index, question = Ngrams(DOCUMENTS), " ".join(words)
    for document, score in enumerate(index.scores(question)):
        assert sum(index.shared(question, document).values()) == pytest.approx(score, abs=1e-5)


@given(ASKED)
def test_what_the_words_add_is_the_whole_score_of_their_index(words: list[str]) -> None:
    index = Lemmas([text.lower().split() for text in DOCUMENTS])
    for document, score in enumerate(index.scores(words)):
        assert sum(index.shared(words, document).values()) == pytest.approx(score, abs=1e-5)


def test_an_index_without_texts_adds_nothing() -> None:
    assert Ngrams(["", ""]).shared("passi", 1) == {}


@pytest.mark.parametrize(
    ("question", "language"),
    [("mistä saan passin", "fi"), ("vauva tulossa, mitä nyt?", "fi"), ("bygglov för bastu", "sv")],
)
def test_the_points_of_two_services_tell_how_much_likelier_the_first_is(
    real_finder: Finder, question: str, language: str
) -> None:
    found = real_finder.find(question, language).services
    first, second = first_two(real_finder, question, language)
    assert (first.probability, second.probability) == (found[0].score, found[1].score)
    ahead = sum(one.points for one in first.evidence) - sum(one.points for one in second.evidence)
    assert ahead == pytest.approx(math.log(first.probability / second.probability))
    assert tuple(one.index for one in first.evidence) == FEATURES
    assert sum(one.share for one in first.evidence) == pytest.approx(1.0)
    assert all(one.share >= 0 for one in first.evidence)


def test_the_nearest_phrase_is_the_one_that_the_ranking_went_by(real_finder: Finder) -> None:
    first, _ = first_two(real_finder, "vauva tulossa, mitä nyt?", "fi")
    said = next(one.score for one in first.evidence if one.index == "vectors_said")
    assert first.phrase is not None
    assert first.phrase.similarity == pytest.approx(said, abs=1e-4)


# --- the words ---


@pytest.mark.parametrize(
    ("question", "language", "word", "met", "by"),
    [
        ("mistä saan passin?", "fi", "passin", "passi", "word"),
        ("nettlääkäri", "fi", "nettlääkäri", "lääkäri", "letters"),
        ("PÄIVAKOTIPAIKKAA ukalleni", "fi", "PÄIVAKOTIPAIKKAA", "päiväkoti", "letters"),
        ("lägenheten är fuktskadad", "sv", "fuktskadad", "fuktskada", "word"),
    ],
)
def test_a_word_of_the_question_is_told_as_written_with_the_word_that_it_met(
    real_finder: Finder, question: str, language: str, word: str, met: str, by: str
) -> None:
    first, _ = first_two(real_finder, question, language)
    found = next(one for one in first.words if one.word == word)
    assert met in found.met.lower()
    assert found.by == by


def test_the_words_that_add_most_come_first_and_small_change_is_left_out(
    real_finder: Finder,
) -> None:
    question = "asunto on homeessa ja vuokranantaja ei vastaa, kuka tarkastaa asunnon terveyshaitat"
    first, _ = first_two(real_finder, question, "fi")
    points = [one.points for one in first.words]
    assert 1 <= len(points) <= MOST_WORDS
    assert points == sorted(points, reverse=True)
    assert points[-1] >= LEAST
    assert len({one.word for one in first.words}) == len(points)


def test_personal_data_and_its_marks_are_never_among_the_words(real_finder: Finder) -> None:
    question = "soita [TEL] tai 040 123 4567, nimi on ja mistä kirjastokortti"
    told = {one.word for why in first_two(real_finder, question, "fi") for one in why.words}
    assert "kirjastokortti" in told
    assert not told & {"TEL", "[TEL]", "040", "123", "4567", "mistä", "ja"}


# --- at the edges ---


def test_a_service_that_the_index_does_not_know_is_left_out(real_finder: Finder) -> None:
    known = real_finder.find("passi", "fi").services[0].service_id
    (why,) = real_finder.why("passi", "fi", ["unknown", known])
    assert why.service_id == known


@pytest.mark.parametrize("empty", ["", " \n"])
def test_an_empty_question_has_no_reasons(real_finder: Finder, empty: str) -> None:
    assert real_finder.why(empty, "fi", real_finder.service_ids[:1]) == ()


def test_whatever_is_asked_every_service_can_be_explained(real_finder: Finder) -> None:
    for question in ("?!", "🙂🙂", "x" * 3_000, "passi " * 400, "\ud800 passi", "[IBAN] [TEL]"):
        for why in real_finder.why(question, "sv", real_finder.service_ids[::200]):
            assert math.isfinite(sum(one.points for one in why.evidence))
