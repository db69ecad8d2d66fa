"""The demo network makes the desk whole, says that it is invented, and goes without a trace."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import phonenumbers
import pytest
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from api.database import Database
from catalog.base import Base
from catalog.card import Card, card
from catalog.codes import shipped_codes
from catalog.demo import ensure_demo, retire
from catalog.demo_data import FOLDER, DemoBroken, read_demo
from catalog.demo_records import channel_id, verified_at
from catalog.freshness import fresh
from catalog.models import (
    CHANNEL_KINDS,
    Area,
    AreaText,
    CatalogueRevision,
    Channel,
    ChannelText,
    CustomerPhrase,
    OpeningHours,
    Organisation,
    OrganisationText,
    Promise,
    PromiseText,
    Service,
    ServiceChannel,
    ServiceText,
)
from catalog.opening import OpenNow, Opens, opening
from tests.databases import Databases, a_copy
from tests.foundation import WEDNESDAY_NOON, add_service

REVONTULA, PILVIKOSKI, KOMETSKAR = (f"municipality:{code}" for code in ("995", "996", "997"))
HELSINKI = "municipality:091"
AGENCIES = [
    "kela",
    "vero",
    "dvv",
    "poliisi",
    "migri",
    "traficom",
    "ulosottolaitos",
    "oikeuspalveluvirasto",
    "maanmittauslaitos",
    "elinvoimakeskus",
    "lvv",
    "tulli",
    "ruokavirasto",
    "prh",
    "metsahallitus",
]
NUMBER = re.compile(r"\+?\d[\d ]{5,}\d")


def add_demo(database: Database) -> None:
    """The demo and a service of each kind of responsible body."""
    with database.writing() as session:
        for code, kind in (("kela", "state"), ("elsewhere", "state"), ("club", "other")):
            if session.get(Organisation, f"body:{code}") is None:
                names = [OrganisationText(language=one, name=code) for one in ("fi", "sv")]
                session.add(Organisation(id=f"body:{code}", kind=kind, texts=names))
        for kind in ("municipality", "county", "employment", "desk"):
            add_service(session, f"of-{kind}", responsible_kind=kind)
        for code in ("kela", "elsewhere", "club"):
            body = {"responsible_kind": "organisation", "responsible_id": f"body:{code}"}
            add_service(session, f"of-{code}", **body)
        add_service(session, "ended", responsible_kind="county", status="ended")
        add_service(session, "bound", responsible_kind="municipality", place_bound=True)
        ensure_demo(session, now=WEDNESDAY_NOON)


@pytest.fixture(scope="module")
def network_url(
    databases: Databases, stocked: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of the shipped catalogue with the demo, to be copied."""
    with a_copy(databases, stocked, tmp_path_factory.mktemp("demo")) as database:
        add_demo(database)
        database.dispose()
        yield database.url


