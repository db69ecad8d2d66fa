"""Events of tickets for those of the agencies' systems that asked for them.

Nothing here sends. What befalls a ticket is seen where it is written to the database, so that no
part of the desk can forget to tell of it, and a delivery is there exactly when the event is.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, event, func, insert, select, update
from sqlalchemy.orm import Session

from desk import outbox
from desk.door_records import Delivery, Webhook
from desk.outbox import AT_ONCE, Refusal
from desk.ticket_events import EVENTS, Event, facts, flushed, instant

TEST = "webhook.test"
CLOCK = "clock"  # in a session's info: the desk's own, where it is not the machine's
# Between one attempt and the next: two days in all, so that a weekend's break loses nothing.
BACK_OFF = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=16),
    timedelta(hours=24),
)
GONE = "HTTP 410"  # the receiver asks for nothing more, ever
KEPT = timedelta(days=30)  # how long a delivery that is over can still be looked at


# --- who is told ---


def add(session: Session, url: str, events: Sequence[str], *, now: datetime) -> Webhook:
    """A new webhook with a secret of its own; without `events` it is told of all.

    Raises ValueError for an event that there is not. The caller has checked the address.
    """
    unknown = set(events) - set(EVENTS)
    if unknown:
        raise ValueError(f"no such event: {sorted(unknown)[0]}")
    made = Webhook(url=url, secret=new_secret(), events=list(events), active=True, made_at=now)
    session.add(made)
    session.flush()
    return made


def new_secret() -> str:
    """As Standard Webhooks writes it: 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def remove(session: Session, webhook: Webhook) -> None:
    """Nothing is sent there any more, and what was is forgotten."""
    session.execute(delete(Delivery).where(Delivery.webhook_id == webhook.id))
    session.delete(webhook)
    session.flush()


# --- what is told ---


def follow(sessions: type[Session]) -> None:
    """Whatever sessions of this class write of tickets is told, in the same transaction."""
    event.listen(sessions, "after_flush", _tell)


def _tell(session: Session, _flush: object) -> None:
    events = flushed(session)
    if events:
        now = session.info.get(CLOCK, _utc_now)()
        write(session, events, now=now)


def write(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """A delivery of each event for each webhook that is active and wants it."""
    connection = session.connection()
    told = connection.execute(select(Webhook.id, Webhook.events).where(Webhook.active)).all()
    if not told:
        return
    tickets = facts(session, (one.ticket_id for one in events))
    rows = [
        _row(webhook_id, one.name, _body(one.name, tickets[one.ticket_id], one.more, now), key, now)
        for one, key in ((one, new_key()) for one in events)
        for webhook_id, wanted in told
        if not wanted or one.name in wanted
    ]
    if rows:
        # Not by the session: this runs within its flush, and these rows need nothing of it.
        connection.execute(insert(Delivery), rows)


def write_test(session: Session, webhook: Webhook, *, now: datetime) -> Delivery:
    """An event by which the receiver can be tried; it tells of no ticket."""
    body = _body(TEST, None, {}, now)
    made = Delivery(**_row(webhook.id, TEST, body, new_key(), now))
    session.add(made)
    session.flush()
    return made


def new_key() -> str:
    """What a receiver knows an event by, however often it comes."""
    return f"evt_{secrets.token_hex(12)}"


def _body(
    name: str, ticket: dict[str, Any] | None, more: dict[str, Any], now: datetime
) -> dict[str, Any]:
    data = ({"ticket": ticket} if ticket else {}) | more
    return {"type": name, "timestamp": instant(now), "data": data}


def _row(
    webhook_id: int, name: str, body: dict[str, Any], key: str, now: datetime
) -> dict[str, Any]:
    waiting = {"state": "waiting", "attempts": 0, "next_at": now, "written_at": now}
    return {"webhook_id": webhook_id, "key": key, "event": name, "body": body, **waiting}


def _utc_now() -> datetime:
    return datetime.now(UTC)


# --- on their way ---


def any_due(session: Session, *, now: datetime) -> bool:
    return outbox.any_due(session, Delivery, _ready(), now=now)


def lease(session: Session, worker: str, *, now: datetime, limit: int = AT_ONCE) -> list[Delivery]:
    """Up to `limit` due deliveries of active webhooks, this worker's alone until `next_at`."""
    _drop_old(session, now)
    leased = outbox.lease(session, Delivery, worker, _ready(), now=now, limit=limit)
    for one in leased:
        session.refresh(one, ["webhook"])
    return leased


def sent(session: Session, delivery_id: int, *, now: datetime) -> bool:
    """The receiver has it; false where that was known already."""
    return outbox.sent(session, Delivery, delivery_id, now=now)


def refused(
    session: Session, delivery_id: int, worker: str, refusal: Refusal, *, now: datetime
) -> str | None:
    """What became of a delivery that did not go: "waiting" for its next attempt, or "failed".

    A receiver that refuses one is left alone with the others until then; one that is gone for good
    is paused. None, and nothing changes, when the lease is another's by now.
    """
    found = outbox.refused(
        session, Delivery, delivery_id, worker, refusal, back_off=BACK_OFF, now=now
    )
    if found is None:
        return None
    session.flush()
    if found.problem == GONE:
        found.webhook.active = False
    elif found.state == "waiting":
        _wait_for(session, found)
    session.flush()
    return found.state


def again(session: Session, webhook: Webhook, *, now: datetime) -> int:
    """Everything of the webhook that failed or waits is tried anew at once; says how many."""
    rows = select(Delivery.id).where(
        Delivery.webhook_id == webhook.id,
        Delivery.state.in_(("failed", "waiting")),
        Delivery.lease.is_(None),
    )
    ids = list(session.scalars(rows))
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(state="waiting", attempts=0, next_at=now, problem=None)
    )
    return len(ids)


def _ready() -> ColumnElement[bool]:
    return Delivery.webhook_id.in_(select(Webhook.id).where(Webhook.active))


def _wait_for(session: Session, refused_one: Delivery) -> None:
    """Thousands that wait for one receiver would else keep every other receiver waiting."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.webhook_id == refused_one.webhook_id,
            Delivery.state == "waiting",
            Delivery.lease.is_(None),
            Delivery.next_at < refused_one.next_at,
        )
        .values(next_at=refused_one.next_at),
        execution_options={"synchronize_session": False},
    )


def _drop_old(session: Session, now: datetime) -> None:
    """The last of each webhook stays, so that no later one can have a smaller number."""
    last = select(func.max(Delivery.id)).group_by(Delivery.webhook_id)
    session.execute(
        delete(Delivery).where(
            Delivery.state != "waiting",
            Delivery.written_at < now - KEPT,
            Delivery.id.not_in(last),
        ),
        execution_options={"synchronize_session": False},
    )
