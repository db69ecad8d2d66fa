"""Two needs in one message are both served, one after the other; one need stays one."""

from __future__ import annotations

import pytest

from actions.hand import Desk
from catalog.find import Finder
from catalog.needs import parts
from eval.questions_data import development, passers, strangers
from tests.foundation import Talk

TWO = [
    ("fi", "moi, tarvin kirjastokortin ja lisäksi pitäis tehdä muuttoilmoitus"),
    ("fi", "Haluan hakea asumistukea. Miten saan nuohoojan käymään?"),
    ("fi", "mistä saan toimeentulotukea ja sitten pitäisi varata aika hammaslääkäriin"),
    ("sv", "Jag behöver förnya körkortet. Dessutom vill jag ansöka om dagisplats åt min son."),
    ("sv", "var söker man bostadsbidrag och så borde jag boka tid till tandläkare"),
]
MOST_MISTAKEN = 0.005  # of the development questions, which all have one need


@pytest.mark.parametrize(("language", "text"), TWO)
def test_two_needs_are_both_served(finding_desk: Desk, language: str, text: str) -> None:
    talk = Talk(finding_desk, language=language)
    told = talk.write(text)
    assert told.kind == "answer"
    first = told.conversation.topic_id
    again = talk.write(told.buttons[-1])  # after the offer of the first
    assert again.kind == "answer"
    assert again.conversation.topic_id not in (None, first)


def test_a_yes_goes_on_to_the_other_need(finding_desk: Desk) -> None:
    talk = Talk(finding_desk)
    first = talk.write(TWO[0][1]).conversation.topic_id
    assert talk.write("joo", "affirm").conversation.topic_id not in (None, first)


@pytest.mark.parametrize(
    "text",
    ["Ajokortti pitää uusia.", "Hei. Kiitos.", "Miten haen tukea? Kiitos!", "a" * 400, ""],
)
def test_one_need_has_no_parts(text: str) -> None:
    assert parts(text) is None


def test_questions_of_one_need_are_hardly_ever_taken_for_two(real_finder: Finder) -> None:
    asked = [*development(), *strangers(), *passers()]
    told = [one for one in asked if parts(one.text) is not None]
    mistaken = [one for one in told if real_finder.find(one.text, one.language).needs]
    assert len(mistaken) <= MOST_MISTAKEN * len(asked), [one.text for one in mistaken]
