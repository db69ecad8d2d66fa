"""Where a telephone talk goes from one event, and what the line does there."""

from __future__ import annotations

from typing import Any

from api.phone_answer import PLACES as ANSWER
from api.phone_answer import answered
from api.phone_case import PLACES as CASE
from api.phone_matter import PLACES as MATTER
from api.phone_matter import person, to_ticket
from api.phone_menu import PLACES as MENU
from api.phone_menu import words_of_choice
from api.phone_steps import (
    Again,
    Began,
    Dial,
    Dialled,
    Event,
    Gather,
    Hangup,
    Keys,
    Say,
    Silence,
    Speech,
    Step,
)
from api.phone_talk import MORE, Line, Next, Place

PLACES: dict[str, Place] = MENU | ANSWER | MATTER | CASE
FIRST = "language"
PERSON, AGAIN, BACK = "0", "#", "*"
MISSES = 2  # in a row; then a person
SURE = 0.3  # a provider's confidence below this is a guess; 0 says that it tells none


def words_of(state: dict[str, Any], event: Event) -> str | None:
    """What goes to the desk as a customer's message: what was said, or the choice keyed."""
    if isinstance(event, Keys):
        return words_of_choice(state, event.digits)
    if not isinstance(event, Speech) or not state.get("speech"):
        return None
    unsure = event.confidence and event.confidence < SURE
    return None if unsure or not event.text.strip() else event.text


def next_of(line: Line) -> Next:
    """Where this event leads. After two in a row that lead nowhere: to a person, never out."""
    place = PLACES[line.state["at"]]
    found = answered(line, line.told) if line.told is not None else _heard(line, place)
    if found is None:
        return _missed(line, place)
    line.state["misses"] = 0
    return found


def _heard(line: Line, place: Place) -> Next | None:
    match line.event:
        case Began() | Again():
            return Next(line.state["at"])
        case Dialled(answered=True):
            return Next("ended", (line.t("goodbye"),))
        case Dialled():
            after = to_ticket(line, line.state.get("reason", "asked"))
            return Next(after.at, (line.t("no_answer"), *after.says))
        case Keys(digits=digits):
            return _keyed(line, place, digits)
        case _:
            return None


def _keyed(line: Line, place: Place, digits: str) -> Next | None:
    if digits == PERSON:
        return _to_person(line)
    if BACK in digits:
        return place.back(line)
    if digits == AGAIN or (digits == MORE and not place.pages):
        return Next(line.state["at"])
    found = place.hear(line, digits.rstrip(AGAIN))
    if found is not None and line.call.language and line.state.pop("wants_person", False):
        return person(line, "asked")
    return found


def _to_person(line: Line) -> Next:
    """Who wants a person is still asked the language first: the person must speak it."""
    if line.call.language is None:
        line.state["wants_person"] = True
        return Next(FIRST)
    return person(line, "asked")


def _missed(line: Line, place: Place) -> Next:
    silent = isinstance(line.event, Silence)
    line.state["misses"] = int(line.state.get("misses", 0)) + 1
    if line.state["misses"] < MISSES:
        return Next(line.state["at"], _sorry(line, place))
    line.state["misses"] = 0
    if silent and place.rests:
        return Next("ended", (line.t("goodbye"),))
    return person(line, "not_understood")


def _sorry(line: Line, place: Place) -> tuple[str, ...]:
    if line.call.language is None:
        return ()  # the question itself is in both languages
    match line.event:
        case Silence():
            return () if place.rests else (line.t("nothing_heard"),)
        case Keys():
            return (line.t("not_a_choice"),)
        case _:
            return (line.t("not_understood"),)


def step_of(line: Line, after: Next) -> Step:
    """What the line does at the place that the talk goes to."""
    line.state["at"] = after.at
    says = tuple(Say(one, line.language) for one in after.says if one)
    if after.at == "dialling":
        return Dial(line.settings.phone_person or "", says)
    if after.at == "ended":
        return Hangup(says)
    asked = PLACES[after.at].ask(line)
    line.state["speech"] = asked.speech
    question = (Say(asked.text, line.language),) if asked.text else ()
    return Gather(
        says=(*says, *asked.before, *question),
        language=line.language,
        keys=asked.keys,
        speech=asked.speech,
        timeout=asked.timeout,
    )
