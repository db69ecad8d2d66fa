"""The outbox: notices written with what they tell of, leased by senders, sent or followed up.

Nothing here sends. Each function works in the caller's transaction, so a notice is there exactly
when what it tells of is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from desk import outbox
from desk.contacts import Way, ways
from desk.conversations import happened
from desk.models import Conversation, Message, Ticket
from desk.outbox import AT_ONCE as AT_ONCE
from desk.outbox import LEASE as LEASE
from desk.outbox import Refusal as Refusal
from desk.records import NOTICE_CHANNELS, Notice

CHANNELS = "notice_channels"  # in a session's info: the ways that this desk can send
# Between one attempt and the next; after the last the notice has failed.
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
ANSWERED = "answered"
FAILED = "notice_failed"  # the tag that shows the owner a customer who could not be told


def channels_open(channels: Iterable[str]) -> dict[str, Any]:
    """What a session must know (its `info`) for notices to be written to these channels."""
    return {CHANNELS: frozenset(channels)}


def write(
    session: Session,
    ticket: Ticket,
    template: str,
    *,
    key: str,
    values: dict[str, Any],
    now: datetime,
    delay: timedelta = timedelta(0),
) -> Notice | None:
    """The one notice of this key, due after `delay`; none where the customer has no way that the
    desk can send by.

    Whoever tells the same event again, in another process too, gets the notice that is there.
    """
    way = next(iter(_ways_out(session, ticket)), None)
    if way is None:
        return None
    known = session.scalars(select(Notice).where(Notice.key == key)).first()
    if known is not None:
        return known
    return _add(session, _notice(session, ticket, way, template, values), key, now, delay)


def any_due(session: Session, *, now: datetime) -> bool:
    """Whether a sender has anything to lease: to look first spares SQLite's one writer."""
    return outbox.any_due(session, Notice, now=now)


def lease(session: Session, worker: str, *, now: datetime, limit: int = AT_ONCE) -> list[Notice]:
    """Up to `limit` due notices, this worker's alone until their `next_at`, longest due first."""
    _drop_read(session)
    return outbox.lease(session, Notice, worker, now=now, limit=limit)


def sent(session: Session, notice_id: int, *, now: datetime) -> bool:
    """The notice went out and is never leased again; false where that was known already.

    Counts whosever lease it is: what has gone out has gone out.
    """
    gone = outbox.sent(session, Notice, notice_id, now=now)
    if gone:
        _clear_failure(session, session.get_one(Notice, notice_id))
    return gone


def refused(
    session: Session, notice_id: int, worker: str, refusal: Refusal, *, now: datetime
) -> str | None:
    """What became of a notice that did not go: "waiting" for its next attempt, or "failed".

    A failed one is told to the ticket's owner, and the customer's other way, if there is one, is
    tried next. None, and nothing changes, when the lease is another's by now.
    """
    notice = outbox.refused(session, Notice, notice_id, worker, refusal, back_off=BACK_OFF, now=now)
    if notice is None:
        return None
    if notice.state == "failed":
        _follow_up(session, notice, now)
    session.flush()
    return notice.state


def written_to(session: Session, recipient: str, template: str, *, since: datetime) -> int:
    """How many notices of this kind were written to this recipient since then."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Notice)
            .where(
                Notice.recipient == recipient,
                Notice.template == template,
                Notice.written_at >= since,
            )
        )
        or 0
    )


def drop_waiting(session: Session, ticket: Ticket, template: str) -> None:
    """Nobody sends the ticket's notices of this kind that no sender has taken up yet."""
    session.execute(
        delete(Notice).where(
            Notice.ticket_id == ticket.id,
            Notice.template == template,
            Notice.state == "waiting",
            Notice.lease.is_(None),
            Notice.attempts == 0,
        )
    )


def _ways_out(session: Session, ticket: Ticket) -> list[Way]:
    open_ones = session.info.get(CHANNELS, frozenset())
    return [way for way in ways(ticket) if way.channel in open_ones]


def _notice(
    session: Session, ticket: Ticket, way: Way, template: str, values: dict[str, Any]
) -> Notice:
    return Notice(
        ticket_id=ticket.id,
        channel=way.channel,
        recipient=way.recipient,
        language=session.get_one(Conversation, ticket.conversation_id).language,
        template=template,
        values=values,
        state="waiting",
        attempts=0,
    )


def _add(
    session: Session, notice: Notice, key: str, now: datetime, delay: timedelta = timedelta(0)
) -> Notice:
    """The notice, or the one that another transaction wrote under the same key meanwhile."""
    notice.key, notice.written_at, notice.next_at = key, now, now + delay
    try:
        with session.begin_nested():
            session.add(notice)
    except IntegrityError:
        return session.scalars(select(Notice).where(Notice.key == key)).one()
    return notice


def _drop_read(session: Session) -> None:
    """Who has written in the chat since an answer came has read it there."""
    written_since = (
        select(Message.id)
        .join(Ticket, Ticket.conversation_id == Message.conversation_id)
        .where(
            Ticket.id == Notice.ticket_id,
            Message.author == "customer",
            Message.created_at > Notice.written_at,
        )
    )
    session.execute(
        delete(Notice).where(
            Notice.template == ANSWERED,
            Notice.state == "waiting",
            Notice.lease.is_(None),
            exists(written_since.correlate(Notice)),
        )
    )


def _follow_up(session: Session, notice: Notice, now: datetime) -> None:
    """The other way, else the owner: a notice that failed is never the end of it."""
    ticket = _held(session, notice.ticket_id)
    other = _other_way(session, ticket, notice)
    if other is not None:
        again = _notice(session, ticket, other, notice.template, notice.values)
        _add(session, again, f"{_event(notice)}/{other.channel}", now)
    elif FAILED not in ticket.tags:
        ticket.tags = [*ticket.tags, FAILED]
    _tell_staff(session, ticket, notice, other, now)


def _other_way(session: Session, ticket: Ticket, notice: Notice) -> Way | None:
    event = _event(notice)
    keys = [event, *(f"{event}/{channel}" for channel in NOTICE_CHANNELS)]
    tried = set(session.scalars(select(Notice.channel).where(Notice.key.in_(keys))))
    return next((way for way in _ways_out(session, ticket) if way.channel not in tried), None)


def _event(notice: Notice) -> str:
    """The key of what is told, whichever way it goes."""
    return notice.key.partition("/")[0]


def _tell_staff(
    session: Session, ticket: Ticket, notice: Notice, other: Way | None, now: datetime
) -> None:
    happened(
        session,
        ticket,
        "note",
        now=now,
        data={
            "why": "notice" if other else "notice_last",
            "notice": notice.id,
            "template": notice.template,
            "channel": notice.channel,
            "problem": notice.problem,
            "next": other.channel if other else None,
        },
    )


def _clear_failure(session: Session, notice: Notice) -> None:
    """A customer who has been told since can be reached again."""
    ticket = _held(session, notice.ticket_id)
    if FAILED in ticket.tags:
        ticket.tags = [tag for tag in ticket.tags if tag != FAILED]
        session.flush()


def _held(session: Session, ticket_id: int) -> Ticket:
    """The ticket, so that nobody else changes its tags before this transaction ends."""
    return session.scalars(
        select(Ticket).where(Ticket.id == ticket_id).with_for_update(of=Ticket, key_share=True),
        execution_options={"populate_existing": True},
    ).one()
