"""Webhooks as their page shows them: what arrived, what waits, and what went wrong in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.doors import Doors
from desk.door_records import Delivery, Webhook
from desk.webhooks import GONE

MOST_PROBLEMS = 5


@dataclass(frozen=True)
class Trouble:
    event: str  # the name of its text
    said: str
    attempts: int
    written_at: datetime
    next_at: datetime | None


@dataclass(frozen=True)
class Shown:
    id: int
    url: str
    active: bool
    events: list[str]  # the names of their texts
    waiting: int
    failed: int
    sent_at: datetime | None
    problems: list[Trouble]


def listed(at: Doors, t: Mapping[str, str]) -> list[Shown]:
    """Every webhook, oldest first; `t`: the page's texts."""
    with at.desk.reading() as session:
        found = session.scalars(select(Webhook).order_by(Webhook.id))
        return [_shown(session, one, t) for one in found.all()]


def text_name(event: str) -> str:
    return event.replace(".", "_")


def _shown(session: Session, webhook: Webhook, t: Mapping[str, str]) -> Shown:
    of_it = Delivery.webhook_id == webhook.id
    counted = select(Delivery.state, func.count()).where(of_it).group_by(Delivery.state)
    counts = dict(session.execute(counted).tuples().all())
    return Shown(
        id=webhook.id,
        url=webhook.url,
        active=webhook.active,
        events=[text_name(one) for one in webhook.events],
        waiting=counts.get("waiting", 0),
        failed=counts.get("failed", 0),
        sent_at=session.scalar(select(func.max(Delivery.sent_at)).where(of_it)),
        problems=_problems(session, webhook, t),
    )


def _problems(session: Session, webhook: Webhook, t: Mapping[str, str]) -> list[Trouble]:
    rows = (
        select(Delivery)
        .where(Delivery.webhook_id == webhook.id, Delivery.problem.is_not(None))
        .order_by(Delivery.id.desc())
        .limit(MOST_PROBLEMS)
    )
    return [
        Trouble(
            event=text_name(one.event),
            said=said(one.problem or "", t),
            attempts=one.attempts,
            written_at=one.written_at,
            next_at=one.next_at if one.state == "waiting" else None,
        )
        for one in session.scalars(rows)
    ]


def said(problem: str, t: Mapping[str, str]) -> str:
    """What went wrong, for people."""
    if problem == GONE:
        return t["problem_gone"]
    if problem == "too slow" or problem.endswith("Timeout"):
        return t["problem_slow"]
    if problem.startswith("address refused: "):
        return t["problem_address"].format(what=problem.removeprefix("address refused: "))
    name = "problem_http" if problem.startswith("HTTP ") else "problem_connection"
    return t[name].format(what=problem)
