"""How a matter stands, for who keys in its code; and a talk that goes on from another door."""

from __future__ import annotations

from starlette.exceptions import HTTPException

from api.phone_answer import FOR_EYES
from api.phone_matter import person, subject_spoken
from api.phone_talk import Line, Next, Place, Question
from api.phone_words import shortly, spoken
from api.ticket_state import told_state
from desk import calls, passing
from desk.customers import last_answer, shown_writer
from desk.errors import CodeUnknown, TicketUnknown
from desk.models import Ticket
from desk.passing import DIGITS as PASS_DIGITS
from desk.secrets import SECRET_LENGTH, normal_ticket_code

CODE_DIGITS = 7
MOST_TRIES = 3  # in one call; over calls the desk's own limit stands
LONGEST = 1_200  # characters of an answer that is read out


def _ask_code(line: Line) -> Question:
    return Question(line.t("ask_code"), keys=CODE_DIGITS, timeout=12)


def _hear_code(line: Line, digits: str) -> Next | None:
    if _tried_out(line):
        return _refused(line)
    if normal_ticket_code(digits) is None:
        return _wrong(line, "wrong_code", "code")
    line.state["code"] = digits
    return Next("pin")


def _ask_pin(line: Line) -> Question:
    return Question(line.t("ask_pin"), keys=SECRET_LENGTH, timeout=12)


def _hear_pin(line: Line, digits: str) -> Next | None:
    if _tried_out(line):
        return _refused(line)
    code = line.state.get("code", "")
    try:
        with line.guesses.one(_who(line), code):
            ticket = calls.by_pin(line.session, line.desk.keys, code, digits)
    except TicketUnknown:
        return _wrong(line, "unknown", "code")
    except HTTPException:
        return _refused(line)
    line.state.update(case=ticket.id, ticket=ticket.id)
    line.call.conversation_id = line.call.conversation_id or ticket.conversation_id
    return Next("case", tuple(_standing(line, ticket)))


def _wrong(line: Line, name: str, at: str) -> Next:
    line.state["tries"] = int(line.state.get("tries", 0)) + 1
    return _refused(line) if _tried_out(line) else Next(at, (line.t(name),))


def _tried_out(line: Line) -> bool:
    """Whether the call has had its wrong tries, though a right one or a ticket came between."""
    return int(line.state.get("tries", 0)) >= MOST_TRIES


def _refused(line: Line) -> Next:
    after = person(line, "not_understood")
    return Next(after.at, (line.t("too_many"), *after.says))


def _who(line: Line) -> str:
    """Counts a caller's guesses over calls, without their number."""
    return line.desk.keys.call_key("guess", line.caller) if line.caller else ""


# --- the matter ---


def _standing(line: Line, ticket: Ticket) -> list[str]:
    state = told_state(line.session, ticket, line.language, now=line.now)
    sentences = (FOR_EYES.sub("", one) for one in state.next)
    told = (spoken(one, line.language) for one in sentences)
    return [subject_spoken(line, ticket), *(one for one in told if one)]


def _case(line: Line) -> Ticket:
    return line.session.get_one(Ticket, line.state["case"])


def _ask_case(line: Line) -> Question:
    answered = last_answer(line.session, _case(line)) is not None
    asks = [*(["case_answer"] if answered else []), "case_other"]
    return Question(" ".join(line.t(one) for one in asks))


def _hear_case(line: Line, digits: str) -> Next | None:
    if digits == "3":
        return _to_main(line)
    ticket = _case(line)
    answer = last_answer(line.session, ticket)
    if digits != "1" or answer is None:
        return None
    writer = shown_writer(line.session, answer) or line.t("desk_name")
    text = shortly(answer.text, line.language, LONGEST)
    return Next("case", (line.t("answer", writer=writer, text=text),))


def _to_main(line: Line) -> Next:
    """What is told from here on is another matter, in a talk of its own."""
    line.state.pop("case", None)
    line.call.conversation_id = None
    return Next("main")


# --- from another door ---


def _ask_pass_code(line: Line) -> Question:
    return Question(line.t("ask_pass"), keys=PASS_DIGITS, timeout=12)


def _hear_pass_code(line: Line, digits: str) -> Next | None:
    if _tried_out(line):
        return _refused(line)
    try:
        with line.guesses.pass_code(_who(line), digits):
            conversation = _passed(line, digits)
    except TicketUnknown:
        return _wrong(line, "pass_unknown", "pass_code")
    except HTTPException:
        return _refused(line)
    line.call.conversation_id = conversation
    return Next("listen", (line.t("passed"),))


def _passed(line: Line, digits: str) -> str:
    """Raises TicketUnknown, which is what a wrong guess is counted by."""
    try:
        found = passing.take(line.session, line.desk.keys, digits, channel="phone", now=line.now)
    except CodeUnknown:
        raise TicketUnknown from None
    return found.id


PLACES = {
    "code": Place(_ask_code, _hear_code),
    "pin": Place(_ask_pin, _hear_pin, back=lambda line: Next("code")),
    "case": Place(_ask_case, _hear_case, back=_to_main, rests=True),
    "pass_code": Place(_ask_pass_code, _hear_pass_code),
}
