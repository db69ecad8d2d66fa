"""What is shipped loads whole, and says of itself what the desk relies on."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.database import Database
from catalog.base import Base
from catalog.codes import DESK_ORGANISATION, NATION
from catalog.desk_facts import DATA, shipped_facts
from catalog.load import load_shipped
from catalog.models import (
    Area,
    AreaPart,
    AreaText,
    Classification,
    ClassificationText,
    CustomerPhrase,
    Organisation,
    Service,
    ServiceArea,
    ServiceLabel,
    ServiceText,
)
from tests.databases import Databases, opened

WORDS = Path(__file__).parents[2] / "nlu_data"
GENERAL, NATIONAL = 250, 1051
CORRECTED = 1  # Swedish text of the general ones that told of another service


@pytest.fixture(scope="module")
def shipped(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with opened(databases, databases.empty(tmp_path_factory.mktemp("shipped"))) as database:
        Base.metadata.create_all(database.engine)
        report = load_shipped(database.writing, WORDS, lambda line: None)
        assert report.bad == ()
        yield database


@pytest.fixture
def session(shipped: Database) -> Iterator[Session]:
    with shipped.reading() as session:
        yield session


def spoken(session: Session, language: str, where: str = "%") -> int:
    asked = (
        select(func.count())
        .select_from(ServiceText)
        .join(Service, Service.id == ServiceText.service_id)
        .where(ServiceText.language == language, Service.source.like(where))
    )
    return session.scalar(asked) or 0


def test_every_shipped_service_has_a_finnish_name(session: Session) -> None:
    assert session.scalar(select(func.count()).select_from(Service)) == GENERAL + NATIONAL
    assert spoken(session, "fi") == GENERAL + NATIONAL


def test_the_general_services_speak_swedish_but_one(session: Session) -> None:
    assert spoken(session, "sv", "general.json%") == GENERAL - 1


def test_a_text_that_tells_of_another_service_is_corrected_and_marked(session: Session) -> None:
    told = session.get_one(ServiceText, ("05690058-1863-4d90-8623-786d24fdf108", "sv"))
    assert "missbruk" in told.summary
    assert "äldre" not in told.summary + told.description
    assert not told.official


def test_the_national_services_speak_swedish_by_translations_that_say_what_they_are(
    session: Session,
) -> None:
    assert spoken(session, "sv", "national_fi.json%") == NATIONAL
    unofficial = select(func.count()).where(ServiceText.official.is_(False))
    assert session.scalar(unofficial) == NATIONAL + CORRECTED


def test_shipped_ids_are_kept_as_they_are_in_the_files(session: Session) -> None:
    given = {
        record["id"]
        for file in ("general.json", "national_fi.json")
        for record in json.loads((DATA / "services" / file).read_text(encoding="utf-8"))
    }
    assert set(session.scalars(select(Service.id))) == given


def test_the_shipped_catalogue_loads_twice_without_a_change(shipped: Database) -> None:
    report = load_shipped(shipped.writing, WORDS, lambda line: None)
    assert (report.added, report.changed, report.removed, report.revision) == (0, 0, 0, 1)


def test_a_shipment_with_a_bad_word_list_loads_nothing_at_all(
    databases: Databases, tmp_path: Path
) -> None:
    with opened(databases, databases.empty(tmp_path)) as database:
        Base.metadata.create_all(database.engine)
        file = tmp_path / "fi" / "words" / "words.yml"
        file.parent.mkdir(parents=True)
        file.write_text("nobody: [sana]", encoding="utf-8")
        report = load_shipped(database.writing, tmp_path, lambda line: None)
        assert [bad.id for bad in report.bad] == ["nobody"]
        with database.reading() as session:
            assert session.scalars(select(Area.id)).all() == []
            assert session.scalars(select(Service.id)).all() == []


def test_the_desk_keeps_every_shipped_service(session: Session) -> None:
    assert set(session.scalars(select(Service.keeper_id))) == {DESK_ORGANISATION}
    desk = session.get(Organisation, DESK_ORGANISATION)
    assert desk is not None
    assert desk.kind == "desk"
    assert {text.language for text in desk.texts} == {"fi", "sv"}


def test_every_text_tells_its_year(session: Session) -> None:
    asked = (
        select(Service.source, ServiceText.dated)
        .join(Service, Service.id == ServiceText.service_id)
        .distinct()
    )
    years = {source.partition(":")[0]: dated.year for source, dated in session.execute(asked)}
    assert years == {"general.json": 2018, "national_fi.json": 2021}


def test_no_text_carries_a_trace_of_its_spreadsheet(session: Session) -> None:
    for column in (ServiceText.name, ServiceText.summary, ServiceText.description):
        assert not session.scalars(select(column).where(column.like("%x000D%"))).all()


def test_a_former_word_still_finds_its_service(session: Session) -> None:
    asked = (
        select(ServiceText.name)
        .join(ServiceLabel, ServiceLabel.service_id == ServiceText.service_id)
        .where(ServiceLabel.label == "rakentamislupa", ServiceText.language == "fi")
    )
    assert session.scalars(asked).all() == ["Rakennuslupa"]


def test_the_facts_of_the_desk_name_services_that_are_there(session: Session) -> None:
    facts = shipped_facts()
    finnish = session.scalars(select(ServiceText).where(ServiceText.language == "fi"))
    names = {text.service_id: text.name for text in finnish}
    for fact in (*facts.place_bound.values(), *facts.standing.values()):
        assert names[fact.id] == fact.name


def test_a_town_s_own_row_is_bound_to_its_place(session: Session) -> None:
    def places(name: str) -> set[str]:
        asked = (
            select(ServiceArea.area_id)
            .join(ServiceText, ServiceText.service_id == ServiceArea.service_id)
            .join(Service, Service.id == ServiceArea.service_id)
            .where(ServiceText.name == name, Service.place_bound)
        )
        return set(session.scalars(asked))

    assert places("Museotoimi") == {"municipality:489"}
    assert places("Lapin maakuntamuseon kuva-arkisto") == {"region:19"}
    assert places("Nuorten työpaja Omnia") == {
        "municipality:049",
        "municipality:235",
        "municipality:257",
    }


def test_what_ended_or_changed_is_told_in_both_languages() -> None:
    standing = shipped_facts().standing.values()
    assert Counter(fact.status for fact in standing) == {"ended": 30, "replaced": 3, "current": 7}
    for fact in standing:
        assert {"fi", "sv"} <= set(fact.texts)
        assert fact.because


def test_every_municipality_has_its_region_and_its_county_or_province(session: Session) -> None:
    within: dict[str, set[str]] = {}
    for part in session.scalars(select(AreaPart)):
        within.setdefault(part.area_id, set()).add(part.within_id.partition(":")[0])
    municipalities = session.scalars(select(Area.id).where(Area.kind == "municipality")).all()
    assert len(municipalities) == 309
    kinds = [within[id_] for id_ in municipalities]
    assert kinds.count({"province"}) == 16
    assert kinds.count({"region", "county"}) == 309 - 16


@pytest.mark.parametrize(
    ("area", "finnish", "swedish"),
    [
        ("municipality:049", "Espoo", "Esbo"),
        ("municipality:092", "Vantaa", "Vanda"),
        ("municipality:853", "Turku", "Åbo"),
        ("municipality:598", "Pietarsaari", "Jakobstad"),
        ("municipality:272", "Kokkola", "Karleby"),
        ("municipality:445", "Parainen", "Pargas"),
        ("municipality:499", "Mustasaari", "Korsholm"),
        ("county:03", "Länsi-Uudenmaan hyvinvointialue", "Västra Nylands välfärdsområde"),
        ("county:04", "Vantaan ja Keravan hyvinvointialue", "Vanda och Kervo välfärdsområde"),
        ("county:16", "Etelä-Pohjanmaan hyvinvointialue", "Södra Österbottens välfärdsområde"),
        ("county:90", "Helsingin kaupunki", "Helsingfors stad"),
        ("province:21", "Ahvenanmaa", "Åland"),
        (NATION, "Suomi", "Finland"),
    ],
)
def test_an_area_has_its_name_in_both_languages(
    session: Session, area: str, finnish: str, swedish: str
) -> None:
    texts = session.scalars(select(AreaText).where(AreaText.area_id == area))
    names = {text.language: text.name for text in texts}
    assert (names["fi"], names["sv"]) == (finnish, swedish)


def test_the_sami_names_are_stored_as_written(session: Session) -> None:
    texts = session.scalars(select(AreaText).where(AreaText.area_id == "municipality:148"))
    assert {text.language: text.name for text in texts} == {
        "fi": "Inari",
        "sv": "Enare",
        "se": "Anár",
        "smn": "Aanaar",
        "sms": "Aanar",
    }


@pytest.mark.parametrize(
    ("scheme", "number"), [("service_class", 229), ("customer_group", 17), ("life_event", 19)]
)
def test_every_class_has_a_name_in_three_languages(
    session: Session, scheme: str, number: int
) -> None:
    asked = (
        select(ClassificationText.language, func.count())
        .join(Classification, Classification.uri == ClassificationText.uri)
        .where(Classification.scheme == scheme)
        .group_by(ClassificationText.language)
    )
    found = {(language, count) for language, count in session.execute(asked)}
    assert found == {("fi", number), ("sv", number), ("en", number)}


def test_there_are_customers_words_in_both_languages(session: Session) -> None:
    assert {"fi", "sv"} <= set(session.scalars(select(CustomerPhrase.language).distinct()))


@pytest.mark.parametrize("file", sorted((DATA / "services").glob("*.json")), ids=lambda f: f.name)
def test_a_shipped_file_holds_one_record_a_line(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "["
    assert lines[-1] == "]"
    assert all(re.match(r'\{"id": "[0-9a-f-]{36}", ', line) for line in lines[1:-1])
