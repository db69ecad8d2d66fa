"""The keepers' own words: kept apart from what is loaded, theirs to edit, found at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from api.database import Database
from api.live_catalogue import LiveCatalogue
from catalog import keeping
from catalog.keeping import NotKept, NotTheirs
from catalog.load import load_shipped
from catalog.models import EditRight, Service
from catalog.writing import revision
from tests.api.test_live_catalogue import best, live, small  # noqa: F401  (fixtures)
from tests.foundation import NLU_DATA

PERMIT = "4853c910-5a39-4aae-a1a1-ac546fd9bcf4"  # Rakennuslupa


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        yield session


def permit(session: Session) -> Service:
    return session.get_one(Service, PERMIT)


def test_a_keepers_words_stay_apart_from_the_shipped_ones(session: Session) -> None:
    before, shipped = revision(session), keeping.words_of(session, PERMIT, "fi").shipped
    keeping.add_phrase(session, permit(session), "kerttu", "fi", "  saanko tehdä   kuistin ")
    keeping.add_former(session, permit(session), "kerttu", "sv", "Byggnadstillstånd")
    assert keeping.words_of(session, PERMIT, "fi").phrases == ("saanko tehdä kuistin",)
    assert keeping.words_of(session, PERMIT, "fi").shipped == shipped
    assert keeping.words_of(session, PERMIT, "sv").former == ("Byggnadstillstånd",)
    assert revision(session) == before + 2


def test_an_update_of_the_product_loses_none_of_them(house: Database) -> None:
    with house.writing() as session:
        keeping.add_phrase(session, permit(session), "kerttu", "fi", "saanko tehdä kuistin")
        keeping.add_former(session, permit(session), "kerttu", "fi", "Rakentamislupa vanha")
        permit(session).content_hash = "changed meanwhile"  # so that the load writes it anew
    report = load_shipped(house.writing, NLU_DATA, lambda line: None)
    assert report.counts.changed == 1
    with house.reading() as session:
        kept = keeping.words_of(session, PERMIT, "fi")
        assert kept.phrases == ("saanko tehdä kuistin",)
        assert kept.former == ("Rakentamislupa vanha",)
        labels = [one.kind for one in permit(session).labels]
        assert set(labels) - {"former"}


def test_what_was_shipped_is_not_removed_and_ones_own_is(session: Session) -> None:
    shipped = keeping.words_of(session, PERMIT, "fi").shipped[0]
    keeping.remove_phrase(session, permit(session), "kerttu", "fi", shipped)
    assert shipped in keeping.words_of(session, PERMIT, "fi").shipped
    keeping.add_phrase(session, permit(session), "kerttu", "fi", "saanko tehdä kuistin")
    keeping.remove_phrase(session, permit(session), "kerttu", "fi", "saanko tehdä kuistin")
    keeping.add_former(session, permit(session), "kerttu", "fi", "Vanha nimi")
    keeping.remove_former(session, permit(session), "kerttu", "fi", "Vanha nimi")
    kept = keeping.words_of(session, PERMIT, "fi")
    assert kept.phrases == kept.former == ()


@pytest.mark.parametrize(
    ("language", "text", "reason"),
    [
        ("fi", "  ", "empty"),
        ("fi", "?!", "empty"),
        ("fi", "a" * 501, "long"),
        ("fi", "Matti 131052-308T", "personal"),
        ("fi", "soita 040 123 4567", "personal"),
        ("en", "may I build", "language"),
    ],
)
def test_words_that_cannot_be_kept_are_refused(
    session: Session, language: str, text: str, reason: str
) -> None:
    with pytest.raises(NotKept) as refused:
        keeping.add_phrase(session, permit(session), "kerttu", language, text)
    assert refused.value.reason == reason


def test_the_same_words_are_kept_once(session: Session) -> None:
    keeping.add_phrase(session, permit(session), "kerttu", "fi", "saanko tehdä kuistin")
    with pytest.raises(NotKept) as refused:
        keeping.add_phrase(session, permit(session), "kerttu", "fi", "Saanko tehdä kuistin")
    assert refused.value.reason == "there"


def test_where_an_organisation_has_named_its_keepers_they_alone_edit(session: Session) -> None:
    service = permit(session)
    assert keeping.may_edit(session, service, "kerttu")
    session.add(EditRight(organisation_id=service.keeper_id, login="ville"))
    session.flush()
    assert keeping.may_edit(session, service, "Ville")
    for change in (
        keeping.add_phrase,
        keeping.remove_phrase,
        keeping.add_former,
        keeping.remove_former,
    ):
        with pytest.raises(NotTheirs):
            change(session, service, "kerttu", "fi", "saanko tehdä kuistin")


def test_a_former_name_is_found_as_soon_as_the_index_is_renewed(
    live: LiveCatalogue,  # noqa: F811
    small: Database,  # noqa: F811
) -> None:
    with small.writing() as session:
        keeping.add_former(session, session.get_one(Service, "library"), "k", "fi", "Lukusali")
        keeping.add_phrase(session, session.get_one(Service, "passport"), "k", "fi", "matkustan")
    assert live.refresh()
    assert best(live, "lukusali") == "library"
    assert best(live, "matkustan") == "passport"
