"""What colleagues write to each other about a matter; the customer never sees it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from catalog.personal_data import TOKENS, Label, spans
from desk.conversations import happened
from desk.errors import ReasonMissing
from desk.models import Message, Person, Ticket

# A phone number or an address is what a colleague may need to call; who the customer is to the
# registers, and where their money is, is nothing that a note has to repeat.
TAKEN_OUT: frozenset[Label] = frozenset(("HETU", "IBAN", "CARD"))
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # PostgreSQL keeps no NUL


def note(
    session: Session,
    ticket: Ticket,
    person: Person,
    text: str,
    *,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> Message:
    """The note stands in the ticket's thread for staff alone, without identity codes or accounts.

    A closed ticket takes one too: what is learnt afterwards belongs to the matter. Raises
    ReasonMissing for a text that says nothing.
    """
    kept = clean(text)
    if not kept:
        raise ReasonMissing
    return happened(session, ticket, "note", now=now, person=person, text=kept, data=data)


def clean(text: str) -> str:
    """What staff write to each other, as it is kept: trimmed, without identity codes, accounts and
    cards."""
    text = NO_TEXT.sub("", text.replace("\r\n", "\n")).strip()
    pieces, last = [], 0
    for span in spans(text):
        if span.label in TAKEN_OUT:
            pieces += [text[last : span.start], TOKENS[span.label]]
            last = span.end
    return "".join([*pieces, text[last:]])
