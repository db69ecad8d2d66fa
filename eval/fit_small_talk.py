"""Fits the gate of small talk; run as `python -m eval.fit_small_talk FILE`.

FILE is what `python -m bot.gates --out FILE` heard, message by message, from models that had not
learnt it. Needs are the development questions, found as eval.fit_fusion finds them; small talk is
the examples of its intents. Writes actions/small_talk.json, and prints what it does and what the
classifier's confidence with a limit on the search would do instead.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from actions.desk_action import NEED_FROM, WHOLE_MESSAGE_TALK
from actions.find import ANSWER_FROM, ASK_FROM
from actions.small_talk import SmallTalkGate, log_odds
from catalog.find import Finder
from catalog.fusion import Fusion
from desk.outcomes import MOST_CHOICES
from eval.fit_fusion import KEPT, catalogue_rows, finder_over, thinned

NEED = "find_service"
SEARCHED = (NEED, "nlu_fallback")
# A need taken for talk turns a customer away; talk that is searched for costs one question.
COST_OF_A_NEED = 10
# Of the classifier, and of the search's first three together.
LIMITS = ((0.0, 1.1), (0.45, 0.3), (0.5, 0.3), (0.7, 0.3), (0.5, 0.5), (0.5, 0.12), (0.9, 0.3))

Gate = Callable[["Message"], bool]


@dataclass(frozen=True)
class Message:
    """One message of development: what it is, what was heard, what was found."""

    talk: bool
    decided: str  # the intent that the bot's rule ran for
    confidence: float  # of the likeliest intent of small talk
    first: float  # the likeliest service's probability
    found: float  # that one of the first three is meant
    weight: float

    @property
    def named_talk(self) -> bool:
        return self.decided in WHOLE_MESSAGE_TALK


def messages(heard: Path) -> list[Message]:
    """The development needs and the small talk; what is asked in several folds weighs as one."""
    rows = catalogue_rows()
    whole = finder_over(rows, Fusion.shipped())
    few = finder_over(thinned(rows, KEPT), Fusion.shipped())
    finders = {"examples": whole, "strangers": whole, "development": few}
    told = [one for one in json.loads(heard.read_text("utf-8")) if _wanted(one)]
    times = Counter((one["source"], one["text"]) for one in told)
    return [
        _message(one, finders[one["source"]], 1 / times[one["source"], one["text"]]) for one in told
    ]


def _wanted(told: dict[str, Any]) -> bool:
    """Small talk, and needs that strangers or the catalogue's readers wrote, not the bot's own."""
    return told["meant"] in WHOLE_MESSAGE_TALK or told["source"] != "examples"


def _message(told: dict[str, Any], finder: Finder, weight: float) -> Message:
    scores = [one.score for one in finder.find(told["text"], told["language"]).services]
    guesses = told["heard"]["guesses"]
    talk = [one["confidence"] for one in guesses if one["intent"] in WHOLE_MESSAGE_TALK]
    return Message(
        talk=told["meant"] in WHOLE_MESSAGE_TALK,
        decided=told["heard"]["decided"],
        confidence=max(talk, default=0.0),
        first=max(scores, default=0.0),
        found=sum(scores[:MOST_CHOICES]),
        weight=weight,
    )


def fit(told: Sequence[Message]) -> SmallTalkGate:
    """Believed from where a need turned away costs as much as talk that is asked about."""
    seen = np.array([[log_odds(one.confidence), log_odds(one.found)] for one in told])
    weights = [one.weight for one in told]
    model = LogisticRegression().fit(seen, [one.talk for one in told], sample_weight=weights)
    classifier, search = (round(float(one), 3) for one in model.coef_[0])
    bias = round(float(model.intercept_[0]), 3)
    return SmallTalkGate(classifier, search, bias, round(1 - 1 / (1 + COST_OF_A_NEED), 3))


def table(told: Sequence[Message], gates: dict[str, Gate]) -> Iterator[str]:
    yield "gate                        needs dismissed  talk taken for talk  answered  asked which"
    needs = [one for one in told if not one.talk]
    talk = [one for one in told if one.talk]
    for name, gate in gates.items():
        dismissed = [one for one in needs if _dismissed(one, gate)]
        taken = [one for one in talk if _dismissed(one, gate)]
        searched = [one for one in talk if _searched(one, gate)]
        answered = [one for one in searched if one.first >= ANSWER_FROM]
        asked = [one for one in searched if one.first < ANSWER_FROM and one.found >= ASK_FROM]
        yield (
            f"{name:27} {_share(dismissed, needs):15.1%} {_share(taken, talk):20.1%} "
            f"{_share(answered, talk):9.1%} {_share(asked, talk):12.1%}"
        )


def _dismissed(one: Message, gate: Gate) -> bool:
    return one.decided in WHOLE_MESSAGE_TALK and gate(one)


def _searched(one: Message, gate: Gate) -> bool:
    return one.decided in SEARCHED or (one.decided in WHOLE_MESSAGE_TALK and not gate(one))


def _share(some: Sequence[Message], of: Sequence[Message]) -> float:
    return sum(one.weight for one in some) / sum(one.weight for one in of)


def _limits(sure: float, found: float) -> Gate:
    return lambda one: one.confidence >= sure and one.found < found


def main() -> None:
    reader = argparse.ArgumentParser(prog="python -m eval.fit_small_talk", description=__doc__)
    reader.add_argument("heard", type=Path)
    told = messages(reader.parse_args().heard)
    fitted = fit(told)
    fitted.save()
    print(fitted)
    gates: dict[str, Gate] = {f"sure {s}, found < {f}": _limits(s, f) for s, f in LIMITS}
    gates["fitted"] = lambda one: fitted.believes(one.confidence, one.found)
    gates["fitted, as the desk uses it"] = lambda one: (
        gates["fitted"](one) and one.found < NEED_FROM
    )
    print("\n".join(table(told, gates)))


if __name__ == "__main__":
    main()
