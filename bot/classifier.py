"""The intent classifier: a logistic regression on words and parts of words."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize


class FeaturizerMissing(RuntimeError):
    """The pipeline names no featurizer by an alias that the classifier reads."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EvenClassifier(LogisticRegressionClassifier):
    """Reads a long message and a short one alike: its counts are damped and brought to length one.

    Rasa's own takes raw counts, fixes the regularisation and fits all intents at once, in seven
    times the time. Figures: docs/decisions/0010.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **LogisticRegressionClassifier.get_default_config(),
            "C": 20.0,  # the greater, the less regularised
            "tol": 1e-2,
            "weights": {"letters": 1.0},  # of each featurizer that is read, by its alias
        }

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        super().__init__(config, name, model_storage, resource)
        # One intent against all others, in the dual: seconds where the joint fit takes minutes.
        self.clf = LogisticRegression(
            solver="liblinear",
            dual=True,
            C=self.config["C"],
            tol=self.config["tol"],
            max_iter=self.config["max_iter"],
            class_weight="balanced",
            random_state=self.config["random_state"],
        )

    def train(self, training_data: TrainingData) -> Resource:
        seen, meant = self._create_training_matrix(training_data)
        self.clf.fit(seen, meant)
        # Half the file and the memory; the figures agree to the sixth digit.
        self.clf.coef_ = np.asfortranarray(self.clf.coef_, dtype=np.float32)
        self.persist()
        return self._resource

    def _create_X(self, messages: list[Message]) -> csr_matrix:
        """Shape (messages, features of all the featurizers named in `weights`)."""
        weights: dict[str, float] = self.config["weights"]
        return hstack(
            [weights[alias] * _evened(alias, messages) for alias in sorted(weights)], format="csr"
        )


def _evened(alias: str, messages: list[Message]) -> csr_matrix:
    """What one featurizer counted, shape (messages, features), each row of length one or zero."""
    counts = vstack([_counted(alias, message) for message in messages], format="csr", dtype=float)
    counts.data = 1 + np.log(counts.data)  # only what was counted is stored
    return normalize(counts, copy=False)


def _counted(alias: str, message: Message) -> csr_matrix:
    _, sentence = message.get_sparse_features(TEXT, [alias])
    if sentence is None:
        raise FeaturizerMissing(f"No featurizer with the alias {alias} comes before this one.")
    return sentence.features
