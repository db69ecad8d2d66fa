"""A desk of a hundred thousand tickets, written straight into its tables."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from api.database import Database
from desk.models import Conversation, Member, Message, Ticket
from tests.foundation import WEDNESDAY_NOON

TICKETS = 100_000
AT_ONCE = 10_000
WAITING, ANSWERED = 0.2, 0.1  # shares of those not closed: far more than a desk lets wait
WORDS = """
koira päiväkoti hakemus asunto kela lasku passi jätteet katuvalo remontti terveys lapsi
toimeentulo eläke muutto ajokortti kirjasto koulu vene verot todistus pysäköinti
""".split()  # noqa: SIM905  (a list of strings would be a page long)


def fill(database: Database, tickets: int = TICKETS) -> None:
    """The tickets, each with its conversation and a message, some late, some urgent, some moved."""
    chance = random.Random(5)
    with database.reading() as session:
        owners = [tuple(one) for one in session.execute(select(Member.team_id, Member.person_id))]
    for start in range(0, tickets, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, tickets))
        with database.writing() as session:
            _write(session, [_ticket(number, owners, chance) for number in numbers])


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    keep = {"language": "fi", "sender": "s", "floor": "bot", "pending": {}}
    session.execute(
        insert(Conversation),
        [{"id": one["conversation_id"], "opened_at": one["opened_at"], **keep} for one in rows],
    )
    session.execute(insert(Ticket), rows)
    session.execute(
        insert(Message),
        [
            {
                "conversation_id": one["conversation_id"],
                "author": "customer",
                "text": one["subject"],
                "language": "fi",
                "created_at": one["opened_at"],
            }
            for one in rows
        ],
    )


def _ticket(number: int, owners: list[Any], chance: random.Random) -> dict[str, Any]:
    team_id, person_id = chance.choice(owners)
    drawn = chance.random()
    stage = "open" if drawn < WAITING else "answered" if drawn < WAITING + ANSWERED else "closed"
    due = WEDNESDAY_NOON + timedelta(minutes=chance.randrange(-600, 3_000))
    other = chance.choice(owners)[1]
    return {
        "code": f"LK-{number // 10_000:03d}-{number % 10_000:04d}",
        "conversation_id": f"c{number}",
        "subject": " ".join([*chance.choices(WORDS, k=6), f"sana{number}"]),
        "reason": "unsure",
        "tried": [],
        "tags": ["callback"] if chance.random() < 0.1 else [],
        "priority": "urgent" if chance.random() < 0.01 else "normal",
        "language": "fi",
        "owner_id": person_id,
        "team_id": team_id,
        "stage": stage,
        "opened_at": due - timedelta(days=1),
        "due_at": due,
        "handed_by_id": other if stage != "closed" and chance.random() < 0.01 else None,
    }
