"""A report that comes by Open311: a ticket with one owner and a due time, like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from actions import fallback
from actions.first_look import keep_contact
from actions.hand import Hand
from actions.handover import say_about
from actions.other_language import other_language_of
from actions.replies import Reply
from actions.searching import endangered
from api.contract import Language
from api.doors import Doors
from api.open311_contract import ReportIn
from api.open311_place import FaultPlace
from api.page_texts import local_time, texts
from catalog.areas import known_municipality
from catalog.card import names
from catalog.language import identify
from catalog.personal_data import Contact, contact, mask
from desk import conversations, tickets, turns
from desk.conversations import Place, say
from desk.models import Ticket, Turn
from desk.outcomes import Handover
from desk.secrets import SECRET_PLACE
from desk.tickets import LANGUAGE, Matter
from desk.turns import Closing

BY = "open311"  # the tag, and what a turn of such a report is closed by
PAGE = "/open311/v2/requests"
# Within this a report that says the same again is the same: a client that got no answer tries on.
SAME_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Taken:
    code: str
    due_at: datetime
    notice: str


@dataclass(frozen=True)
class _Seen:
    """The report as it may be kept, and what is known of it before the transaction."""

    report: ReportIn
    place: FaultPlace
    text: str  # masked; the service's name where nothing was described
    language: Language
    area_id: str | None
    danger: bool
    page: str  # where the customer reads the answer
    text_hash: str
    now: datetime

    @property
    def key(self) -> str:
        """The same for the same report at the same moment: two of them cannot both be new."""
        window = int(self.now.timestamp() // SAME_WITHIN.total_seconds())
        return f"{BY}-{self.text_hash[:40]}-{window}"


def take(at: Doors, report: ReportIn, area_id: str | None, asked: Language, page: str) -> Taken:
    """A ticket for the report, committed; for one that came within ten minutes the same ticket.

    `area_id` is the municipality that the client named; else the address tells it. The secret is
    told with the new ticket alone: what is reported is public, and anybody could send it again.
    """
    seen = _seen(at, report, area_id, asked, page)
    try:
        return _keep(at, seen)
    except IntegrityError:
        return _keep(at, seen)


def _seen(at: Doors, report: ReportIn, area_id: str | None, asked: Language, page: str) -> _Seen:
    place = FaultPlace.of(report)
    with at.desk.reading() as session:
        told = (
            report.description or names(session, [report.service_code], asked)[report.service_code]
        )
        area_id = area_id or known_municipality(
            session, at.desk.finder().places.codes(place.address or told)
        )
    text = mask(told).text
    language = identify(text, asked).language
    identity = (report.service_code, told, place.kept, report.email or "", report.phone or "")
    return _Seen(
        report=report,
        place=place,
        text=text,
        language=language,
        area_id=area_id,
        danger=endangered(at.desk, text, language),
        page=page,
        text_hash=at.desk.keys.text_hash("\0".join(identity)),
        now=at.desk.now(),
    )


def _keep(at: Doors, seen: _Seen) -> Taken:
    """One transaction: the report, its ticket, and what is answered."""
    with at.desk.writing() as session:
        known = _known(session, seen)
        if known is not None:
            return Taken(known.code, known.due_at, answered_by(known, seen.language))
        conversation = conversations.begin(
            session, language=seen.language, place=Place(seen.area_id, PAGE), now=seen.now
        )
        turn = turns.begin(
            session,
            conversation,
            message_id=seen.key,
            text=seen.text,
            text_hash=seen.text_hash,
            now=seen.now,
        )
        hand = fallback.unheard(session, turn, at.desk)
        ticket = tickets.take(session, conversation, _matter(hand, seen), now=seen.now).ticket
        notice = _notice(hand, ticket, seen)
        closing = Closing(Handover(ticket.id), tuple(Reply(one).stored() for one in notice), BY)
        turns.close(session, turn, closing, now=seen.now)
        _keep_beside(hand, ticket, seen.report)
        return Taken(ticket.code, ticket.due_at, at.desk.keys.tell("\n".join(notice), ticket.code))


def _known(session: Session, seen: _Seen) -> Ticket | None:
    return session.scalars(
        select(Ticket)
        .join(Turn, Turn.ticket_id == Ticket.id)
        .where(
            Turn.conversation_id == Ticket.conversation_id,
            Turn.text_hash == seen.text_hash,
            Turn.closed_by == BY,
            Turn.opened_at > seen.now - SAME_WITHIN,
        )
        .order_by(Ticket.id.desc())
        .limit(1)
    ).first()


def _matter(hand: Hand, seen: _Seen) -> Matter:
    other = other_language_of(hand, seen.danger)
    tags = [BY, *(["danger"] if seen.danger else []), *([f"{LANGUAGE}{other}"] if other else [])]
    return Matter(
        seen.text,
        "danger" if seen.danger else BY,
        seen.report.service_code,
        tags=tuple(tags),
        place=seen.place.kept,
    )


def _notice(hand: Hand, ticket: Ticket, seen: _Seen) -> list[str]:
    """Who answers and when; 112 first, where somebody may be in danger."""
    t = texts("open311", seen.language)
    code = t["code_and_secret"].format(code=ticket.code, secret=SECRET_PLACE, page=seen.page)
    first = [hand.say("utter_danger")] if seen.danger else []
    return [*first, say_about(hand, "utter_handover", ticket), code]


def _keep_beside(hand: Hand, ticket: Ticket, report: ReportIn) -> None:
    """What is not public: the way back to the customer, and the address of a picture."""
    for given in _contacts(report):
        keep_contact(hand, ticket, given)
    if report.media_url:
        say(
            hand.session,
            hand.conversation,
            author="customer",
            text=mask(report.media_url).text,
            now=hand.now,
            turn_id=hand.turn.id,
            ticket_id=ticket.id,
        )


def _contacts(report: ReportIn) -> list[Contact]:
    """Those of the fields; where they hold none that works, one written in the description."""
    fields = [contact(one) for one in (report.email, report.phone) if one]
    return [one for one in fields or [contact(report.description or "")] if one is not None]


def answered_by(ticket: Ticket, language: Language) -> str:
    """What everybody may know of the desk's promise."""
    due = local_time(ticket.due_at, language)
    return texts("open311", language)["answered_by"].format(due=due)
