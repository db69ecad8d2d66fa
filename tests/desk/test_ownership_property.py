"""Ownership is a total function: whatever the desk meets, exactly one active person has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.database import Database
from catalog.models import Area, Service
from desk.attendance import Attendance
from desk.errors import NobodyToOwn
from desk.models import Absence, Person, Team, Ticket
from desk.ownership import owner, somebody_can_own
from desk.roles import may
from tests.databases import Databases, a_copy
from tests.desk.matters import a_matter, families

HOUR = timedelta(hours=1)
PEOPLE = 28
SOMEBODY = st.integers(0, PEOPLE - 1)
ROLES = st.lists(st.sampled_from(["clerk", "lead", "keeper", "auditor", "admin"]), max_size=2)


@dataclass(frozen=True)
class Desk:
    """What may be true of a desk's people on some day."""

    absences: list[tuple[int, int, int, int | None]]  # who, from which hour, for how many, for whom
    circle: list[int]  # each stands in for the one before, and the first for the last
    left: set[int]
    roles: dict[int, list[str]]
    empty_teams: set[int]
    stays: int | None  # the one of the last resort who has not left, if any


@dataclass(frozen=True)
class Matter:
    at: datetime
    due: datetime | None
    language: str
    but: set[int]


DESKS = st.builds(
    Desk,
    absences=st.lists(
        st.tuples(SOMEBODY, st.integers(-72, 120), st.integers(1, 400), st.none() | SOMEBODY),
        max_size=30,
    ),
    circle=st.lists(SOMEBODY, max_size=6, unique=True),
    left=st.sets(SOMEBODY),
    roles=st.dictionaries(SOMEBODY, ROLES),
    empty_teams=st.sets(st.integers(0, 7)),
    stays=st.none() | st.integers(0, 3),
)
# Words as they come in: what no database keeps is taken out at every door (`Storable`).
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2045, 1, 1), timezones=st.just(UTC))
MATTERS = st.builds(
    Matter,
    at=INSTANTS,
    due=st.none() | INSTANTS,
    language=st.sampled_from(["fi", "sv"]) | WORDS,
    but=st.sets(st.integers(0, PEOPLE + 2)),
)


@pytest.fixture(scope="module")
def shared(
    databases: Databases, stocked: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    with a_copy(databases, stocked, tmp_path_factory.mktemp("shared")) as database:
        yield database


@pytest.fixture(scope="module")
def ids(shared: Database) -> tuple[list[str], list[str]]:
    """Every service and every area."""
    with shared.reading() as session:
        services = session.scalars(select(Service.id).order_by(Service.id)).all()
        return list(services), list(session.scalars(select(Area.id).order_by(Area.id)))


class _TakenBack(Exception):
    """What an example wrote is not kept for the next."""


def bring(session: Session, desk: Desk, at: datetime) -> list[Person]:
    """The demo's people live through this; those of the last resort who can be counted on."""
    session.execute(delete(Absence))
    people = list(session.scalars(select(Person).order_by(Person.id)))
    teams = list(session.scalars(select(Team).order_by(Team.id)))
    last = next(team for team in teams if team.last_resort)
    for index, one in enumerate(people):
        one.active, one.roles = index not in desk.left, desk.roles.get(index, ["clerk"])
    for member in last.members:
        member.person.active = False
    if desk.stays is not None:
        last.members[desk.stays].person.active = True
    for index in desk.empty_teams:
        if not teams[index].last_resort:
            teams[index].members = []
    in_turn = zip(desk.circle, [*desk.circle[1:], *desk.circle[:1]], strict=True)
    circle = [(who, -1, 200, substitute) for who, substitute in in_turn]
    for who, start, hours, substitute in [*desk.absences, *circle]:
        begins = at + start * HOUR
        row = Absence(person_id=people[who].id, starts_at=begins, ends_at=begins + hours * HOUR)
        row.substitute_id = people[substitute].id if substitute is not None else None
        session.add(row)
    session.flush()
    return [member.person for member in last.members if member.person.active]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(desk=DESKS, matter=MATTERS, data=st.data())
def test_every_matter_has_exactly_one_active_owner_as_long_as_the_last_resort_has_one(
    shared: Database,
    ids: tuple[list[str], list[str]],
    desk: Desk,
    matter: Matter,
    data: st.DataObject,
) -> None:
    services, areas = ids
    asked = {
        "service_id": data.draw(st.none() | WORDS | st.sampled_from(services)),
        "area_id": data.draw(st.none() | WORDS | st.sampled_from(areas)),
    }
    try:
        with shared.writing() as session:
            last = bring(session, desk, matter.at)
            owned = _owned(session, matter, asked)
            if owned is None:
                assert not last
                assert not somebody_can_own(session)
            else:
                assert owned.active
                _is_there_if_anybody_is(session, owned, last, matter, asked)
            raise _TakenBack
    except _TakenBack:
        pass


def _owned(session: Session, matter: Matter, asked: dict[str, str | None]) -> Person | None:
    try:
        found = owner(
            session,
            **asked,
            language=matter.language,
            now=matter.at,
            due=matter.due,
            but=matter.but,
        )
    except NobodyToOwn:
        return None
    again = owner(
        session, **asked, language=matter.language, now=matter.at, due=matter.due, but=matter.but
    )
    assert again == found  # a function: the same asked twice is the same
    return found.person


def _is_there_if_anybody_is(
    session: Session,
    owned: Person,
    last: list[Person],
    matter: Matter,
    asked: dict[str, str | None],
) -> None:
    """With a due time of its own the matter is only given to who is there, if one such is."""
    if matter.due is None:
        return
    attendance = Attendance.read(session, matter.at, matter.due)
    found = [attendance.stand_in(one) for one in last]
    there = [one for one in found if one is not None and may(one, "answer")]
    if there:
        assert attendance.present(owned)
        assert may(owned, "answer")
    if any(one.id not in matter.but for one in there):
        assert owned.id not in matter.but


# --- what the database itself refuses ---


@pytest.fixture
def ticket(house: Database) -> Ticket:
    with house.writing() as session:
        families(session)
        return a_matter(session)


@pytest.mark.parametrize("owner_id", [None, 99_999])
def test_the_database_refuses_a_ticket_without_an_owner(
    house: Database, ticket: Ticket, owner_id: int | None
) -> None:
    columns = {key: getattr(ticket, key) for key in Ticket.__mapper__.columns.keys() if key != "id"}  # noqa: SIM118
    with pytest.raises(IntegrityError), house.writing() as session:
        session.execute(insert(Ticket).values(columns | {"code": "LK-1", "owner_id": owner_id}))


@pytest.mark.parametrize("owner_id", [None, 99_999])
def test_the_database_refuses_to_take_the_owner_away(
    house: Database, ticket: Ticket, owner_id: int | None
) -> None:
    with pytest.raises(IntegrityError), house.writing() as session:
        session.execute(update(Ticket).values(owner_id=owner_id))


def test_the_database_refuses_to_forget_an_owner(house: Database, ticket: Ticket) -> None:
    with house.writing() as session:
        newcomer = Person(login="liisa", name="Liisa", languages=["fi"])
        session.add(newcomer)
        session.flush()
        session.get_one(Ticket, ticket.id).owner = newcomer
    with pytest.raises(IntegrityError), house.writing() as session:
        session.execute(delete(Person).where(Person.login == "liisa"))
    with house.reading() as session:
        assert session.get_one(Ticket, ticket.id).owner.login == "liisa"
