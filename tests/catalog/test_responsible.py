"""Who answers for a service today: each rule, each exception, every municipality by name."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import Database
from api.settings import PROJECT
from catalog import responsibilities
from catalog.codes import shipped_codes
from catalog.desk_facts import shipped_facts
from catalog.load import load_shipped
from catalog.models import Area, Organisation, OrganisationText, Service, ServiceText
from catalog.responsibilities import TABLES, BrokenTable, Elsewhere, read_tables, shipped_tables
from catalog.responsible import Body, body_of
from tests.foundation import NLU_DATA

SIPOO, HELSINKI, KAUNIAINEN, ESPOO = "753", "091", "235", "049"
TURKU, TAMPERE, INARI, MARIEHAMN = "853", "837", "148", "478"
DESK = ("Luukku-neuvonta", "Luukku-rådgivningen")
LVV = ("Lupa- ja valvontavirasto", "Tillstånds- och tillsynsverket")
STATE_ON_ALAND = ("Ahvenanmaan valtionvirasto", "Statens ämbetsverk på Åland")
ALAND = ("Ahvenanmaan maakunnan hallitus", "Ålands landskapsregering")
AMHM = (
    "Ahvenanmaan ympäristö- ja terveydensuojeluviranomainen ÅMHM",
    "Ålands miljö- och hälsoskyddsmyndighet ÅMHM",
)
TRAFICOM = (
    "Liikenne- ja viestintävirasto Traficom",
    "Transport- och kommunikationsverket Traficom",
)

# For each rule a service, where its customer lives, and who answers there.
BY_RULE: dict[str, tuple[str, str, tuple[str, str]]] = {
    "task-of-municipality": ("Kirjastopalvelut", SIPOO, ("Sipoo (kunta)", "Sibbo (kommun)")),
    "upper-secondary-school": (
        "Lukiokoulutus",
        KAUNIAINEN,
        ("Kauniainen (kunta)", "Grankulla (kommun)"),
    ),
    "building-act-2025": ("Rakennuslupa", HELSINKI, ("Helsinki (kunta)", "Helsingfors (kommun)")),
    "municipal-environment-authority": (
        "Ympäristölupa",
        TURKU,
        ("Turku (kunta)", "Åbo (kommun)"),
    ),
    "municipal-environmental-health": (
        "Eläinlääkäripalvelut",
        ESPOO,
        ("Espoo (kunta)", "Esbo (kommun)"),
    ),
    "game-damage": ("Petovahingot", INARI, ("Inari (kunta)", "Enare (kommun)")),
    "health-2023": (
        "Lastenneuvolapalvelut",
        SIPOO,
        ("Itä-Uudenmaan hyvinvointialue", "Östra Nylands välfärdsområde"),
    ),
    "social-2023": (
        "Kotihoito",
        KAUNIAINEN,
        ("Länsi-Uudenmaan hyvinvointialue", "Västra Nylands välfärdsområde"),
    ),
    "rescue-2023": (
        "Palotarkastus",
        TURKU,
        ("Varsinais-Suomen hyvinvointialue", "Egentliga Finlands välfärdsområde"),
    ),
    "pupil-welfare-2023": (
        "Perusopetuksen oppilashuolto",
        HELSINKI,
        ("Helsingin kaupunki", "Helsingfors stad"),
    ),
    "client-ombudsman-2024": (
        "Potilasasiamies",
        TAMPERE,
        ("Pirkanmaan hyvinvointialue", "Birkalands välfärdsområde"),
    ),
    "employment-2025": (
        "Työkokeilu",
        SIPOO,
        ("Sipoo (kunnan työllisyyspalvelut)", "Sibbo (kommunens sysselsättningstjänster)"),
    ),
    "named-in-text": (
        "Patentin hakeminen",
        SIPOO,
        ("Patentti- ja rekisterihallitus", "Patent- och registerstyrelsen"),
    ),
    "task-of-agency": ("Verokortti", MARIEHAMN, ("Verohallinto", "Skatteförvaltningen")),
    "known-service": (
        "Poliisimuseo",
        TAMPERE,
        ("Poliisiammattikorkeakoulu", "Polisyrkeshögskolan"),
    ),
    "register-office-2020": (
        "Etunimen muuttaminen",
        SIPOO,
        ("Digi- ja väestötietovirasto", "Myndigheten för digitalisering och befolkningsdata"),
    ),
    "legal-services-2025": ("Oikeusapu", SIPOO, ("Oikeuspalveluvirasto", "Rättstjänstverket")),
    "ely-2026": ("Maatalousinvestointi", SIPOO, ("elinvoimakeskus", "livskraftscentralen")),
    "passenger-transport-2026": ("Joukkoliikenteen valtionavustustukset", SIPOO, TRAFICOM),
    "avi-2026": ("Alueelliset maanpuolustuskurssit", SIPOO, LVV),
    "state-grants-2026": ("Valtionavustukset kirjastoille", SIPOO, LVV),
    "occupational-safety-2026": ("Työsuojelutarkastus", SIPOO, LVV),
    "environment-permits-2026": (
        "Ympäristö- ja vesitalouspäätökset sekä vireillä olevat asiat",
        SIPOO,
        LVV,
    ),
    "animals-and-food-2026": (
        "Kantelu eläinlääkärin toiminnasta",
        SIPOO,
        ("Ruokavirasto", "Livsmedelsverket"),
    ),
    "valvira-2026": ("Tietopalvelut Valviran rekistereistä", SIPOO, LVV),
    "national-archives-2026": (
        "Celian äänikirjapalvelu",
        SIPOO,
        ("Kansallisarkisto", "Riksarkivet"),
    ),
    "ara-2025": (
        "Asumisoikeusasunnot",
        SIPOO,
        (
            "Valtion tukeman asuntorakentamisen keskus Varke (ympäristöministeriö)",
            "Centralen för statligt stött bostadsbyggande Varke (miljöministeriet)",
        ),
    ),
    "pay-security-2025": (
        "Palkkaturvan hakeminen",
        SIPOO,
        (
            "Työllisyys-, kehittämis- ja hallintokeskus (KEHA)",
            "Sysselsättnings-, utvecklings- och förvaltningscentret (KEHA)",
        ),
    ),
    "transport-agencies-2019": ("Merikartat", SIPOO, TRAFICOM),
    "vehicles": ("Ajoneuvon omistajanvaihdos", SIPOO, TRAFICOM),
    "vehicle-tax": ("Ajoneuvoveron verovelvollisuuden siirto", SIPOO, TRAFICOM),
    "ship-register": ("Aluksen rekisteröinti", SIPOO, TRAFICOM),
    "farm-support": ("Nautapalkkio", SIPOO, ("Ruokavirasto", "Livsmedelsverket")),
    "basic-assistance-2017": ("Kelan perustoimeentulotuki", SIPOO, ("Kela", "FPA")),
    "task-of-other-body": (
        "Työeläkeote",
        SIPOO,
        ("Eläketurvakeskus", "Pensionsskyddscentralen"),
    ),
    "named-association": (
        "Invalidiliiton jäsenpalvelut",
        SIPOO,
        ("Invalidiliitto ry", "Invalidförbundet rf"),
    ),
    "own-of-several": (
        "Ansiopäiväraha",
        SIPOO,
        ("oma työttömyyskassasi", "din egen arbetslöshetskassa"),
    ),
    "town-plan-survey": (
        "Tontin lohkominen",
        SIPOO,
        ("kuntasi tai Maanmittauslaitos", "din kommun eller Lantmäteriverket"),
    ),
    "one-place-named": ("Museotoimi", SIPOO, ("Miehikkälän kunta", "Miehikkälä kommun")),
    "one-place-unnamed": ("Vuodeosasto", SIPOO, DESK),
    "business-advice": ("Rahoitusneuvonta", SIPOO, DESK),
    "vocational-education": ("Oppisopimuskoulutus", SIPOO, DESK),
    "many-givers": ("Digituki", SIPOO, DESK),
    "unknown": ("Matkailuneuvonta", SIPOO, DESK),
    "ended": (
        "Aikuiskoulutustuen hakeminen",
        SIPOO,
        ("Työllisyysrahasto", "Sysselsättningsfonden"),
    ),
}
SOCIAL_ON_ALAND = (
    "Kommunernas socialtjänst k.f. (vanhusten palveluissa Maarianhamina)",
    "Kommunernas socialtjänst k.f. (i äldreomsorg Mariehamn)",
)
MARIEHAMN_ITSELF = ("Maarianhamina (kunta)", "Mariehamn (kommun)")
# Each exception that names somebody, by its kind or body and its rule.
ELSEWHERE: dict[tuple[str, str], tuple[str, str]] = {
    ("county", ""): ("Helsingin kaupunki", "Helsingfors stad"),
    ("county", "health-2023"): (
        "Ahvenanmaan terveyden- ja sairaanhoito ÅHS",
        "Ålands hälso- och sjukvård ÅHS",
    ),
    ("county", "social-2023"): SOCIAL_ON_ALAND,
    ("county", "rescue-2023"): MARIEHAMN_ITSELF,
    ("county", "pupil-welfare-2023"): (
        "Maarianhamina (kunta), terveydenhuollossa ÅHS",
        "Mariehamn (kommun), för hälsovården ÅHS",
    ),
    ("county", "client-ombudsman-2024"): (
        "Ålands ombudsmannamyndighet",
        "Ålands ombudsmannamyndighet",
    ),
    ("employment", ""): (
        "Ahvenanmaan työmarkkina- ja opintopalveluviranomainen AMS",
        "Ålands arbetsmarknads- och studieservicemyndighet AMS",
    ),
    ("municipality", "municipal-environmental-health"): AMHM,
    ("municipality", "municipal-environment-authority"): AMHM,
    ("municipality", "upper-secondary-school"): ("Ålands gymnasium", "Ålands gymnasium"),
    ("lvv", ""): STATE_ON_ALAND,
    ("lvv", "occupational-safety-2026"): LVV,
    ("lvv", "environment-permits-2026"): AMHM,
    ("lvv", "state-grants-2026"): ALAND,
    ("dvv", "register-office-2020"): STATE_ON_ALAND,
    ("traficom", "vehicles"): ("Fordonsmyndigheten (Ahvenanmaa)", "Fordonsmyndigheten på Åland"),
    ("traficom", "vehicle-tax"): STATE_ON_ALAND,
    ("traficom", "ship-register"): STATE_ON_ALAND,
    ("traficom", "passenger-transport-2026"): ALAND,
    ("kela", "basic-assistance-2017"): (
        "Kommunernas socialtjänst k.f.",
        "Kommunernas socialtjänst k.f.",
    ),
    ("ruokavirasto", "farm-support"): ALAND,
    ("elinvoimakeskus", ""): ALAND,
    ("maakunnan-liitto", ""): ALAND,
    ("metsakeskus", ""): ALAND,
    ("poliisi", ""): ("Ahvenanmaan poliisiviranomainen", "Ålands polismyndighet"),
}


@pytest.fixture(scope="module")
def session(catalogue: Database) -> Iterator[Session]:
    """The shipped catalogue, to look at."""
    with catalogue.reading() as session:
        yield session


def service_of(session: Session, name: str, rule: str) -> Service:
    asked = (
        select(Service)
        .join(ServiceText)
        .where(ServiceText.name == name, Service.responsible_rule == rule)
    )
    return session.scalars(asked).unique().one()


def told(session: Session, service: Service, code: str | None) -> tuple[Body, Body]:
    """Who answers in this municipality, in Finnish and in Swedish."""
    area = f"municipality:{code}" if code else None
    return body_of(session, service, area, "fi"), body_of(session, service, area, "sv")


def names(bodies: tuple[Body, Body]) -> tuple[str, str]:
    return bodies[0].name, bodies[1].name


# --- rules ---


@pytest.mark.parametrize("rule", shipped_tables().rules)
def test_each_rule_leads_to_its_body(session: Session, rule: str) -> None:
    name, code, expected = BY_RULE[rule]
    assert names(told(session, service_of(session, name, rule), code)) == expected


def test_a_rule_tells_since_when_it_has_been_so(session: Session) -> None:
    body, _ = told(session, service_of(session, "Kotihoito", "social-2023"), SIPOO)
    assert body.since == date(2023, 1, 1)
    elsewhere, _ = told(session, service_of(session, "Kotihoito", "social-2023"), MARIEHAMN)
    assert elsewhere.since is None


def test_every_rule_has_a_source_and_statements(session: Session) -> None:
    for rule in shipped_tables().rules.values():
        assert rule.statement_fi.endswith(".")
        assert rule.statement_en.endswith(".")
        assert rule.source


def test_no_rule_and_no_body_is_without_a_service() -> None:
    tables = shipped_tables()
    assert {one.rule for one in tables.services.values()} == set(tables.rules)
    assert {one.body_id for one in tables.services.values()} - {None} == set(tables.bodies)


# --- exceptions ---


def service_elsewhere(session: Session, one: Elsewhere) -> Service:
    """A service that this exception is the narrowest for."""
    found = []
    for service in session.scalars(select(Service).order_by(Service.id)):
        of = (service.responsible_kind, service.responsible_id, service.responsible_rule)
        fitting = [
            other
            for other in shipped_tables().elsewhere
            if other.area == one.area and other.fits(*of)
        ]
        found += [service] if fitting[:1] == [one] else []
    return found[0]


@pytest.mark.parametrize(
    "one",
    shipped_tables().elsewhere,
    ids=lambda one: f"{one.kind or one.body} {one.rule} in {one.area}",
)
def test_each_exception_holds_in_its_area_and_not_outside(session: Session, one: Elsewhere) -> None:
    service = service_elsewhere(session, one)
    code = HELSINKI if one.area == f"municipality:{HELSINKI}" else MARIEHAMN
    there = told(session, service, code)
    assert names(there) == (ELSEWHERE[one.kind or one.body, one.rule] if one.name_fi else DESK)
    assert there[0].kind == (service.responsible_kind if one.name_fi else "desk")
    assert session.get(Area, one.area) is not None
    outside = told(session, service, SIPOO)
    assert outside[0].kind == service.responsible_kind
    assert names(outside) != names(there) or one.rule == "occupational-safety-2026"


# --- every service, every municipality ---


def test_every_service_has_a_body_or_is_the_desks(session: Session) -> None:
    kinds: Counter[str] = Counter()
    for service in session.scalars(select(Service)):
        kinds[service.responsible_kind] += 1
        assert service.responsible_rule in shipped_tables().rules
        assert (service.responsible_id is None) == (service.responsible_kind != "organisation")
        assert all(names(told(session, service, None)))
    assert kinds["desk"] < 100
    assert set(kinds) == {"municipality", "county", "employment", "organisation", "desk"}


@pytest.mark.parametrize(
    ("name", "rule"),
    [("Lastenneuvolapalvelut", "health-2023"), ("Työkokeilu", "employment-2025")],
)
def test_every_municipality_has_a_named_body(session: Session, name: str, rule: str) -> None:
    service = service_of(session, name, rule)
    codes = session.scalars(select(Area.code).where(Area.kind == "municipality")).all()
    assert len(codes) == 309
    for code in codes:
        for body in told(session, service, code):
            assert body.known, code
            assert body.kind == service.responsible_kind, code
            assert "{" not in body.name


@pytest.mark.parametrize(
    ("rule", "finnish", "swedish"),
    [
        ("task-of-municipality", "kuntasi", "din kommun"),
        ("health-2023", "hyvinvointialueesi", "ditt välfärdsområde"),
        (
            "employment-2025",
            "kuntasi työllisyyspalvelut",
            "sysselsättningstjänsterna i din kommun",
        ),
    ],
)
def test_without_a_municipality_a_local_body_is_told_in_general_words(
    session: Session, rule: str, finnish: str, swedish: str
) -> None:
    bodies = told(session, service_of(session, BY_RULE[rule][0], rule), None)
    assert names(bodies) == (finnish, swedish)
    assert not bodies[0].known
    assert bodies[0].depends_on_place


def test_a_municipality_that_nobody_knows_leaves_it_at_general_words(session: Session) -> None:
    bodies = told(session, service_of(session, "Kotihoito", "social-2023"), "999")
    assert names(bodies) == ("hyvinvointialueesi", "ditt välfärdsområde")


def test_one_of_several_is_never_told_as_one(session: Session) -> None:
    body, _ = told(session, service_of(session, "Ansiopäiväraha", "own-of-several"), SIPOO)
    assert not body.known
    assert not body.depends_on_place


def test_a_service_of_the_same_name_has_the_same_body_unless_its_text_names_another(
    session: Session,
) -> None:
    """Those listed name their own: a place, or the agency."""
    rows = session.execute(
        select(ServiceText.name, Service.responsible_kind, Service.responsible_id)
        .join(Service)
        .where(ServiceText.language == "fi")
    )
    found: dict[str, set[tuple[str, str | None]]] = {}
    for name, kind, id_ in rows:
        found.setdefault(name.strip(" ."), set()).add((kind, id_))
    assert {name for name, bodies in found.items() if len(bodies) > 1} == {
        "Etsivä nuorisotyö",  # Kirkkonummi
        "Eurooppalainen ammattikortti",  # teachers, and professionals of health care
        "Kirjastopalvelut",  # Museovirasto
        "Kunnan vuokra-asunnot",  # Orimattila
        "Yritysten sijoittuminen seudulle",  # Rovaniemi
    }


# --- the tables themselves ---


def test_each_body_is_an_organisation_with_a_name_in_both_languages(session: Session) -> None:
    for id_, body in shipped_tables().bodies.items():
        assert len(id_) <= 36
        organisation = session.get_one(Organisation, id_)
        texts = {text.language: text.name for text in organisation.texts}
        assert (organisation.kind, texts) == (body.kind, body.names)


def test_the_keepers_page_counts_what_the_tables_hold() -> None:
    page = (PROJECT / "docs" / "responsible.md").read_text("utf-8")
    given = shipped_tables().services.values()
    for rule, count in Counter(one.rule for one in given).items():
        assert f"| `{rule}` | {count} |" in page
    for kind, count in Counter(one.kind for one in given).items():
        assert (
            f"| {'an organisation' if kind == 'organisation' else f'`{kind}`'} | {count} |" in page
        )


def test_a_former_name_tells_its_last_day() -> None:
    dvv = shipped_tables().bodies["body:dvv"]
    assert ("Väestörekisterikeskus", date(2019, 12, 31)) in dvv.former_names()


def test_the_names_in_the_table_are_those_of_the_catalogue(session: Session) -> None:
    finnish = session.scalars(select(ServiceText).where(ServiceText.language == "fi"))
    catalogue = {text.service_id: " ".join(text.name.split()) for text in finnish}
    tables = {id_: " ".join(one.name.split()) for id_, one in shipped_tables().services.items()}
    assert tables == catalogue


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TABLES, tmp_path / "responsible"))


@pytest.mark.parametrize(
    ("file", "line", "reason"),
    [
        ("services.csv", "id,name,nobody,ended,", "unknown body nobody"),
        ("services.csv", "id,name,kela,no-rule,", "unknown rule no-rule"),
        ("services.csv", "id,name,kela", "services.csv line 1303"),
        ("bodies.csv", "kela,state,Kela,FPA,,,,", "given twice: kela"),
        ("bodies.csv", "new,planet,Uusi,Ny,,,,", "unknown kind planet"),
        ("bodies.csv", "new,state,Uusi,Ny,maybe,,,", "bodies.csv line"),
        ("bodies.csv", "new,state,Uusi,Ny,,,Vanha (2019),", "former"),
        ("rules.csv", "new,Näin.,So.,spring,source,checked", "rules.csv line"),
        ("rules.csv", "new,Näin.,So.,,source,perhaps", "rules.csv line"),
        ("exceptions.csv", ",nobody,,province:21,A,B,why,checked", "unknown body nobody"),
    ],
)
def test_a_broken_table_is_named_by_its_file_and_row(
    tables: Path, file: str, line: str, reason: str
) -> None:
    with (tables / file).open("a", encoding="utf-8") as text:
        text.write(f"{line}\n")
    with pytest.raises(BrokenTable, match=reason):
        read_tables(tables)


@pytest.fixture
def own_tables(tables: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The shipped tables are these, as the test writes them before it loads."""
    monkeypatch.setattr(responsibilities, "TABLES", tables)
    forget_tables()
    yield tables
    forget_tables()


