"""Dictionary forms and the parts of compounds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog import lemmas, pipeline
from catalog.lemmas import CompoundSplitter, Lemmatizer, SimplemmaLemmatizer, VoikkoLemmatizer

needs_voikko = pytest.mark.skipif(not lemmas.voikko_installed(), reason="Voikko is optional")


@needs_voikko
@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("päivähoitopaikkaa", ("päivähoitopaikka", "päivä", "hoito", "paikka")),
        ("Toimeentulotukea", ("toimeentulotuki", "toimeentulo", "tuki")),
        ("hakemuksen", ("hakemus",)),
        ("lapselleni", ("lapsi",)),
    ],
)
def test_voikko_takes_finnish_words_apart(word: str, parts: tuple[str, ...]) -> None:
    assert VoikkoLemmatizer().parts(word) == parts


@needs_voikko
def test_voikko_serves_many_threads() -> None:
    lemmatizer = VoikkoLemmatizer()
    words = [f"{word}{i % 7}" if i % 3 else word for i in range(2000) for word in ["autoissa"]]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lemmatizer.parts, words))
    assert found == [lemmatizer.parts(word) for word in words]


def test_a_missing_voikko_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "libvoikko", None)
    lemmas._open_voikko.cache_clear()
    with pytest.raises(lemmas.VoikkoMissing, match="install libvoikko1 and voikko-fi"):
        VoikkoLemmatizer()


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("färdtjänsten", ("färdtjänst", "färd", "tjänst")),
        ("bostadsbidraget", ("bostadsbidrag", "bostad", "bidrag")),
        ("arbetstillstånd", ("arbetstillstånd", "arbete", "tillstånd")),
        ("barnens", ("barn",)),
    ],
)
def test_swedish_compounds_split_by_the_given_words(word: str, parts: tuple[str, ...]) -> None:
    words = ["färd", "tjänst", "bostad", "bidrag", "arbete", "tillstånd", "barn"]
    assert SimplemmaLemmatizer("sv", words).parts(word) == parts


def test_finnish_does_without_voikko() -> None:
    lemmatizer = SimplemmaLemmatizer("fi", ["päivä", "hoito", "paikka"])
    assert lemmatizer.parts("päivähoitopaikkaa") == ("päivähoitopaikka", "päivä", "hoito", "paikka")


@pytest.mark.parametrize(
    "lemmatizer",
    [
        pytest.param(VoikkoLemmatizer, marks=needs_voikko, id="voikko"),
        pytest.param(lambda: SimplemmaLemmatizer("fi"), id="simplemma"),
    ],
)
def test_a_dictionary_knows_what_is_written_and_not_what_is_only_said(
    lemmatizer: Callable[[], Lemmatizer],
) -> None:
    knows = lemmatizer().knows
    assert [word for word in ("veren", "uuden", "tehdä", "tukee") if not knows(word)] == []
    assert [word for word in ("uuren", "tehrä", "vanaha", "x" * 5000, "") if knows(word)] == []


def test_a_compound_with_an_unknown_stretch_is_left_whole() -> None:
    splitter = CompoundSplitter(["bil", "skatt"])
    assert splitter.parts("bilskatt") == ("bil", "skatt")
    assert splitter.parts("bilxskatt") == ()
    assert splitter.parts("bil") == ()


@pytest.mark.parametrize("word", ["😀", "", "1", "LK-7F3K", "x" * 5000, "\x00", "/"])
def test_what_is_no_word_comes_back_as_it_is(word: str) -> None:
    assert lemmas.for_language("fi").parts(word) == (word.lower(),)
    assert lemmas.for_language("sv").parts(word) == (word.lower(),)


def test_terms_are_content_words_without_personal_data() -> None:
    text = "Mistä haen asumistukea, hetu 131052-308T, puh. [TEL]"
    terms = pipeline.terms(text, "fi")
    assert {"hakea", "asumistuki"} <= set(terms)
    assert not any(character.isdigit() for term in terms for character in term)
    assert "tel" not in terms
    assert "mistä" not in terms


def test_swedish_terms_are_lemmas() -> None:
    assert pipeline.terms("Var ansöker jag om passet?", "sv") == ["ansöka", "pass"]


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_any_text_passes_through_the_pipeline(language: lemmas.Language) -> None:
    text = "passi 😀\x00\ud800\u200b\n\t" * 600
    assert "passi" in pipeline.terms(text, language)


def test_a_pipeline_is_built_once() -> None:
    assert pipeline.nlp("fi") is pipeline.nlp("fi")