@pytest.fixture(scope="module")
def network(
    databases: Databases, network_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """The shipped catalogue with the demo, for tests that only look."""
    with a_copy(databases, network_url, tmp_path_factory.mktemp("look")) as database:
        yield database


@pytest.fixture
def session(network: Database) -> Iterator[Session]:
    with network.reading() as session:
        yield session


@pytest.fixture
def own(databases: Databases, network_url: str, tmp_path: Path) -> Iterator[Session]:
    """A copy of it that a test may change."""
    with (
        a_copy(databases, network_url, tmp_path) as database,
        database.writing() as session,
    ):
        yield session


def shown(
    session: Session,
    service_id: str,
    area_id: str | None = None,
    language: str = "fi",
    now: datetime = WEDNESDAY_NOON,
) -> Card:
    found = card(session, service_id, language, now=now, area_id=area_id)
    assert found is not None
    return found


def rows(session: Session, table: type[Base]) -> set[tuple[object, ...]]:
    """Every row but what a change of the catalogue numbers anew."""
    columns = [c for c in table.__table__.columns if c.name not in ("id", "promise_id")]
    keyed = isinstance(table.__table__, Table) and "id" in table.__table__.c
    if keyed and table.__table__.c["id"].type.python_type is str:
        columns.append(table.__table__.c["id"])
    return {tuple(row) for row in session.execute(select(*columns))}


def catalogue(session: Session) -> dict[str, set[tuple[object, ...]]]:
    tables = (
        *(Area, AreaText, Organisation, OrganisationText, Service, ServiceText, CustomerPhrase),
        *(Channel, ChannelText, OpeningHours, ServiceChannel, Promise, PromiseText),
    )
    return {table.__tablename__: rows(session, table) for table in tables}


# --- what there is ---


def test_fifteen_agencies_a_county_and_three_municipalities_are_there_in_both_languages(
    session: Session,
) -> None:
    names: dict[str, dict[str, str]] = {}
    for text in session.scalars(select(OrganisationText)):
        names.setdefault(text.organisation_id, {})[text.language] = text.name
    kinds = Counter(
        session.scalars(select(Organisation.kind).where(Organisation.id.startswith("demo:")))
    )
    assert set(AGENCIES) <= {id_.removeprefix("demo:") for id_ in names}
    assert kinds["state"] >= 12
    assert kinds["county"] == 1
    assert kinds["municipality"] == 6  # three, each with its employment services
    assert all(set(told) == {"fi", "sv"} for id_, told in names.items() if id_.startswith("demo:"))


def test_every_agency_has_a_way_in_in_both_languages(session: Session) -> None:
    for code in AGENCIES:
        channels = session.scalars(
            select(Channel).where(Channel.organisation_id == f"demo:{code}")
        ).all()
        assert {"EChannel", "Phone"} <= {one.kind for one in channels}, code
        assert all({text.language for text in one.texts} == {"fi", "sv"} for one in channels)


def test_channels_of_every_kind_are_there_and_places_tell_how_to_get_in(session: Session) -> None:
    channels = session.scalars(select(Channel)).all()
    assert {one.kind for one in channels} == set(CHANNEL_KINDS)
    for one in channels:
        if one.kind == "ServiceLocation":
            assert one.municipality_id in (REVONTULA, PILVIKOSKI, KOMETSKAR)
            assert one.hours
            assert all(text.address and text.summary for text in one.texts)


def test_the_areas_are_none_of_finlands(session: Session) -> None:
    real = {row["id"] for row in shipped_codes()[Area]}
    names = {row["name"] for row in shipped_codes()[AreaText]}
    demo = read_demo()
    areas = [demo.county, *demo.municipalities]
    assert len(areas) == 4
    for area in areas:
        assert area.area_id not in real
        assert not {name.removesuffix(" (demo)") for name in area.names.values()} & names


# --- that it is invented ---


def test_every_name_says_that_it_is_a_demo(session: Session) -> None:
    of_channels = session.scalars(select(ChannelText.name)).all()
    of_organisations = session.scalars(
        select(OrganisationText.name).where(OrganisationText.organisation_id.startswith("demo:"))
    ).all()
    of_services = session.scalars(
        select(ServiceText.name).join(Service).where(Service.source == "demo")
    ).all()
    of_areas = session.scalars(
        select(AreaText.name).where(
            AreaText.area_id.in_([REVONTULA, PILVIKOSKI, KOMETSKAR, "county:99"])
        )
    ).all()
    names = [*of_channels, *of_organisations, *of_services, *of_areas]
    assert len(names) > 300
    assert all(name.endswith("(demo)") for name in names)


def test_no_number_can_be_dialled(session: Session) -> None:
    texts = session.scalars(select(ChannelText)).all()
    numbers = {text.phone for text in texts if text.phone}
    said = {
        found for text in texts for found in NUMBER.findall(f"{text.summary} {text.phone_charge}")
    }
    assert len(numbers) > 50
    for number in numbers | said:
        assert not phonenumbers.is_valid_number(phonenumbers.parse(number, "FI")), number


def test_every_address_of_the_net_is_under_example(session: Session) -> None:
    texts = session.scalars(select(ChannelText)).all()
    hosts = {urlsplit(text.url).hostname for text in texts if text.url}
    hosts |= {text.email.partition("@")[2] for text in texts if text.email}
    assert len(hosts) > 30
    assert all(str(host).endswith(".example") for host in hosts)


def test_every_street_is_one_of_the_demos(session: Session) -> None:
    streets = {name for town in read_demo().municipalities for name in town.street.names.values()}
    doors = select(ChannelText.address).join(Channel).where(Channel.kind == "ServiceLocation")
    for address in session.scalars(doors):
        street, number, place = re.fullmatch(r"(\w+) (\d+), (.+)", str(address)).groups()  # type: ignore[union-attr]
        assert street in streets
        assert int(number) > 0
        assert place.startswith("00000 ")
        assert place.endswith("(demo)")


def test_no_two_doors_stand_at_one_address(session: Session) -> None:
    doors = select(ChannelText.address).join(Channel).where(Channel.kind == "ServiceLocation")
    addresses = session.scalars(doors.where(ChannelText.language == "fi")).all()
    assert len(set(addresses)) == len(addresses)


# --- promises ---


def test_every_service_has_a_promise_in_both_languages(session: Session) -> None:
    promised = {promise.service_id: promise for promise in session.scalars(select(Promise))}
    assert set(promised) == set(session.scalars(select(Service.id)))
    for promise in promised.values():
        texts = {text.language: text.text for text in promise.texts}
        assert texts["fi"].startswith("Demossa: ")
        assert texts["sv"].startswith("I demon: ")
        assert (promise.measure, promise.unit) == ("first_answer", "working_days")


@pytest.mark.parametrize(
    ("service_id", "days"),
    [
        ("of-municipality", 2),
        ("of-county", 3),
        ("of-employment", 1),
        ("of-kela", 2),
        ("of-desk", 1),
    ],
)
def test_what_is_promised_depends_on_who_answers(
    session: Session, service_id: str, days: int
) -> None:
    amounts = session.scalars(select(Promise.amount).where(Promise.service_id == service_id)).all()
    assert amounts == [days]


def test_a_promise_of_a_keeper_stays_alone(own: Session) -> None:
    own.add(Promise(service_id="of-kela", measure="answered", amount=5, unit="days"))
    own.flush()
    ensure_demo(own, now=WEDNESDAY_NOON)
    promises = own.scalars(select(Promise).where(Promise.service_id == "of-kela")).all()
    assert [one.demo for one in promises] == [False]
    retire(own)
    assert len(own.scalars(select(Promise)).all()) == 1


# --- what serves what ---


def test_a_service_of_kela_can_be_had_now_and_has_hours_today(session: Session) -> None:
    found = shown(session, "of-kela")
    phone = next(one for one in found.channels if one.kind == "Phone")
    assert phone.name == "Kelan puhelinneuvonta (demo)"
    assert isinstance(phone.opening, OpenNow)
    assert found.elsewhere
    here = shown(session, "of-kela", REVONTULA, "sv")
    assert "Påhittsgränden 1, 00000 Norrskensby (demo)" in [one.address for one in here.channels]
    assert not here.elsewhere


def test_the_demos_own_of_another_agency_is_the_joint_service_point(session: Session) -> None:
    names = [one.name for one in shown(session, "of-elsewhere", PILVIKOSKI).channels]
    assert any("asiointipiste" in name for name in names)
    assert shown(session, "of-club").channels == ()  # no body of the state


@pytest.mark.parametrize("kind", ["municipality", "employment"])
def test_a_local_service_shows_the_customers_own_municipality_alone(
    session: Session, kind: str
) -> None:
    service_id = f"of-{kind}"
    unknown = shown(session, service_id)
    assert (unknown.channels, unknown.elsewhere) == ((), True)
    revontula, kometskar = (
        shown(session, service_id, REVONTULA),
        shown(session, service_id, KOMETSKAR, "sv"),
    )
    assert revontula.channels
    assert all("Revontula" in one.name for one in revontula.channels)
    assert all("Kometskär" in one.name for one in kometskar.channels if one.address)
    assert not {one.id for one in revontula.channels} & {one.id for one in kometskar.channels}
    far = shown(session, service_id, HELSINKI)
    assert (far.channels, far.elsewhere) == ((), False)


def test_the_county_serves_everybody_in_it_and_nobody_else(session: Session) -> None:
    for area in (REVONTULA, PILVIKOSKI, KOMETSKAR):
        assert "Kuunsillan" in shown(session, "of-county", area).channels[0].name
    assert shown(session, "of-county", HELSINKI).channels == ()
    assert shown(session, "of-county").elsewhere


@pytest.mark.parametrize("service_id", ["of-desk", "ended", "bound"])
def test_what_the_desk_keeps_or_is_over_or_is_one_real_places_has_no_channel(
    session: Session, service_id: str
) -> None:
    for area in (None, REVONTULA):
        assert shown(session, service_id, area).channels == ()


def test_a_channel_of_a_class_serves_only_services_of_it(session: Session) -> None:
    library = channel_id("revontula-library")
    served = session.scalars(
        select(ServiceChannel.service_id).where(ServiceChannel.channel_id == library)
    ).all()
    hall = session.scalars(
        select(ServiceChannel.service_id).where(
            ServiceChannel.channel_id == channel_id("revontula-hall")
        )
    ).all()
    assert set(served) < set(hall)
    assert "of-municipality" not in served


def test_every_internal_service_is_served_by_the_internal_support(session: Session) -> None:
    demo = read_demo()
    assert len(demo.services) >= 12
    for one in demo.services:
        service = session.get_one(Service, one.id)
        assert (service.audience, service.responsible_id) == (
            "internal",
            f"demo:{one.organisation}",
        )
        assert len(shown(session, one.id).channels) == 3


def test_every_internal_service_has_eight_phrases_in_each_language(session: Session) -> None:
    said = Counter(
        session.execute(select(CustomerPhrase.service_id, CustomerPhrase.language)).tuples()
    )
    for one in read_demo().services:
        assert said[one.id, "fi"] >= 8
        assert said[one.id, "sv"] >= 8


# --- days and freshness ---


@pytest.mark.parametrize(
    "day", [datetime(2026, 12, 24, 10, tzinfo=UTC), datetime(2027, 12, 6, 10, tzinfo=UTC)]
)
def test_on_a_holiday_offices_are_closed(own: Session, day: datetime) -> None:
    ensure_demo(own, now=day - timedelta(days=20))
    phone = own.get_one(Channel, channel_id("kela-phone"))
    found = opening(phone.hours, day)
    assert isinstance(found, Opens)
    assert found.at.date() > day.date()


@pytest.mark.parametrize("days", [0, 30, 200, 366, 800])
def test_a_demo_that_is_started_is_always_fresh(days: int) -> None:
    now = WEDNESDAY_NOON + timedelta(days=days)
    checked = verified_at(now.date())
    assert timedelta(0) <= now - checked < timedelta(days=93)


def test_a_stale_contact_is_not_shown(own: Session) -> None:
    later = WEDNESDAY_NOON + timedelta(days=500)
    assert shown(own, "of-kela").channels
    stale = shown(own, "of-kela", now=later)
    assert (stale.channels, stale.elsewhere) == ((), False)
    ensure_demo(own, now=later)
    assert shown(own, "of-kela", now=later).channels


@pytest.mark.parametrize(
    ("organisation", "checked", "usable"),
    [
        ("demo:kela", None, False),
        ("a-real-one", None, True),
        ("a-real-one", WEDNESDAY_NOON - timedelta(days=365), True),
        ("a-real-one", WEDNESDAY_NOON - timedelta(days=367), False),
    ],
)
def test_a_contact_is_fresh_for_a_year(
    organisation: str, checked: datetime | None, usable: bool
) -> None:
    channel = Channel(organisation_id=organisation, verified_at=checked)
    assert fresh(channel, WEDNESDAY_NOON) is usable


# --- switched on, again, and off ---


def test_loading_twice_changes_nothing(own: Session) -> None:
    before, revision = catalogue(own), own.scalar(select(CatalogueRevision.revision))
    counts = ensure_demo(own, now=WEDNESDAY_NOON + timedelta(hours=3))
    assert not counts.touched
    assert catalogue(own) == before
    assert own.scalar(select(CatalogueRevision.revision)) == revision


def test_a_service_that_came_later_gets_its_channels_and_its_promise(own: Session) -> None:
    add_service(own, "new", responsible_kind="organisation", responsible_id="body:kela")
    revision = own.scalar(select(CatalogueRevision.revision)) or 0
    ensure_demo(own, now=WEDNESDAY_NOON)
    assert shown(own, "new").channels
    assert shown(own, "new").promises
    assert own.scalar(select(CatalogueRevision.revision)) == revision + 1


def test_a_service_that_another_body_answers_for_now_changes_its_channels(own: Session) -> None:
    own.get_one(Service, "of-kela").responsible_id = "body:elsewhere"
    own.flush()
    ensure_demo(own, now=WEDNESDAY_NOON)
    assert not [one for one in shown(own, "of-kela").channels if "Kela" in one.name]


def test_retiring_leaves_no_trace(own: Session) -> None:
    own.get_one(CatalogueRevision, 1)
    retire(own)
    left = catalogue(own)
    assert not left["channel"]
    assert not left["service_channel"]
    assert not left["promise"]
    assert not left["opening_hours"]
    for table, held in left.items():
        demo = [row for row in held if any(is_demo(value) for value in row)]
        assert demo == [], table
    assert len(left["area"]) == len(shipped_codes()[Area])


def is_demo(value: object) -> bool:
    return isinstance(value, str) and (value.endswith("(demo)") or value.startswith("demo:"))


def test_what_was_there_before_is_as_it_was(own: Session, house: Database) -> None:
    retire(own)
    left = catalogue(own)
    with house.reading() as untouched:
        was = catalogue(untouched)
    for table, held in was.items():
        assert held <= left[table], table


def test_retiring_twice_is_no_work(own: Session) -> None:
    assert retire(own).touched
    revision = own.scalar(select(CatalogueRevision.revision))
    assert not retire(own).touched
    assert own.scalar(select(CatalogueRevision.revision)) == revision


def test_a_service_that_a_ticket_is_about_stays_and_says_that_it_ended(own: Session) -> None:
    kept, gone = (one.id for one in read_demo().services[:2])
    retire(own, referred={kept})
    assert own.get(Service, gone) is None
    found = shown(own, kept, language="sv")
    assert (found.status, found.channels, found.promises) == ("ended", (), ())
    assert "demon" in str(found.status_text)
    assert not retire(own, referred={kept}).touched
    ensure_demo(own, now=WEDNESDAY_NOON)
    assert shown(own, kept).status == "current"
    assert shown(own, kept).channels


def test_retired_and_switched_on_again_it_is_as_before(own: Session) -> None:
    before = catalogue(own)
    retire(own)
    ensure_demo(own, now=WEDNESDAY_NOON)
    assert catalogue(own) == before


def test_what_the_files_leave_out_goes_and_a_service_ends(own: Session, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(FOLDER, folder)
    gone = read_demo().services[-1].id
    for file in (folder / "services.yml", *folder.glob("*/words/internal.yml")):
        kept, _, _ = file.read_text("utf-8").rpartition(
            "\n- id:" if file.parent == folder else "\nde"
        )
        file.write_text(kept + "\n", "utf-8")
    channels = folder / "channels" / "county.yml"
    kept, _, _ = channels.read_text("utf-8").rpartition("\n  - id: county-rescue")
    channels.write_text(kept + "\n", "utf-8")
    assert ensure_demo(own, now=WEDNESDAY_NOON, folder=folder).touched
    assert own.get(Channel, channel_id("county-rescue")) is None
    assert shown(own, gone).status == "ended"
    assert not ensure_demo(own, now=WEDNESDAY_NOON, folder=folder).touched
    retire(own)
    assert own.get(Service, gone) is None


def test_files_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(FOLDER, folder)
    file = folder / "channels" / "support.yml"
    file.write_text(file.read_text("utf-8").replace("support-hr:", "support-nobody:"), "utf-8")
    with pytest.raises(DemoBroken, match="unknown organisation support-nobody"):
        read_demo(folder)


def test_the_demo_takes_no_more_than_a_moment(own: Session) -> None:
    began = datetime.now(UTC)
    ensure_demo(own, now=WEDNESDAY_NOON)
    assert datetime.now(UTC) - began < timedelta(seconds=15)
    assert (own.scalar(select(func.count()).select_from(Channel)) or 0) > 100
