"""A matter as its customer sees it: where it stands, whose turn it is, what happens next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.callback_state import callback_state
from api.contract import Language, LineOut, RatingOut, StageOut, TicketState
from api.page_texts import local_time, texts
from api.told import line
from catalog.card import names, promises
from catalog.stages import stages_of
from desk.conversations import lines_after
from desk.customers import last_answer, reopen_until, shown_name, shown_owner
from desk.models import Message, Person, Ticket
from desk.promised import is_late
from desk.ratings import Rating, can_rate, rating
from desk.records import Alarm
from desk.tickets import spoken_language

AUTHORS = ("customer", "staff", "desk")  # the bot's words are in the chat
RAISED = ("overdue_lead", "overdue_last")  # alarms by which a late matter is before somebody more
TURNS: dict[str, Literal["desk", "customer", "nobody"]] = {
    "open": "desk",
    "answered": "customer",
    "closed": "nobody",
}

type May = Literal["message", "rating", "reopen"]


def told_state(
    session: Session,
    ticket: Ticket,
    language: Language | None,
    *,
    now: datetime,
    warning: str | None = None,
) -> TicketState:
    """The matter in this language, else in the one that its customer writes."""
    spoken: Language = language or ("sv" if ticket.language == "sv" else "fi")
    answer, given = last_answer(session, ticket), rating(session, ticket)
    service = ticket.service_id
    return TicketState(
        code=ticket.code,
        stage=ticket.stage,
        late=is_late(ticket, now),
        turn=TURNS[ticket.stage],
        next=list(_next(session, ticket, answer, spoken, now)),
        warning=warning,
        language=spoken,
        owner=shown_owner(ticket, spoken),
        team=ticket.team.named(spoken),
        service=names(session, [service], spoken).get(service) if service else None,
        opened_at=ticket.opened_at,
        due_at=ticket.due_at,
        legal_due_at=ticket.legal_due_at,
        answered_at=answer.created_at if answer else None,
        closed_at=ticket.closed_at,
        reopen_until=reopen_until(ticket) if _can_reopen(ticket, now) else None,
        subject=ticket.subject,
        subject_language=spoken_language(ticket) or ticket.language,
        rating=RatingOut(**vars(given)) if given else None,
        may=list(_may(session, ticket, given, now)),
        promises=promises(session, service, spoken) if service else [],
        stages=_stages(session, service, spoken) if service else [],
        callback=callback_state(session, ticket, now=now),
        lines=_lines(session, ticket),
    )


def _stages(session: Session, service_id: str, language: Language) -> list[StageOut]:
    return [StageOut.model_validate(vars(one)) for one in stages_of(session, service_id, language)]


def _can_reopen(ticket: Ticket, now: datetime) -> bool:
    return ticket.stage == "closed" and now <= reopen_until(ticket)


def _may(session: Session, ticket: Ticket, given: Rating | None, now: datetime) -> Iterator[May]:
    if ticket.stage != "closed":
        yield "message"
    elif _can_reopen(ticket, now):
        yield "reopen"
    if can_rate(session, ticket) and (given is None or now <= given.changeable_until):
        yield "rating"


def _lines(session: Session, ticket: Ticket) -> list[LineOut]:
    said = lines_after(session, ticket.conversation_id, 0, authors=AUTHORS)
    return [line(session, one) for one in said if one.ticket_id == ticket.id]


def _next(
    session: Session, ticket: Ticket, answer: Message | None, language: Language, now: datetime
) -> Iterator[str]:
    t = texts("ticket", language)
    if ticket.stage == "closed":
        yield t["next_closed"].format(at=local_time(ticket.closed_at or now, language))
        until = local_time(reopen_until(ticket), language)
        yield (t["next_reopen"].format(until=until) if _can_reopen(ticket, now) else t["next_new"])
        return
    if ticket.stage == "answered" and answer is not None:
        yield t["next_answered"].format(
            writer=_writer(session, ticket, answer, language),
            at=local_time(answer.created_at, language),
        )
    elif is_late(ticket, now):
        yield from _late_words(session, ticket, language)
    else:
        yield t["next_open"].format(
            owner=shown_owner(ticket, language), due=local_time(ticket.due_at, language)
        )
        yield from _handed_words(ticket, language)
    yield t[f"turn_{TURNS[ticket.stage]}"]


def _late_words(session: Session, ticket: Ticket, language: Language) -> Iterator[str]:
    t = texts("ticket", language)
    yield t["next_late"].format(due=local_time(ticket.due_at, language))
    raised = _raised_to(session, ticket)
    if raised is None:
        yield t["next_still"].format(owner=shown_owner(ticket, language))
    else:
        name = shown_name(ticket, raised, ticket.team, language)
        yield t["next_raised"].format(owner=shown_owner(ticket, language), raised=name)


def _handed_words(ticket: Ticket, language: Language) -> Iterator[str]:
    """Who handed the matter on answers for it beside the new owner until that one accepts it."""
    if ticket.handed_by is None or ticket.handed_by_id == ticket.owner_id:
        return
    sender = shown_name(ticket, ticket.handed_by, ticket.team, language)
    t = texts("ticket", language)
    yield t["next_handed"].format(owner=shown_owner(ticket, language), sender=sender)


def _raised_to(session: Session, ticket: Ticket) -> Person | None:
    """The last person, beside the owner, who was told that this promise is late."""
    found = session.scalars(
        select(Alarm)
        .where(
            Alarm.ticket_id == ticket.id,
            Alarm.due_at == ticket.due_at,
            Alarm.kind.in_(RAISED),
            Alarm.person_id != ticket.owner_id,
        )
        .order_by(Alarm.id.desc())
        .limit(1)
    ).first()
    return session.get(Person, found.person_id) if found else None


def _writer(session: Session, ticket: Ticket, answer: Message, language: Language) -> str:
    person = session.get(Person, answer.person_id) or ticket.owner
    return shown_name(ticket, person, ticket.team, language)
