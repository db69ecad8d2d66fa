"""What the users of other desks were hurt by does not happen here; each test has its report's name.

The name is the project's and the report's number there.
"""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import desk as desk_package
from api.database import Database
from catalog.models import ServiceArea
from desk import ledger, ownership, transfers
from desk.errors import HandedOnAlready
from desk.models import MESSAGE_KINDS, STAGES, Message, Ticket
from desk.ownership import Owner
from desk.records import LedgerEntry
from desk.rehoming import away as rehome_away
from desk.rehoming import sweep
from desk.transfers import Receiver, accountable, transfer
from tests.desk.matters import (
    a_matter,
    away,
    everybody_is_there,
    families,
    said,
    team,
    tell,
    tell_of,
)
from tests.foundation import WEDNESDAY_NOON, Clock, PlantedFinder, Talk, add_service, person

PORVOO = "municipality:638"
REFUSALS = ("reject", "decline", "bounce", "send_back", "return_to")


@pytest.fixture
def session(house: Database) -> Iterator[Session]:
    with house.writing() as session:
        everybody_is_there(session)
        families(session)
        yield session


def hand(session: Session, ticket: Ticket, by: str, receiver: Receiver) -> Owner:
    sender = person(session, by)
    return transfer(
        session,
        ticket,
        sender,
        receiver,
        reason="Kuuluu sinne",
        tell=tell,
        now=WEDNESDAY_NOON,
    )


def to(session: Session, login: str) -> Receiver:
    return Receiver(person_id=person(session, login).id)


def test_zammad_3694_a_chain_of_substitutes_loses_no_matter(session: Session) -> None:
    """Away A named B, away B named C: there the matter was in nobody's view."""
    ticket = a_matter(session, "aino")
    away(session, "hanna", "sanna")
    rehome_away(session, away(session, "aino", "hanna"), tell=tell_of, now=WEDNESDAY_NOON)
    assert ticket.owner.login == "sanna"
    new = a_matter(session, "hanna")
    sweep(session, tell=tell_of, now=WEDNESDAY_NOON)
    assert new.owner.login == "sanna"


def test_zammad_5624_a_change_of_team_keeps_the_promise_and_the_ledger_knows(
    session: Session,
) -> None:
    """There the time of the old group's agreement stayed by accident and nobody knew which held."""
    ticket = a_matter(session, "aino")
    due_at, before = ticket.due_at, ticket.team
    hand(session, ticket, "aino", Receiver(team_id=team(session, "demo-health").id))
    assert ticket.team is not before
    assert ticket.due_at == due_at
    entries = select(LedgerEntry).where(LedgerEntry.ticket_code == ticket.code)
    assert [(one.event, one.due_at) for one in session.scalars(entries)] == [("given", due_at)]
    assert ledger.verify(session) is None
    assert ledger.silently_changed(session) == []


def test_burokratt_forward_rejected_a_wrong_receiver_cannot_send_it_back(session: Session) -> None:
    """There the other organisation could reject a chat that was forwarded to it."""
    ticket = a_matter(session, "aino")
    hand(session, ticket, "aino", to(session, "sanna"))
    with pytest.raises(HandedOnAlready):
        hand(session, ticket, "sanna", to(session, "aino"))
    assert ticket.owner.login == "sanna"
    on = hand(session, ticket, "sanna", Receiver(service_id="s1"))
    assert on.person.login not in {"aino", "sanna"}
    assert accountable(ticket).login == "sanna"
    assert len(said(session, ticket, "transferred")) == 2


def test_burokratt_forward_rejected_the_desk_has_no_word_for_it() -> None:
    names = [*MESSAGE_KINDS, *STAGES]
    for module in pkgutil.iter_modules(desk_package.__path__):
        source = Path(str(desk_package.__path__[0]), f"{module.name}.py").read_text("utf-8")
        parts = ast.walk(ast.parse(source))
        names += [one.name for one in parts if isinstance(one, ast.FunctionDef | ast.ClassDef)]
    assert transfers.transfer.__name__ in names
    assert not [name for name in names if any(word in name.lower() for word in REFUSALS)]


def test_fixmystreet_4457_who_is_sent_on_hears_who_has_it_and_by_when(session: Session) -> None:
    """There the sender read "not the council's responsibility", and nothing more."""
    ticket = a_matter(session, "aino")
    due_at = ticket.due_at
    hand(session, ticket, "aino", to(session, "sanna"))
    [line] = said(session, ticket, "transferred")
    assert line.audience == "customer"
    assert ticket.owner.name in line.text
    assert (ticket.stage, ticket.due_at) == ("open", due_at)


def test_fixmystreet_4457_a_matter_that_nobody_here_answers_for_is_owned(session: Session) -> None:
    add_service(session, "nobodys")
    ticket = a_matter(session, "aino")
    to_nobodys = hand(session, ticket, "aino", Receiver(service_id="nobodys"))
    assert to_nobodys.team.last_resort
    assert ticket.owner.active


def test_fixmystreet_868_the_place_is_asked_before_a_matter_of_one_place_is_sent_there(
    talk: Talk, planted: PlantedFinder
) -> None:
    """There a report from near a border went to the neighbour without a question."""
    with talk.desk.writing() as session:
        add_service(
            session,
            "here",
            place_bound=True,
            areas=[ServiceArea(service_id="here", area_id=PORVOO)],
        )
    planted.plant("koe", ("here", 0.9))
    told = talk.write("koe")
    assert (told.kind, told.ticket) == ("clarify", None)


def test_fixmystreet_868_where_the_place_stays_unknown_somebody_owns_it_anyway(
    session: Session,
) -> None:
    for area in (None, "municipality:no-such"):
        found = ownership.owner(
            session, service_id=None, area_id=area, language="sv", now=WEDNESDAY_NOON
        )
        assert found.team.last_resort


@pytest.mark.parametrize(
    ("said_by_customer", "intent"), [("haluan ihmisen", "ask_person"), ("öö zzz", "find_service")]
)
def test_chatwoot_5077_after_the_bot_somebody_knows_and_the_customer_knows_who(
    talk: Talk, house: Database, clock: Clock, said_by_customer: str, intent: str
) -> None:
    """There nobody was told after the bot had handed over, and the conversation was lost."""
    told = talk.write(said_by_customer, intent=intent)
    if told.kind == "clarify":
        told = talk.write(said_by_customer, intent=intent)
    assert told.kind == "handover"
    assert told.ticket is not None
    assert told.ticket.owner.name in told.said
    with house.reading() as session:
        mine = select(Ticket).where(Ticket.owner_id == told.ticket.owner_id, Ticket.stage == "open")
        assert told.ticket.id in {one.id for one in session.scalars(mine)}
        promised = select(LedgerEntry).where(LedgerEntry.ticket_code == told.ticket.code)
        assert session.scalars(promised).one().due_at == told.ticket.due_at > clock.at
        assert session.scalars(select(Message).where(Message.ticket_id == told.ticket.id)).all()
