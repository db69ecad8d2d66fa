"""Two years at the desk: customers, staff, absences, leavers and reorganisations, by one seed.

Everything that happens is the product's own; what the test keeps beside it, to compare with, is
what was promised of each ticket (`promised`) and who is away when (`absences`).
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import delete, select
from sqlalchemy.event import listen
from sqlalchemy.orm import Session, selectinload

from api.database import Database
from catalog.models import Promise, Service
from desk import clock, conversations, customers, rehoming, tickets, transfers
from desk.clock import HELSINKI
from desk.conversations import Place
from desk.errors import DeskError
from desk.models import Absence, Member, Person, Responsibility, Shift, Team, Ticket
from desk.tickets import Matter
from desk.transfers import Receiver

BEGIN = datetime(2026, 1, 1, tzinfo=HELSINKI)
END = datetime(2028, 1, 1, tzinfo=HELSINKI)
DAYS = (END - BEGIN).days
AREAS = (None, "municipality:091", "municipality:478", "municipality:564", "municipality:499")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO_WAIT = "PRAGMA synchronous=OFF"

type Event = Callable[[Session, datetime], None]


class Years:
    """The world: a heap of what will happen, and what the test knows of it."""

    def __init__(self, house: Database, amount: int, seed: int) -> None:
        self.house = house
        self.random = Random(seed)
        self.counted: Counter[str] = Counter()
        self.promised: dict[int, datetime] = {}
        self.absences: dict[int, list[tuple[datetime, datetime]]] = {}
        self._heap: list[tuple[datetime, int, Event]] = []
        self._numbers = itertools.count()
        # What a power cut leaves is not asked here; the tests' PostgreSQL never waits for the disk.
        if house.engine.dialect.name == "sqlite":
            listen(house.engine, "connect", lambda connection, _: connection.execute(NO_WAIT))
        self._known: list[Team | Person] = []
        with house.writing() as session:
            self._begin(session)
        for _ in range(amount):
            self.at(BEGIN + DAYS * DAY * self.random.random(), self.open)

    def at(self, when: datetime, event: Event) -> None:
        """It happens then; what would come after the two years does not."""
        if when < END:
            heapq.heappush(self._heap, (when, next(self._numbers), event))

    def run(self, check: Callable[[Session, datetime], None]) -> None:
        """Everything, in order of time, each in a transaction of its own that `check` ends.

        One session for all, which knows the people already: two years are to pass in minutes.
        """
        with Session(self.house.engine, expire_on_commit=False) as session:
            while self._heap:
                now, _, event = heapq.heappop(self._heap)
                with session.begin():
                    self._know_the_people(session)
                    event(session, now)
                    check(session, now)

    def present(self, person: Person, at: datetime) -> bool:
        away = self.absences.get(person.id, ())
        return person.active and not any(starts <= at < ends for starts, ends in away)

    def _know_the_people(self, session: Session) -> None:
        """Held here, for a session forgets what nobody holds; and anew after each change."""
        if not self._known:
            session.expire_all()
            teams = select(Team).options(selectinload(Team.members).joinedload(Member.person))
            self._known = [*session.scalars(teams), *session.scalars(select(Person))]

    # --- the beginning ---

    def _begin(self, session: Session) -> None:
        session.execute(delete(Absence))
        self.services = list(session.scalars(select(Service.id).order_by(Service.id)))
        for service_id in self.random.sample(self.services, 100):
            hours = self.random.randint(2, 12)
            row = Promise(service_id=service_id, measure="first_answer", amount=hours, unit="hours")
            session.add(row)
        for team in session.scalars(select(Team).order_by(Team.id)):
            team.lead_id = self.random.choice(team.members).person_id
        for person in session.scalars(select(Person).where(Person.active).order_by(Person.id)):
            self._plan_absences(person.id, BEGIN)
        for week in range(4, DAYS // 7, 5):
            self.at(BEGIN + week * 7 * DAY + 11 * HOUR, self.leave)
        for quarter in range(1, 8):
            self.at(BEGIN + quarter * 91 * DAY, self.reorganise)

    def _plan_absences(self, person_id: int, since: datetime) -> None:
        """A holiday, told of a month before, and short illnesses, told of on the same morning."""
        for year in range(since.year, END.year):
            for days, times, notice in ((28, 1, 30), (5, 1, 7), (1, 5, 0)):
                for _ in range(times):
                    first = date(year, 1, 1) + self.random.randrange(365) * DAY
                    starts = datetime.combine(first, datetime.min.time(), HELSINKI)
                    ends = datetime.combine(first + days * DAY, datetime.min.time(), HELSINKI)
                    told = starts - notice * DAY if notice else starts + 7 * HOUR + HOUR / 2
                    if told > since:
                        self.at(told, self._absence(person_id, starts, ends))

    # --- customers ---

    def open(self, session: Session, now: datetime) -> None:
        talk = conversations.begin(
            session,
            language=self.random.choices(("fi", "sv"), (4, 1))[0],
            place=Place(self.random.choice(AREAS)),
            now=now,
        )
        by_law = now + self.random.randint(3, 60) * DAY if self.random.random() < 0.05 else None
        matter = Matter(
            "Asia",
            "asked",
            service_id=self.random.choice(self.services) if self.random.random() < 0.8 else None,
            tags=("complaint",) if self.random.random() < 0.03 else (),
            legal_due_at=by_law,
        )
        ticket = tickets.take(session, talk, matter, now=now).ticket
        self._owed(ticket, now, "opened")
        for _ in range(self.random.choices((0, 1, 2, 5), (85, 9, 4, 2))[0]):
            self.at(now + self.random.random() * DAY, self._about(ticket.id, self._hand_on))
        if self.random.random() < 0.03:
            self.at(now + HOUR, self._about(ticket.id, self._change_due))
        if self.random.random() < 0.03:
            self.at(now + HOUR, self._about(ticket.id, self._complain))

    def _owed(self, ticket: Ticket, now: datetime, what: str) -> None:
        """A due time was given: no later than the desk's rule says, and somebody answers, in time
        or late, once they are at work."""
        assert now < ticket.due_at <= clock.due(now) + DAY, "a promise after the desk's own rule"
        self.promised[ticket.id] = ticket.due_at
        self.counted[what] += 1
        room = ticket.due_at - now
        late = self.random.choices((0, 1, 3, 15), (80, 12, 6, 2))[0] * DAY
        wanted = now + room * self.random.random() + late
        before = clock.hours_earlier(wanted, timedelta(minutes=1))
        at_work = before if before > now else clock.hours_later(wanted, clock.NO_TIME)
        self.at(at_work, self._about(ticket.id, self._answer))

    def _complain(self, session: Session, ticket: Ticket, now: datetime) -> None:
        if ticket.stage != "open":
            return
        talk = session.get_one(conversations.Conversation, ticket.conversation_id)
        matter = Matter("Valitus", "complaint", ticket.service_id, tags=("complaint",))
        assert tickets.take(session, talk, matter, now=now).ticket is ticket
        self.promised[ticket.id] = ticket.due_at
        self.counted["became a complaint"] += 1

    def _write_on(self, session: Session, ticket: Ticket, now: datetime) -> None:
        if ticket.stage == "closed":
            customers.reopen(session, ticket, "Asia ei ole kunnossa.", now=now)
            self._owed(ticket, now, "reopened")
        elif ticket.stage == "answered":
            customers.add(session, ticket, "Vielä yksi kysymys.", now=now)
            self._owed(ticket, now, "written on")

    # --- staff ---

    def _answer(self, session: Session, ticket: Ticket, now: datetime) -> None:
        if ticket.stage != "open":
            return
        if not self.present(ticket.owner, now):
            self.at(clock.hours_later(now, HOUR), self._about(ticket.id, self._answer))
            return
        tickets.answer(session, ticket, ticket.owner, "Vastaus.", now=now)
        self.counted["answered"] += 1
        if self.random.random() < 0.8:
            self.at(now + self.random.random() * 5 * DAY, self._about(ticket.id, self._close))
        if self.random.random() < 0.15:
            self.at(now + self.random.random() * 40 * DAY, self._about(ticket.id, self._write_on))

    def _close(self, session: Session, ticket: Ticket, now: datetime) -> None:
        if ticket.stage == "answered":
            tickets.close(session, ticket, ticket.owner, now=now)
            self.counted["closed"] += 1

    def _hand_on(self, session: Session, ticket: Ticket, now: datetime) -> None:
        """To a service, a team or a person, or taken over; what is refused changes nothing."""
        if ticket.stage == "closed":
            return
        somebody = self.random.choice(list(session.scalars(select(Person).order_by(Person.id))))
        team = self.random.choice(list(session.scalars(select(Team).order_by(Team.id))))
        receiver = self.random.choice(
            (
                Receiver(service_id=self.random.choice(self.services)),
                Receiver(team_id=team.id),
                Receiver(person_id=somebody.id),
                None,
            )
        )
        by, before = ticket.owner, (ticket.owner_id, ticket.due_at)
        try:
            if receiver is None:
                transfers.take_over(session, ticket, somebody, seen_owner_id=by.id, now=now)
            else:
                told = transfers.transfer(
                    session, ticket, by, receiver, reason="Kuuluu sinne.", tell=_tell, now=now
                )
                assert self.present(told.person, now), "handed to one who is not there"
            self.counted["handed on"] += 1
        except DeskError as refused:
            assert (ticket.owner_id, ticket.due_at) == before
            self.counted[f"not handed on: {type(refused).__name__}"] += 1

    def _change_due(self, session: Session, ticket: Ticket, now: datetime) -> None:
        if ticket.stage == "open":
            later = clock.working_days_later(now, self.random.randint(2, 6))
            tickets.change_due(
                session, ticket, later, text="Myöhemmin.", person=ticket.owner, now=now
            )
            self.promised[ticket.id] = later
            self.counted["promise changed"] += 1

    # --- people ---

    def _absence(self, person_id: int, starts: datetime, ends: datetime) -> Event:
        def announce(session: Session, now: datetime) -> None:
            person = session.get_one(Person, person_id)
            if not person.active:
                return
            colleagues = [one for one in _employed(session) if one.id != person_id]
            named = self.random.choice(colleagues).id if self.random.random() < 0.7 else None
            absence = Absence(
                person_id=person_id, starts_at=starts, ends_at=ends, substitute_id=named
            )
            session.add(absence)
            session.flush()
            self.absences.setdefault(person_id, []).append((starts, ends))
            moved = rehoming.away(session, absence, tell=tell_of, now=now)
            self.counted["absences"] += 1
            self.counted["moved for an absence"] += len(moved)

        return announce

    def leave(self, session: Session, now: datetime) -> None:
        """One leaves and another comes in their place, in the same teams."""
        leaver = self.random.choice(_employed(session))
        number = self.counted["left"] = self.counted["left"] + 1
        comer = Person(login=f"uusi{number}", name=f"Uusi {number}", languages=leaver.languages)
        session.add(comer)
        session.flush()
        for member in session.scalars(select(Member).where(Member.person_id == leaver.id)).all():
            last = max(one.position for one in session.get_one(Team, member.team_id).members)
            session.add(Member(team_id=member.team_id, person_id=comer.id, position=last + 1))
        for shift in session.scalars(select(Shift).where(Shift.person_id == leaver.id)):
            shift.person_id = comer.id
        for team in session.scalars(select(Team).where(Team.lead_id == leaver.id)):
            team.lead_id = comer.id if self.random.random() < 0.5 else leaver.id
        session.flush()
        self._known = []
        self._know_the_people(session)
        moved = rehoming.left(session, leaver, tell=tell_of, now=now)
        self.counted["moved for a leaver"] += len(moved)
        self._plan_absences(comer.id, now)

    def reorganise(self, session: Session, now: datetime) -> None:
        """A tenth of what the teams answer for is another team's from today on."""
        rows = list(session.scalars(select(Responsibility).order_by(Responsibility.id)))
        teams = list(session.scalars(select(Team).order_by(Team.id)))
        for row in self.random.sample(rows, len(rows) // 10):
            row.team = self.random.choice(teams)
        self.counted["reorganisations"] += 1

    @staticmethod
    def _about(ticket_id: int, event: Callable[[Session, Ticket, datetime], None]) -> Event:
        return lambda session, now: event(session, session.get_one(Ticket, ticket_id), now)


def _employed(session: Session) -> list[Person]:
    return list(session.scalars(select(Person).where(Person.active).order_by(Person.id)))


def _tell(person: Person, team: Team) -> str:
    return f"{person.name}, {team.name_fi}"


def tell_of(ticket: Ticket, person: Person, team: Team) -> str:
    return _tell(person, team)
