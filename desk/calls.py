"""Telephone calls: where each is in its talk, the matter that it opens, the way to ring back."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.personal_data import mask
from desk import clock, contacts, conversations, telling, tickets
from desk.attendance import Attendance
from desk.conversations import Place, say
from desk.door_records import Call
from desk.errors import CallUnknown, TicketUnknown
from desk.models import Conversation, Message, Person, Shift, Ticket
from desk.roles import may
from desk.secrets import PIN_LENGTH, SECRET_LENGTH, Keys, normal_ticket_code
from desk.tickets import Matter, Taken

KEPT = timedelta(days=1)  # after its last word a call's place in the talk is of no use to anybody
# The letters of a secret on the keys of a telephone.
KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")


def begin(session: Session, key: str, *, now: datetime) -> Call:
    """A new call under this keyed hash; calls that ended a day ago are forgotten.

    Raises CallUnknown where the call has begun already.
    """
    session.execute(delete(Call).where(Call.seen_at < now - KEPT))
    call = Call(id=key, state={}, opened_at=now, seen_at=now)
    try:
        with session.begin_nested():
            session.add(call)
    except IntegrityError:
        raise CallUnknown from None
    return call


def held(session: Session, key: str) -> Call:
    """The call, held for this transaction alone. Raises CallUnknown."""
    call = session.scalars(
        select(Call).where(Call.id == key).with_for_update(),
        execution_options={"populate_existing": True},
    ).first()
    if call is None:
        raise CallUnknown
    return call


def conversation_of(session: Session, call: Call, *, now: datetime) -> Conversation:
    """The call's conversation, begun where there is none yet."""
    known = session.get(Conversation, call.conversation_id or "")
    if known is not None:
        return known
    begun = conversations.begin(
        session, language=call.language or "fi", place=Place(), now=now, channel="phone"
    )
    call.conversation_id = begun.id
    return begun


def chose(session: Session, call: Call, text: str, service_id: str, *, now: datetime) -> None:
    """The caller has picked this service by keys: the staff read `text`, and the talk is of it."""
    conversation = conversation_of(session, call, now=now)
    conversation.topic_id = service_id
    conversation.pending = {}
    say(session, conversation, author="customer", text=text, now=now)


def take(session: Session, call: Call, matter: Matter, *, now: datetime) -> Taken:
    """The call's matter is a ticket with an owner, and what was said is under it."""
    conversation = conversation_of(session, call, now=now)
    taken = tickets.take(session, conversation, matter, now=now)
    lines = select(Message).where(
        Message.conversation_id == conversation.id, Message.ticket_id.is_(None)
    )
    for line in session.scalars(lines):
        line.ticket_id = taken.ticket.id
    return taken


def keep_number(session: Session, ticket: Ticket, number: str, *, now: datetime) -> None:
    """The ticket has this E.164 number to ring, and its thread says only that there is one."""
    contacts.take(session, ticket, number, now=now)
    telling.taken(session, ticket, now=now)


def wants_a_call(ticket: Ticket) -> None:
    """The owner sees at once that the customer waits for a call."""
    ticket.tags = [*ticket.tags, *({"callback"} - set(ticket.tags))]


def by_pin(session: Session, keys: Keys, code: str, keyed: str) -> Ticket:
    """The ticket, for who keys in its six digits, or its secret by the letters on the keys.

    Raises TicketUnknown alike for either being wrong.
    """
    normal = normal_ticket_code(code)
    fits = _fits(keys, normal or code, keyed)
    ticket = session.scalars(select(Ticket).where(Ticket.code == normal)).first()
    if ticket is None or not fits:
        raise TicketUnknown
    return ticket


def _fits(keys: Keys, code: str, keyed: str) -> bool:
    known = {
        PIN_LENGTH: keys.ticket_pin(code),
        SECRET_LENGTH: keys.ticket_secret(code).translate(KEYPAD),
    }.get(len(keyed), "")
    return bool(known) and hmac.compare_digest(known.encode(), keyed.encode())


def somebody_on_shift(session: Session, *, now: datetime) -> bool:
    """Whether anybody who answers customers is at work this very moment, by the rota."""
    local = now.astimezone(clock.HELSINKI)
    if not clock.is_working_day(local.date()):
        return False
    people = session.scalars(
        select(Person)
        .join(Shift, Shift.person_id == Person.id)
        .where(
            Shift.weekday == local.weekday(),
            Shift.starts <= local.time(),
            Shift.ends > local.time(),
        )
    ).unique()
    attendance = Attendance.read(session, now, now)
    return any(attendance.present(one) and may(one, "answer") for one in people)


def subject(session: Session, call: Call, otherwise: str) -> str:
    """What the caller has last told, masked; `otherwise` where they have told nothing."""
    if call.conversation_id is None:
        return otherwise
    last = session.scalars(
        select(Message.text)
        .where(
            Message.conversation_id == call.conversation_id,
            Message.author == "customer",
            Message.kind == "text",
        )
        .order_by(Message.id.desc())
        .limit(1)
    ).first()
    return mask(last).text if last else otherwise
