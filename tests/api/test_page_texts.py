"""What the pages say: in both languages, with safe links, in the language that was wished for."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

import pytest
import yaml

from api.page_texts import LANGUAGES, TEMPLATES, TEXTS, language_of, linked
from eval.proof.promises import BOUNCE

FILES = sorted(path.stem for path in TEXTS.glob("*.yml"))


def entries(name: str) -> dict[str, Any]:
    kept: dict[str, Any] = yaml.safe_load((TEXTS / f"{name}.yml").read_text("utf-8"))
    return kept


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", FILES)
def test_every_text_is_in_both_languages_with_the_same_places(name: str) -> None:
    for key, entry in entries(name).items():
        assert tuple(entry) == LANGUAGES, key
        assert all(entry[language].strip() for language in LANGUAGES), key
        assert places(entry["fi"]) == places(entry["sv"]), key


# A second name for what has one already, by language; the name that all texts use stands beside it.
SECOND_NAMES = {
    "fi": {
        r"\bvirkailija": "ihminen",
        r"\bhoitaja \{": "vastuuhenkilö",
    },
    "sv": {
        r"servicekart": "tjänstekarta",
        r"\bvikari": "ersättare",
        r"på webben": "på nätet",
        r"servicepunkt": "serviceställe",
        r"annan enhet": "en annan apparat",
        r"livssituation": "livshändelse",
    },
}


@pytest.mark.parametrize("name", FILES)
def test_a_thing_has_the_same_name_on_every_page(name: str) -> None:
    for key, entry in entries(name).items():
        for language, second in SECOND_NAMES.items():
            found = [one for one in second if re.search(one, entry[language], re.IGNORECASE)]
            assert found == [], f"{name}.{key}"


# Staff who cannot sign in have nobody but their own administrator.
@pytest.mark.parametrize("name", [one for one in FILES if one != "oidc"])
def test_no_page_sends_the_reader_elsewhere(name: str) -> None:
    for key, entry in entries(name).items():
        for language in LANGUAGES:
            assert not BOUNCE.search(entry[language]), f"{name}.{key}"


@pytest.mark.parametrize("name", FILES)
def test_an_instant_is_told_as_the_latest_for_its_weekday_does_not_bend(name: str) -> None:
    for key, entry in entries(name).items():
        assert not re.search(r"\{\w+\} asti\b", entry["fi"]), f"{name}.{key}"


@pytest.mark.parametrize("name", ["chat", "staff", "ticket"])
def test_every_text_of_a_page_is_used_somewhere(name: str) -> None:
    sources = [path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")]
    sources += [path.read_text("utf-8") for path in TEXTS.parent.glob("*.py")]
    words = set(re.findall(r"\w+", "\n".join(sources)))
    begins = ("stage_", "reason_", "happened_", "language_", "done_", "line_", "tag_")
    begins += ("turn_", "star_", "outcome_", "where_", "matched_")
    begins += ("show_", "alarm_", "role_", "roles_", "warning_", "absence_")
    unused = [key for key in entries(name) if key not in words and not key.startswith(begins)]
    assert unused == []


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, "", "fi"),
        ("sv", "fi-FI,fi;q=0.9", "sv"),
        (None, "sv-FI,sv;q=0.9,fi;q=0.8", "sv"),
        (None, "fi;q=0.4, sv;q=0.8", "sv"),
        (None, "en-GB,en;q=0.9,sv;q=0.5", "sv"),
        ("en", "de", "fi"),
        ("", "sv;q=x,fi", "fi"),
    ],
)
def test_the_wish_comes_first_then_the_browsers_order(
    asked: str | None, accepted: str, language: str
) -> None:
    assert language_of(asked, accepted) == language


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Katso https://www.kela.fi/asumistuki.", "https://www.kela.fi/asumistuki"),
        ("(https://a.fi/x?y=1&z=2)", "https://a.fi/x?y=1&amp;z=2"),
        ("Se: http://a.fi/ä, sitten", "http://a.fi/ä"),
    ],
)
def test_an_address_becomes_a_link_without_the_sign_after_it(text: str, address: str) -> None:
    assert re.findall(r'href="([^"]*)"', linked(text)) == [address]


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,x", "ftp://a.fi", "kela.fi"]
)
def test_nothing_but_http_and_https_becomes_a_link(text: str) -> None:
    assert "<a" not in linked(text)


def test_markup_stays_text_beside_a_link_and_within_it() -> None:
    shown = linked('<b>x</b> https://a.fi/"><script>alert(1)</script>')
    assert "<b>" not in shown
    assert "<script>" not in shown
