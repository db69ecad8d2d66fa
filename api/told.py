"""A closed turn, told in the words of the contract."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.contract import ChatOut, ChoiceOut, LineOut, OutcomeOut, ReplyOut, ServiceHit, TicketOut
from catalog.card import names
from desk.models import Message, Person, Ticket, Turn
from desk.secrets import Keys


def told(session: Session, keys: Keys, turn: Turn) -> ChatOut:
    return ChatOut(
        conversation_id=turn.conversation_id,
        language="sv" if turn.language == "sv" else "fi",
        replies=[_reply(reply) for reply in turn.replies],
        outcome=OutcomeOut.model_validate(
            {
                "kind": turn.kind,
                "services": _services(session, turn),
                "ticket": _ticket(session, keys, turn),
            }
        ),
    )


def _reply(kept: dict[str, Any]) -> ReplyOut:
    choices = kept.get("choices")
    return ReplyOut(
        text=kept["text"], choices=[ChoiceOut(**one) for one in choices] if choices else None
    )


def _services(session: Session, turn: Turn) -> list[ServiceHit]:
    named = names(session, [one["id"] for one in turn.candidates], turn.language)
    return [
        ServiceHit(id=one["id"], name=named[one["id"]], score=round(one["score"], 4))
        for one in turn.candidates
        if one["id"] in named
    ]


def _ticket(session: Session, keys: Keys, turn: Turn) -> TicketOut | None:
    if turn.kind != "handover" or turn.ticket_id is None:
        return None
    ticket = session.get_one(Ticket, turn.ticket_id)
    secret = keys.ticket_secret(ticket.code) if _opened_by(session, ticket) == turn.id else None
    return TicketOut(code=ticket.code, secret=secret, owner=ticket.owner.name, due_at=ticket.due_at)


def _opened_by(session: Session, ticket: Ticket) -> int | None:
    return session.scalar(select(func.min(Turn.id)).where(Turn.ticket_id == ticket.id))


def line(session: Session, message: Message) -> LineOut:
    person = session.get(Person, message.person_id) if message.person_id else None
    return LineOut.model_validate(
        {
            "id": message.id,
            "author": message.author,
            "kind": message.kind,
            "name": person.name if person else None,
            "text": message.text,
            "at": message.created_at,
        }
    )
