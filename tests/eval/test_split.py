"""What is measured on was not learnt: the questions stand apart from the words learnt from."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from sklearn.feature_extraction.text import CountVectorizer

from catalog.lexical import folded
from catalog.phrases import read_phrases
from eval.questions_data import Question, blind, development, passers, strangers

ROOT = Path(__file__).parents[2]
ALIKE = 0.75  # of the letters in fours that two texts have, those that both have
FEWEST = 4  # words: a shorter one is what anybody writes
SETS = {"development": development, "strangers": strangers, "passers": passers, "blind": blind}


def key(text: str) -> str:
    return " ".join(re.findall(r"\w+", folded(text)))


@pytest.fixture(scope="module")
def learnt() -> list[str]:
    """Every phrase of the customers, and every example of the intents' training."""
    texts = [text for _, _, text in read_phrases(ROOT / "nlu_data").keys]
    for file in sorted(ROOT.glob("nlu_data/*/nlu.yml")):
        for intent in yaml.safe_load(file.read_text("utf-8"))["nlu"]:
            texts += re.findall(r"^- (.+)$", intent["examples"], re.MULTILINE)
    return texts


def long_ones(questions: list[Question]) -> list[str]:
    return [one.text for one in questions if len(one.text.split()) >= FEWEST]


@pytest.mark.parametrize("name", SETS)
def test_no_question_is_among_the_words_learnt_from(name: str, learnt: list[str]) -> None:
    known = {key(text) for text in learnt}
    assert [text for text in long_ones(SETS[name]()) if key(text) in known] == []


@pytest.mark.parametrize("name", SETS)
def test_no_question_is_nearly_among_them(name: str, learnt: list[str]) -> None:
    asked = long_ones(SETS[name]())
    fours = CountVectorizer(analyzer="char", ngram_range=(4, 4), binary=True, preprocessor=key)
    theirs = fours.fit_transform(learnt)
    ours = fours.transform(asked)
    sizes = np.array([max(len(key(text)) - 3, 1) for text in asked])
    common = (ours @ theirs.T).tocoo()
    union = sizes[common.row] + np.asarray(theirs.sum(axis=1))[common.col, 0] - common.data
    near = common.data / union >= ALIKE
    pairs = zip(common.row[near], common.col[near], strict=True)
    assert [(asked[one], learnt[other]) for one, other in pairs] == []


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_there_are_five_hundred_development_questions_in_each_language(language: str) -> None:
    every = [*development(), *strangers(), *passers()]
    assert sum(one.language == language for one in every) >= 500
