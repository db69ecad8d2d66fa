"""The development split: the intents' examples in folds, none of which holds another's likeness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.training_data import as_nlu, examples, taught_words

FOLDS = 5
ALIKE = 0.7  # cosine of the letter trigrams; "haluan perua" and "haluaisin perua" are alike


@dataclass(frozen=True)
class Example:
    language: str
    intent: str
    text: str


def every_example(root: Path) -> list[Example]:
    return [Example(*one) for one in examples(root)]


def folds(told: Sequence[Example]) -> Iterator[tuple[list[Example], list[Example]]]:
    """Five times: what is taught, and what is asked; examples that are alike stay together."""
    from sklearn.model_selection import StratifiedGroupKFold

    texts, intents = [one.text for one in told], [one.intent for one in told]
    split = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for taught, asked in split.split(texts, intents, _groups(texts)):
        yield [told[i] for i in taught], [told[i] for i in asked]


def _groups(texts: Sequence[str]) -> list[int]:
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import TfidfVectorizer

    trigrams = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 3), sublinear_tf=True, use_idf=False
    ).fit_transform(texts)
    _, groups = connected_components((trigrams @ trigrams.T) > ALIKE, directed=False)
    return list(groups)


def written(told: Sequence[Example], root: Path, bench: Path, share: int) -> list[Path]:
    """The files to train from, in `bench`: these examples and a share of the customers' words."""
    words = bench / "words.yml"
    words.write_text(as_nlu(taught_words(root, share)), "utf-8")
    return [words, *_one_file_each(told, bench)]


def _one_file_each(told: Sequence[Example], bench: Path) -> Iterator[Path]:
    for intent in sorted({one.intent for one in told}):
        file = bench / f"{intent}.yml"
        file.write_text(as_nlu([one.text for one in told if one.intent == intent], intent), "utf-8")
        yield file
