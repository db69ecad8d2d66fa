"""What everybody may see of the reports that came by Open311. No other ticket is ever shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from api.contract import Language
from api.open311_contract import MOST_REQUESTS, AskedRequests, RequestOut
from api.open311_place import FaultPlace
from api.open311_reports import BY, answered_by
from catalog.card import names
from catalog.models import Service
from catalog.responsible import body_of
from desk.models import Conversation, Message, Ticket, Turn
from desk.secrets import normal_ticket_code
from desk.tickets import URGENT

SPAN = timedelta(days=90)  # of the specification


@dataclass(frozen=True)
class _Shown:
    """One report as the database holds it."""

    ticket: Ticket
    text: str
    area_id: str | None


def by_codes(session: Session, given: str, language: Language) -> list[RequestOut]:
    """The reports of these codes, between commas; what is no report of ours is left out."""
    codes = {normal_ticket_code(one) for one in given.split(",")[:MOST_REQUESTS]}
    wanted = _reports().where(Ticket.code.in_(code for code in codes if code))
    return _told(session, wanted, language)


def asked(
    session: Session, query: AskedRequests, area_id: str | None, language: Language, now: datetime
) -> list[RequestOut]:
    """The reports that fit the query, newest first: of 90 days and 1,000 at most."""
    start, end = _span(query, now)
    wanted = _reports().where(Ticket.opened_at >= start, Ticket.opened_at <= end)
    if query.service_code:
        wanted = wanted.where(Ticket.service_id.in_(query.service_code.split(",")))
    states = set((query.status or "").split(","))
    if len(states & {"open", "closed"}) == 1:
        closed = Ticket.stage == "closed"
        wanted = wanted.where(closed if "closed" in states else ~closed)
    if area_id:
        wanted = wanted.where(Conversation.municipality_id == area_id)
    wanted = wanted.offset((query.page - 1) * query.page_size).limit(query.page_size)
    return _told(session, wanted, language)


def _span(query: AskedRequests, now: datetime) -> tuple[datetime, datetime]:
    """The last 90 days of what is asked for; 90 days from a start that has no end."""
    if query.start_date and not query.end_date:
        return query.start_date, query.start_date + SPAN
    end = query.end_date or now
    earliest = end - SPAN
    return max(query.start_date or earliest, earliest), end


def _reports() -> Select[Any]:
    return (
        select(Ticket, Turn.text, Conversation.municipality_id)
        .join(Turn, Turn.conversation_id == Ticket.conversation_id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Turn.closed_by == BY, Turn.ticket_id == Ticket.id)
        .order_by(Ticket.opened_at.desc(), Ticket.id.desc())
    )


def _told(session: Session, wanted: Select[Any], language: Language) -> list[RequestOut]:
    found = [_Shown(*row) for row in session.execute(wanted).tuples()]
    named = names(session, [one.ticket.service_id or "" for one in found], language)
    updated = _updated(session, [one.ticket.id for one in found])
    agencies = _agencies(session, found, language)
    return [_request(one, named, agencies, updated.get(one.ticket.id), language) for one in found]


def _request(
    one: _Shown,
    named: Mapping[str, str],
    agencies: Mapping[tuple[str | None, str | None], str],
    updated: datetime | None,
    language: Language,
) -> RequestOut:
    ticket, place = one.ticket, FaultPlace.read(one.ticket.place)
    latitude, longitude = place.point or (None, None)
    return RequestOut(
        service_request_id=ticket.code,
        status="closed" if ticket.stage == "closed" else "open",
        service_name=named.get(ticket.service_id or "", ""),
        service_code=ticket.service_id or "",
        # Danger and threats are about people.
        description=None if ticket.reason in URGENT else one.text,
        agency_responsible=agencies.get((ticket.service_id, one.area_id)),
        service_notice=None if ticket.answered_at else answered_by(ticket, language),
        requested_datetime=w3(ticket.opened_at),
        updated_datetime=w3(ticket.closed_at or updated or ticket.opened_at),
        expected_datetime=w3(ticket.due_at),
        address=place.address,
        zipcode=place.postcode,
        lat=latitude,
        long=longitude,
    )


def _agencies(
    session: Session, found: Sequence[_Shown], language: Language
) -> dict[tuple[str | None, str | None], str]:
    """Who answers for each service where it was reported."""
    agencies = {}
    for service_id, area_id in {(one.ticket.service_id, one.area_id) for one in found}:
        service = session.get(Service, service_id) if service_id else None
        if service is not None:
            agencies[service_id, area_id] = body_of(session, service, area_id, language).name
    return agencies


def _updated(session: Session, ticket_ids: Sequence[int]) -> dict[int, datetime]:
    """When something last came of each that its customer sees."""
    rows = session.execute(
        select(Message.ticket_id, func.max(Message.created_at))
        .where(Message.ticket_id.in_(ticket_ids), Message.audience == "customer")
        .group_by(Message.ticket_id)
    )
    return {ticket_id: at for ticket_id, at in rows.tuples() if ticket_id is not None}


def w3(at: datetime) -> str:
    """An instant as W3C's note writes it: "2026-03-11T10:00:00Z"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
