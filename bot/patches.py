"""Changes to Rasa 3.6.21, each with the upstream file, the reason and the number measured.

tests/bot/test_patches.py shows for each that upstream still needs it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import dask
import dask.core
import jsonschema
import numpy
from jsonschema.validators import validator_for
from rasa.core.actions import action
from rasa.core.actions.action import RemoteAction
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.domain import Domain
from rasa.shared.nlu.training_data.message import Message

# Seconds. Longer than any turn that the app still waits for.
ACTION_TIME_LIMIT = 20
UPSTREAM_LOAD = LogisticRegressionClassifier.load.__func__


def apply() -> None:
    """Put every change into the running process; applying them twice changes nothing more."""
    RemoteAction._validate_action_result = _answer_fits_the_schema
    RegexMessageHandler.process = _leave_commands_alone
    # rasa/core/actions/action.py waits 300 s for an action, and the sender's lock is held as long:
    # the customer's next message would stand behind a call whose turn was closed long ago.
    action.DEFAULT_REQUEST_TIMEOUT = ACTION_TIME_LIMIT
    # rasa/engine/runner/dask.py runs a handful of steps through dask's scheduler for many threads,
    # with one thread, three times a turn. dask.core.get takes the same graph step by step.
    dask.get = dask.core.get
    LogisticRegressionClassifier.load = classmethod(_loaded_as_it_is_read)
    Domain.is_empty = _is_empty


@lru_cache(maxsize=1)
def answer_validator() -> Any:
    """The upstream schema of an action's answer, itself checked once."""
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)
    validator.check_schema(schema)
    return validator(schema)


def _answer_fits_the_schema(self: RemoteAction, result: dict[str, Any]) -> bool:
    # rasa/core/actions/action.py: jsonschema.validate() checks the schema itself with every answer.
    # The answer is still checked in full. Numbers: bot/README.md.
    error = next(answer_validator().iter_errors(result), None)
    if error is not None:
        raise jsonschema.ValidationError(f"The answer of {self.name()} does not fit the schema.")
    return True


def _leave_commands_alone(
    self: RegexMessageHandler, messages: list[Message], domain: Domain | None = None
) -> list[Message]:
    # rasa/nlu/classifiers/regex_message_handler.py takes "/greet@0.9{...}" of anybody as an intent
    # with entities, and logs the text of what it cannot read. A customer's text is text.
    return messages


def _loaded_as_it_is_read(
    cls: type[LogisticRegressionClassifier], *args: Any, **named: Any
) -> LogisticRegressionClassifier:
    # rasa/nlu/classifiers/logistic_regression_classifier.py: scipy multiplies the message with the
    # weights on their side, which it copies whole (14 MB) for each message, unless they lie so.
    component = UPSTREAM_LOAD(cls, *args, **named)
    if hasattr(component.clf, "coef_"):  # a classifier without a model has learnt nothing
        component.clf.coef_ = numpy.asfortranarray(component.clf.coef_)
    return component


@lru_cache(maxsize=1)
def _nothing() -> dict[str, Any]:
    return dict(Domain.empty().as_dict())


def _is_empty(self: Domain) -> bool:
    # rasa/shared/core/domain.py makes an empty domain to compare with, for each message.
    return bool(self.as_dict() == _nothing())
