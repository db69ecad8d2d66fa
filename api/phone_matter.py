"""A matter that the desk takes on the telephone: a person, a ticket, a number, a time to ring."""

from __future__ import annotations

from datetime import datetime

from api.phone_talk import Line, Next, Place, Question
from api.phone_words import code_spelt, day_and_time_spoken, spoken
from catalog.phones import e164
from desk import callbacks, calls, contacts, customers
from desk.callbacks import Slot
from desk.customers import shown_owner
from desk.errors import NoNumber, ReopenTooLate, SlotTaken, TicketClosed
from desk.models import Ticket
from desk.promised import is_late
from desk.tickets import Matter

SLOTS = 3
PHONE_DIGITS = 18
# Stand for what the desk derives or a ticket holds; a call's state must not hold it too.
PIN_PLACE, WEB_PLACE, NUMBER_PLACE = "[[pin]]", "[[secret]]", "[[number]]"


def person(line: Line, reason: str) -> Next:
    """A person at once where one is on shift, else a ticket and a call back."""
    number = line.settings.phone_person
    tried = line.state.get("dialled", False)
    if number and not tried and calls.somebody_on_shift(line.session, now=line.now):
        line.state.update(dialled=True, reason=reason)
        return Next("dialling", (line.t("connecting"),))
    return to_ticket(line, reason)


def to_ticket(line: Line, reason: str) -> Next:
    """The caller's matter is a ticket: the one they asked about, or a new one."""
    asked = _asked_about(line)
    if asked is not None:
        calls.wants_a_call(asked)
        return _ring_back(line, asked, (_added(line, asked),))
    matter = Matter(
        subject=calls.subject(line.session, line.call, line.t("subject_unknown")),
        reason=reason,
        service_id=line.state.get("service"),
    )
    taken = calls.take(line.session, line.call, matter, now=line.now)
    return tell_ticket(line, taken.ticket, new=taken.new)


def _asked_about(line: Line) -> Ticket | None:
    """The matter whose code was keyed in, with the wish for a person in it."""
    if not line.state.get("case"):
        return None
    ticket = line.session.get_one(Ticket, line.state["case"])
    try:
        customers.reopen(line.session, ticket, line.t("wants_call"), now=line.now)
    except ReopenTooLate:
        return None
    return ticket


def tell_ticket(line: Line, ticket: Ticket, *, new: bool) -> Next:
    """Who has it and by when, its code and number twice; then how to reach the caller."""
    owner, due = shown_owner(ticket, line.language), _due(line, ticket)
    danger = (line.t("danger"),) if ticket.reason == "danger" else ()
    if not new:
        return _ring_back(line, ticket, (*danger, _added(line, ticket)))
    taken = line.t("taken", owner=owner, due=due)
    return _ring_back(line, ticket, (*danger, taken, _code(line, ticket)))


def _ring_back(line: Line, ticket: Ticket, said: tuple[str, ...]) -> Next:
    line.state["ticket"] = ticket.id
    if contacts.number(ticket) is None:
        return Next("number", said)
    after = _times(line, ticket)
    return Next(after.at, (*said, *after.says))


def _added(line: Line, ticket: Ticket) -> str:
    code = code_spelt(ticket.code, line.language)
    owner = shown_owner(ticket, line.language)
    name = "added_late" if is_late(ticket, line.now) else "added"
    return line.t(name, code=code, owner=owner, due=_due(line, ticket))


def _code(line: Line, ticket: Ticket) -> str:
    return line.t("code", code=code_spelt(ticket.code, line.language), pin=PIN_PLACE)


def _due(line: Line, ticket: Ticket) -> str:
    return day_and_time_spoken(ticket.due_at, line.language)


def _ticket(line: Line) -> Ticket:
    return line.session.get_one(Ticket, line.state["ticket"])


# --- a number ---


def _ask_number(line: Line) -> Question:
    return Question(line.t("number" if line.number else "number_unknown"))


def _hear_number(line: Line, digits: str) -> Next | None:
    if digits == "1" and line.number:
        return _keep(line, line.number)
    return {"2": Next("own_number"), "3": Next("bye")}.get(digits)


def _ask_own_number(line: Line) -> Question:
    return Question(line.t("own_number"), keys=PHONE_DIGITS, timeout=12)


def _hear_own_number(line: Line, digits: str) -> Next | None:
    number = e164(digits)
    return _keep(line, number) if number else Next("number", (line.t("no_number"),))


def _keep(line: Line, number: str) -> Next:
    ticket = _ticket(line)
    calls.keep_number(line.session, ticket, number, now=line.now)
    calls.wants_a_call(ticket)
    after = _times(line, ticket)
    return Next(after.at, (line.t("number_kept", number=NUMBER_PLACE), *after.says))


# --- a time ---


def _times(line: Line, ticket: Ticket) -> Next:
    if callbacks.booked(line.session, ticket) is not None:
        return Next("bye")
    free = callbacks.free(line.session, ticket, now=line.now, most=SLOTS)
    line.state["slots"] = [[one.starts_at.isoformat(), one.ends_at.isoformat()] for one in free]
    return Next("slot" if free else "bye")


def _slots(line: Line) -> list[Slot]:
    return [
        Slot(datetime.fromisoformat(begins), datetime.fromisoformat(ends))
        for begins, ends in line.state.get("slots", ())
    ]


def _ask_slot(line: Line) -> Question:
    named = [day_and_time_spoken(one.starts_at, line.language) for one in _slots(line)]
    named.append(line.t("slot_any"))
    told = [line.option(name, key) for key, name in enumerate(named, start=1)]
    return Question(" ".join([line.t("slot"), *told]))


def _hear_slot(line: Line, digits: str) -> Next | None:
    slots = _slots(line)
    at = int(digits) - 1 if digits.isdecimal() else -1
    if at == len(slots):
        return Next("bye")
    if not 0 <= at < len(slots):
        return None
    try:
        callbacks.book(line.session, _ticket(line), slots[at], now=line.now)
    except SlotTaken:
        after = _times(line, _ticket(line))
        return Next(after.at, (line.t("slot_taken"),))
    except (NoNumber, TicketClosed):
        return Next("bye")  # closed meanwhile, or the number taken away: nothing is left to book
    at_time = day_and_time_spoken(slots[at].starts_at, line.language)
    return Next("bye", (line.t("slot_booked", at=at_time),))


# --- the end ---


def _ask_bye(line: Line) -> Question:
    return Question(line.t("bye"))


def _hear_bye(line: Line, digits: str) -> Next | None:
    if digits == "1":
        return Next("bye", (_code(line, _ticket(line)),))
    if digits == "2":
        return Next("bye", (line.t("secret", secret=WEB_PLACE),))
    if digits == "3":
        # Another matter is another ticket: what was asked before has nothing to do with it.
        line.state.pop("service", None)
        return Next("listen" if line.settings.phone_speech else "main")
    return None


def subject_spoken(line: Line, ticket: Ticket) -> str:
    return line.t("case", subject=spoken(ticket.subject, line.language).rstrip("."))


PLACES = {
    "number": Place(_ask_number, _hear_number, back=lambda line: Next("bye"), rests=True),
    "own_number": Place(_ask_own_number, _hear_own_number, back=lambda line: Next("number")),
    "slot": Place(_ask_slot, _hear_slot, back=lambda line: Next("bye"), rests=True),
    "bye": Place(_ask_bye, _hear_bye, rests=True),
    "dialling": Place(),
    "ended": Place(),
}
