"""When the bot is too unsure to name an intent: the message then goes to the search."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

WORDS = "words"  # the alias of the featurizer of whole words in config.yml


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class CautiousFallback(FallbackClassifier):
    """Asks for more certainty where no word of the message was ever seen in training.

    Letters alone always resemble something, a short greeting first of all; not being understood
    must never pass for small talk.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**FallbackClassifier.get_default_config(), "threshold_of_unknown_words": 0.7}

    def _nlu_confidence_below_threshold(self, message: Message) -> tuple[bool, float]:
        confidence = float(message.data[INTENT]["confidence"])
        if not _knows_a_word(message):
            return confidence < self.component_config["threshold_of_unknown_words"], confidence
        return confidence < self.component_config["threshold"], confidence


def _knows_a_word(message: Message) -> bool:
    return any(
        features.features.nnz > 0
        for features in message.features
        if features.origin == WORDS
        and features.attribute == TEXT
        and features.type == FEATURE_TYPE_SENTENCE
    )
