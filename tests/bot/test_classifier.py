"""The classifier reads a message by what stands in it, not by how long it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import coo_matrix

from bot.classifier import EvenClassifier, FeaturizerMissing


def _classifier() -> EvenClassifier:
    settings: dict[str, Any] = {"weights": {"words": 0.5, "letters": 1.0}}
    config = {**EvenClassifier.get_default_config(), **settings}
    return EvenClassifier(config, "classifier", None, Resource("classifier"))


def _message(words: list[int], letters: list[int]) -> Message:
    message = Message({TEXT: "x"})
    for alias, counts in (("words", words), ("letters", letters)):
        seen = coo_matrix(np.array([counts]))
        message.add_features(Features(seen, FEATURE_TYPE_SENTENCE, TEXT, alias))
    return message


def test_each_featurizer_brings_its_weight_however_much_it_counted() -> None:
    seen = _classifier()._create_X([_message([9, 0], [1, 1]), _message([1, 0], [3, 3])]).toarray()
    assert seen[0] == pytest.approx(seen[1])
    assert sorted(seen[0]) == pytest.approx([0, 0.5, 2**-0.5, 2**-0.5])


def test_a_message_of_which_nothing_was_ever_seen_is_no_error() -> None:
    assert _classifier()._create_X([_message([0, 0], [0, 0])]).nnz == 0


def test_a_featurizer_that_is_missing_is_named() -> None:
    with pytest.raises(FeaturizerMissing, match="letters"):
        _classifier()._create_X([Message({TEXT: "x"})])
