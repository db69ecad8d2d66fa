"""Why a message was answered as it was, as the staff's page shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from api.contract import Language
from api.doors import Doors
from api.page_texts import texts
from api.staff_views import ticket_by_code
from api.why import why_answered
from api.why_contract import ConsideredOut, EvidenceOut, WhyOut
from desk import turns
from desk.errors import TicketUnknown
from desk.models import Turn

# What decided -> the text that says it; the desk's own reasons have texts of theirs.
DECIDED_BY = {
    "action_find_service": "by_search",
    "municipality_told": "by_place",
    "first_look": "by_first_look",
} | {
    f"action_{name}": text
    for text, names in {
        "by_chosen": ("choose_option", "affirm", "deny", "none_of_these"),
        "by_fact": (
            *("service_hours", "service_place", "service_price"),
            *("how_to_apply", "what_to_bring", "processing_time"),
        ),
        "by_request": (
            *("call_back", "feedback", "complaint", "invoice", "emergency", "threat"),
            *("hand_over", "ticket_status", "other_language"),
        ),
        "by_talk": (
            *("switch_language", "repeat", "start_over", "not_a_question", "greet", "thanks"),
            *("goodbye", "about_desk", "chitchat", "abuse"),
        ),
    }.items()
    for name in names
}
# How an index reads, by what its name begins with.
READS = {
    "vectors": "share_meaning",
    "lemmas": "share_words",
    "ngrams": "share_letters",
    "demand": "share_demand",
}


@dataclass(frozen=True)
class Considered:
    """One service in the list, in percent."""

    name: str
    percent: int | None  # none: the customer named it
    today: int | None  # where it is another today


@dataclass(frozen=True)
class WhyView:
    code: str
    why: WhyOut
    decided_by: str
    considered: list[Considered]
    first: ConsideredOut | None  # that the search put first, and can still tell why
    shares: dict[str, int]  # what speaks for the first, by the name of a text, in percent


def why_view(at: Doors, code: str, number: int | None, language: Language) -> WhyView:
    """Why the message of this number was answered so, without one the message that made the ticket.

    Raises TicketUnknown where there is no such ticket or message.
    """
    with at.desk.reading() as session:
        ticket = ticket_by_code(session, code)
        opened = session.scalar(select(func.min(Turn.id)).where(Turn.ticket_id == ticket.id))
        numbers = turns.numbers(session, ticket.conversation_id)
    asked = number or numbers.get(opened or 0)
    found = why_answered(at, ticket.conversation_id, asked, language) if asked else None
    if found is None:
        raise TicketUnknown(code)
    first = next(iter(found.services), None)
    told = first if first is not None and first.evidence and not first.chosen else None
    return WhyView(
        code=code,
        why=found,
        decided_by=_decided_by(found.decided.by or "", language),
        considered=[_considered(one) for one in found.services],
        first=told,
        shares=_shares(told.evidence if told else ()),
    )


def _decided_by(by: str, language: Language) -> str:
    t = texts("staff", language)
    known = t.get(DECIDED_BY.get(by, f"reason_{by}"))
    return known or t["by_other"].format(by=by)


def _considered(one: ConsideredOut) -> Considered:
    then = round(100 * one.probability)
    today = round(100 * one.today) if one.today is not None else None
    percent = None if one.chosen else then
    return Considered(one.name, percent, today if today not in (percent, None) else None)


def _shares(evidence: Iterable[EvidenceOut]) -> dict[str, int]:
    summed = dict.fromkeys(READS.values(), 0.0)
    for one in evidence:
        summed[READS[one.index.split("_")[0]]] += one.share
    return {text: round(100 * share) for text, share in summed.items()}