def test_a_service_that_is_not_shipped_stops_the_load(house: Database, own_tables: Path) -> None:
    with (own_tables / "services.csv").open("a", encoding="utf-8") as text:
        text.write("99999999-0000-4000-8000-000000000009,Ei mikään,kela,unknown,\n")
    report = load_shipped(house.writing, NLU_DATA, lambda line: None)
    assert [bad.reason for bad in report.bad] == ["no such service"]


def test_a_changed_fact_is_a_changed_service(house: Database, own_tables: Path) -> None:
    file = own_tables / "services.csv"
    text = file.read_text(encoding="utf-8")
    assert text.count("Verokortti,vero,task-of-agency") == 1
    file.write_text(text.replace("Verokortti,vero,", "Verokortti,kela,"), encoding="utf-8")
    report = load_shipped(house.writing, NLU_DATA, lambda line: None)
    assert (report.bad, report.changed) == ((), 1)
    with house.reading() as session:
        assert names(told(session, service_of(session, "Verokortti", "task-of-agency"), None)) == (
            "Kela",
            "FPA",
        )


def test_a_body_renamed_is_renamed_by_a_load(house: Database, own_tables: Path) -> None:
    file = own_tables / "bodies.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("kela,state,Kela,", "kela,state,Uusi Kela,"), encoding="utf-8")
    assert load_shipped(house.writing, NLU_DATA, lambda line: None).changed == 1
    with house.reading() as session:
        key = {"organisation_id": "body:kela", "language": "fi"}
        assert session.get_one(OrganisationText, key).name == "Uusi Kela"


def forget_tables() -> None:
    for read in (shipped_tables, shipped_facts, shipped_codes):
        read.cache_clear()
