"""The demo network let go: what the desk has written down of it is set right first."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from catalog import demo
from catalog.demo_data import PREFIX
from catalog.demo_removal import held_areas, held_services
from catalog.report import Counts
from desk import demo_canned
from desk.conversations import pending
from desk.models import Conversation, Responsibility, Ticket


def retire(session: Session) -> Counts:
    """No trace of the demo network is left but the services that tickets are about, ended."""
    services, areas = held_services(session), held_areas(session)
    _forget(session, services, areas)
    tickets = select(Ticket.service_id).where(Ticket.service_id.in_(services))
    return demo.retire(session, referred={one for one in session.scalars(tickets) if one})


def _forget(session: Session, services: Collection[str], areas: Collection[str]) -> None:
    """Nobody lives in the demo, talks of it or answers for it any more."""
    demo_canned.forget_services(session, services)
    session.execute(
        delete(Responsibility).where(
            or_(
                Responsibility.service_id.in_(services),
                Responsibility.area_id.in_(areas),
                Responsibility.organisation_id.startswith(PREFIX),
            )
        )
    )
    if not services and not areas:
        return
    for conversation in session.scalars(select(Conversation)):
        if conversation.municipality_id in areas:
            conversation.municipality_id = None
        if conversation.topic_id in services:
            conversation.topic_id = None
        if _waits_for(conversation) & set(services):
            conversation.pending = {}
    session.flush()


def _waits_for(conversation: Conversation) -> set[str]:
    """The services that the desk has offered and waits to hear about."""
    waiting = pending(conversation)
    offered = {str(one.get("service_id")) for one in waiting.choices}
    return offered | ({waiting.offer} if waiting.offer else set())
