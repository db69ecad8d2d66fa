"""Every reply in both languages, and none that sends the customer elsewhere."""

from __future__ import annotations

import ast
import re
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from actions.replies import Replies, ReplyMissing, day_and_time
from api.settings import PROJECT
from eval.proof.promises import BOUNCE
from tests.foundation import NLU_DATA, replies

BOTH = {"fi", "sv"}
NAMES = sorted(replies().texts)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", NAMES)
def test_every_reply_has_both_languages_with_the_same_places(name: str) -> None:
    texts = replies().texts[name]
    assert set(texts) == BOTH
    assert places(texts["fi"]) == places(texts["sv"])
    assert all(text.strip() for text in texts.values())


@pytest.mark.parametrize("name", NAMES)
def test_fixmystreet_4457_no_reply_bounces_the_customer(name: str) -> None:
    for text in replies().texts[name].values():
        assert not BOUNCE.search(text), text


@pytest.mark.parametrize(
    "bounce",
    [
        "Tämä ei kuulu meille, ota yhteyttä toiseen yksikköön.",
        "Det här hör inte till oss, kontakta en annan enhet.",
        "En löytänyt yhtään tilanteeseesi sopivaa palvelua",
    ],
)
def test_the_search_for_bounces_sees_the_sentence_that_must_not_come(bounce: str) -> None:
    assert BOUNCE.search(bounce)


def test_it_is_the_customer_who_need_not_know_the_authority() -> None:
    told = replies().texts["utter_greet"]
    assert "Sinun ei tarvitse tietää, mille viranomaiselle" in told["fi"]
    assert "Du behöver inte veta vilken myndighet" in told["sv"]


def test_no_two_files_hold_the_same_reply() -> None:
    seen: list[str] = []
    for path in (NLU_DATA / "replies").glob("*.yml"):
        seen += yaml.safe_load(path.read_text("utf-8"))["responses"]
    assert len(seen) == len(set(seen))


def said_in(path: Path) -> set[str]:
    """Names of replies that stand in the code as they are."""
    literals = [
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return {one for one in literals if re.fullmatch(r"utter_\w+", one)}


def made_up() -> set[str]:
    """Names that the code puts together, by the values of the catalogue and the desk."""
    from catalog.facets import vocabulary
    from catalog.models import CHANNEL_KINDS
    from desk.models import STAGES

    kinds = {f"utter_kind_{kind}" for kind in CHANNEL_KINDS}
    stages = {f"utter_stage_{stage}" for stage in STAGES if stage != "open"}
    charges = {f"utter_charge_{charge}" for charge in ("Chargeable", "FreeOfCharge", "Other")}
    facts = {f"utter_{facet}_{value}" for facet in vocabulary() for value in vocabulary()[facet]}
    return kinds | stages | charges | facts


def test_every_reply_that_the_code_says_exists_and_every_reply_is_said() -> None:
    code = [*(PROJECT / "actions").glob("*.py"), *(PROJECT / "api").glob("*.py")]
    said = set().union(*map(said_in, code)) | made_up()
    said -= {"utter_kind_", "utter_stage_", "utter_charge_", "utter_aim_"}
    assert said - set(NAMES) == set()
    assert set(NAMES) - said == set()


def test_a_reply_that_no_file_holds_fails_by_name() -> None:
    with pytest.raises(ReplyMissing, match="utter_nothing"):
        replies().say("utter_nothing", "fi")
    with pytest.raises(ReplyMissing, match=r"utter_greet \(en\)"):
        replies().say("utter_greet", "en")


def test_braces_in_a_service_name_are_text_and_no_place() -> None:
    said = Replies({"r": {"fi": "{name}!"}}).say("r", "fi", name="{secret} {0}")
    assert said == "{secret} {0}!"


@pytest.mark.parametrize(
    ("language", "said"),
    [("fi", "maanantaina 23.11. klo 14.05"), ("sv", "måndag 23.11 kl. 14.05")],
)
def test_a_time_is_said_as_people_say_it_in_finland(language: str, said: str) -> None:
    assert day_and_time(datetime(2026, 11, 23, 12, 5, tzinfo=UTC), language) == said


def test_a_summer_time_is_said_in_summer_time() -> None:
    assert day_and_time(datetime(2026, 7, 1, 12, 5, tzinfo=UTC), "fi").endswith("klo 15.05")
