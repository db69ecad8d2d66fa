"""The service map: whole, in customers' words, and never drawn by whose a service is."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from sqlalchemy import select

from api.database import Database
from catalog import service_map
from catalog.facets import facets, vocabulary
from catalog.language import Language
from catalog.life_events import life_events
from catalog.models import Service
from catalog.service_map import Bundle, Group, groups, plan
from tests.foundation import add_service

LANGUAGES: tuple[Language, ...] = ("fi", "sv")
COMMON = 2.0  # of demand, 0 to 5
LONGEST_NAME, LONGEST_SENTENCE, LONGEST_WORD = 60, 20, 22  # characters, words, characters


def drawn(house: Database, language: Language = "fi") -> tuple[Group, ...]:
    with house.reading() as session:
        return groups(session, language)


def own_words(language: Language) -> list[str]:
    """Everything that the map says itself, in this language."""
    kept = plan()
    named = [one.name[language] for one in (*kept.groups.values(), *kept.bundles.values())]
    return [*named, *(one.lead[language] for one in kept.groups.values())]


def all_bundles(house: Database) -> list[Bundle]:
    return [bundle for group in drawn(house) for bundle in group.bundles]


def test_every_current_service_for_the_public_stands_in_exactly_one_bundle(house: Database) -> None:
    shown = Counter(entry.service_id for one in all_bundles(house) for entry in one.entries)
    with house.reading() as session:
        wanted = set(
            session.scalars(
                select(Service.id).where(
                    Service.status == "current", Service.audience != "internal"
                )
            )
        )
    assert set(shown) == wanted
    assert set(shown.values()) == {1}


def test_both_languages_have_the_same_map(house: Database) -> None:
    def shape(language: Language) -> list[tuple[str, list[tuple[str, set[str]]]]]:
        return [
            (
                one.id,
                [(b.id, {e.service_id for e in b.entries}) for b in (*one.events, *one.bundles)],
            )
            for one in drawn(house, language)
        ]

    assert shape("fi") == shape("sv")


def test_every_value_of_the_facts_has_one_place_on_the_map() -> None:
    whom = Counter(value for one in plan().groups.values() for value in one.whom)
    aims = Counter(value for one in plan().bundles.values() for value in one.aims)
    assert set(whom) == {"", *vocabulary()["whom"]}
    assert set(aims) == {"", *vocabulary()["aim"]}
    assert set(whom.values()) == set(aims.values()) == {1}


def test_every_life_event_is_on_the_map_with_its_steps_in_order(house: Database) -> None:
    events = {event.id: event for group in drawn(house) for event in group.events}
    assert set(events) == set(life_events()) == set(plan().events)
    for name, event in events.items():
        steps = [step.service for step in life_events()[name].steps]
        shown = [entry.service_id for entry in event.entries]
        assert shown == [one for one in steps if one in shown]
        assert len(shown) >= 2
        assert all(entry.do for entry in event.entries)


def test_no_bundle_leaves_out_a_service_because_of_whose_it_is(house: Database) -> None:
    """One body's alone is only a bundle for which nobody else gives anything."""
    known, kept = facets(), plan()
    with house.reading() as session:
        public = set(
            session.scalars(
                select(Service.id).where(
                    Service.status == "current", Service.audience != "internal"
                )
            )
        )
        bodies = {
            one.id: one.responsible_id or one.responsible_kind
            for one in session.scalars(select(Service))
        }
    together = 0
    for group in drawn(house):
        for bundle in group.bundles:
            alike = {
                one
                for one in public & known.values.keys()
                if known.of(one, "whom") in kept.groups[group.id].whom
                and known.of(one, "aim") in kept.bundles[bundle.id].aims
            }
            shown = {entry.service_id for entry in bundle.entries}
            assert alike <= shown, (group.id, bundle.id)
            together += len({bodies[one] for one in shown}) > 1
    assert together > 40  # of the map's bundles hold what several bodies give


def test_no_key_of_a_telephone_is_needed_that_it_has_not(house: Database) -> None:
    shown = drawn(house)
    assert 0 < len(shown) <= 9
    assert all(0 < len(one.bundles) <= 9 for one in shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_map_speaks_without_the_words_of_offices(language: Language) -> None:
    jargon = plan().jargon[language]
    found = [
        (word, text)
        for text in own_words(language)
        for word in re.findall(r"\w+", text.lower())
        if word.startswith(jargon)
    ]
    assert found == []
    assert "toimialan".startswith(plan().jargon["fi"])  # the list does catch an inflected word


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_map_is_easy_to_read(language: Language) -> None:
    kept = plan()
    for one in (*kept.groups.values(), *kept.bundles.values()):
        assert len(one.name[language]) <= LONGEST_NAME
    for text in own_words(language):
        assert max(map(len, re.findall(r"[\w-]+", text))) <= LONGEST_WORD, text
        assert all(len(one.split()) <= LONGEST_SENTENCE for one in text.split(".")), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_map_has_an_address_of_its_own(language: Language) -> None:
    paths = [one.path[language] for one in plan().groups.values()]
    paths += [one[language] for one in plan().events.values()]
    assert len(set(paths)) == len(paths)
    assert all(re.fullmatch(r"[a-z-]+", path) for path in paths)


def test_what_is_asked_for_most_stands_first_with_a_customers_question(house: Database) -> None:
    for bundle in all_bundles(house):
        asked = [entry.demand for entry in bundle.entries]
        assert asked == sorted(asked, reverse=True)
    entries = [entry for bundle in all_bundles(house) for entry in bundle.entries]
    common = [entry.said for entry in entries if entry.demand >= COMMON]
    assert sum(one is not None for one in common) > 0.9 * len(common)
    said = [entry.said for entry in entries]
    assert all(len(one) <= service_map.LONGEST and one.endswith("?") for one in said if one)


def test_a_service_that_nobody_has_judged_still_has_its_place(house: Database) -> None:
    with house.writing() as session:
        add_service(session, "new-one")
        add_service(session, "for-firms").audience = "companies"
        add_service(session, "for-staff").audience = "internal"
    place = {
        entry.service_id: (group.id, bundle.id)
        for group in drawn(house)
        for bundle in group.bundles
        for entry in bundle.entries
    }
    assert place["new-one"] == ("everyone", "advice")
    assert place["for-firms"] == ("companies", "advice")
    assert "for-staff" not in place
