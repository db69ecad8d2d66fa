"""The telephone's core: one event of a call in, what the line does next out. No provider's words.

Each event comes with the number of the step that it answers. The same event told again gets the
same answer and moves nothing; an older one is refused (CallUnknown).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.contract import LONGEST_MESSAGE, ChatIn, ChatOut, Language
from api.doors import Doors
from api.guessing import Guesses
from api.letters import Letter, Refused
from api.phone_answer import TEXTS, can_text, text_message
from api.phone_dialogue import FIRST, next_of, step_of, words_of
from api.phone_matter import NUMBER_PLACE, PIN_PLACE, WEB_PLACE
from api.phone_steps import (
    Began,
    Event,
    Hangup,
    Keys,
    Redirect,
    Say,
    Silence,
    Step,
    restored,
    stored,
)
from api.phone_talk import Line, both
from api.phone_words import digit_by_digit, number_spoken, spelt
from api.sms import TextMessages
from catalog.spoken_map import Menu, spoken_map
from desk import calls, contacts
from desk.door_records import Call
from desk.errors import CallUnknown, DeskError
from desk.models import Ticket
from desk.secrets import Keys as DeskKeys

MOST_SEEN = 300  # requests of one call that are remembered
SMS_WAIT = 5.0  # seconds of silence on the line
MOST_WAITS = 4  # times that a line is asked to wait for a database that is away


@dataclass(frozen=True)
class Ring:
    """Which call, which step of it an event answers, and by which request."""

    key: str  # the keyed hash of the provider's own name of the call
    step: int
    nonce: str  # the same for the same request alone: its signature
    caller: str | None = None
    waited: int = 0  # how often the line has been asked to wait at this step


@dataclass
class Told:
    """What was said to the desk before the transaction, and what came of it."""

    chat: ChatOut | None = None
    sent: bool | None = None


@dataclass
class Phone:
    """Takes the events of calls; made once for an application."""

    at: Doors
    guesses: Guesses
    maps: dict[tuple[int, str], Menu] = field(default_factory=dict)

    async def hear(self, ring: Ring, event: Event) -> tuple[Step, int]:
        """What the line does next, and the number of the step that its answer will be of.

        Raises CallUnknown for a call that never began and for an event that is over.
        """
        try:
            return await self._hear(ring, event)
        except CallUnknown:
            raise
        except (SQLAlchemyError, DeskError):
            # The database is away, or nobody may own a ticket: the caller stays on the line.
            if ring.waited >= MOST_WAITS:
                return Hangup(both("in_trouble")), ring.step
            return Redirect(both("one_moment")), ring.step

    async def ended(self, key: str) -> None:
        """The caller has hung up: nothing more of this call is taken."""
        await self.at.work(self._end, key)

    def _end(self, key: str) -> None:
        with self.at.desk.writing() as session:
            try:
                call = calls.held(session, key)
            except CallUnknown:
                return
            call.state = call.state | {"at": "ended"}

    async def _hear(self, ring: Ring, event: Event) -> tuple[Step, int]:
        again, text = await self.at.work(self._before, ring, event)
        if again is not None:
            return again
        told = Told()
        if text is not None:
            told.chat = await self._take(ring, text)
        elif isinstance(event, Keys) and event.digits == "2":
            told.sent = await self._send_text(ring)
        return await self.at.work(self._decide, ring, event, told)

    # --- before ---

    def _before(self, ring: Ring, event: Event) -> tuple[tuple[Step, int] | None, str | None]:
        """The answer given already, or the words that go to the desk first, with their place."""
        with self.at.desk.writing() as session:
            now = self.at.desk.now()
            if isinstance(event, Began) and ring.step == 0:
                call = self._begun(session, ring)
            else:
                call = calls.held(session, ring.key)
            again = self._said_already(session, call, ring)
            if again is not None:
                return again, None
            text = words_of(call.state, event)
            if text is not None:
                calls.conversation_of(session, call, now=now)
            return None, text

    def _begun(self, session: Session, ring: Ring) -> Call:
        now = self.at.desk.now()
        try:
            call = calls.begin(session, ring.key, now=now)
        except CallUnknown:
            return calls.held(session, ring.key)
        call.state = {"step": 0, "at": FIRST, "misses": 0, "seen": []}
        session.flush()
        return call

    def _said_already(self, session: Session, call: Call, ring: Ring) -> tuple[Step, int] | None:
        """The last answer, where this request or another for the same step came before.

        Raises CallUnknown for an older one, a future one, and one of a call that has ended.
        """
        state = call.state
        last = state.get("last")
        if last is not None and (ring.nonce == state["seen"][-1] or ring.step == state["step"] - 1):
            return self._filled(session, call, restored(last)), state["step"]
        if ring.nonce in state["seen"] or ring.step != state["step"] or state["at"] == "ended":
            raise CallUnknown
        return None

    async def _take(self, ring: Ring, text: str) -> ChatOut:
        conversation, language = await self.at.work(self._conversation, ring.key)
        message_id = hashlib.sha256(f"{ring.key}/{ring.step}".encode()).hexdigest()
        return await self.at.front.take(
            ChatIn(
                conversation_id=conversation,
                message_id=message_id,
                text=text[:LONGEST_MESSAGE],
                language=language,
                municipality=None,
                page=None,
            )
        )

    def _conversation(self, key: str) -> tuple[str | None, Language]:
        with self.at.desk.reading() as session:
            call = calls.held(session, key)
            return call.conversation_id, "sv" if call.language == "sv" else "fi"

    async def _send_text(self, ring: Ring) -> bool | None:
        """Whether the text message went out; none where none is to be sent here."""
        letter = await self.at.work(self._letter, ring)
        if letter is None:
            return None
        texts = TextMessages.through(self.at.settings, wait=SMS_WAIT)
        try:
            await texts.carry(letter)
        except Refused:
            return False
        finally:
            await texts.close()
        return True

    def _letter(self, ring: Ring) -> Letter | None:
        with self.at.desk.writing() as session:
            call = calls.held(session, ring.key)
            line = self._line(session, call, ring, Silence(), Told())
            text = text_message(line) if line.state["at"] == "service" else None
            if text is None or not can_text(line) or line.number is None:
                return None
            call.state = call.state | {TEXTS: int(call.state.get(TEXTS, 0)) + 1}
            uid = hashlib.sha256(f"{ring.key}/{ring.step}".encode()).hexdigest()[:32]
            return Letter(uid, line.number, line.language, "", text, line.now)

    # --- the decision ---

    def _decide(self, ring: Ring, event: Event, told: Told) -> tuple[Step, int]:
        with self.at.desk.writing() as session:
            call = calls.held(session, ring.key)
            again = self._said_already(session, call, ring)
            if again is not None:
                return again
            line = self._line(session, call, ring, event, told)
            step = step_of(line, next_of(line))
            line.state["step"] = ring.step + 1
            line.state["last"] = stored(step)
            line.state["seen"] = [*line.state["seen"], ring.nonce][-MOST_SEEN:]
            call.state, call.seen_at = line.state, line.now
            session.flush()
            return self._filled(session, call, step), line.state["step"]

    def _line(self, session: Session, call: Call, ring: Ring, event: Event, told: Told) -> Line:
        return Line(
            session=session,
            call=call,
            state=dict(call.state),
            event=event,
            caller=ring.caller,
            desk=self.at.desk,
            settings=self.at.settings,
            guesses=self.guesses,
            menu=self._map(session, "sv" if call.language == "sv" else "fi"),
            now=self.at.desk.now(),
            told=told.chat,
            sent=told.sent,
        )

    def _map(self, session: Session, language: Language) -> Menu:
        key = (self.at.desk.finder().revision, language)
        if key not in self.maps:
            say = self.at.desk.replies.say
            made = spoken_map(session, language, lambda aim: say(f"utter_aim_{aim}", language))
            self.maps = {old: one for old, one in self.maps.items() if old[0] == key[0]}
            self.maps[key] = made
        return self.maps[key]

    def _filled(self, session: Session, call: Call, step: Step) -> Step:
        """The step with the secrets of its ticket in their places."""
        ticket = session.get(Ticket, call.state.get("ticket") or 0)
        if ticket is None:
            return step
        return replace(step, says=tuple(_fill(self.at.desk.keys, ticket, one) for one in step.says))


def _fill(keys: DeskKeys, ticket: Ticket, one: Say) -> Say:
    told = {
        PIN_PLACE: digit_by_digit(keys.ticket_pin(ticket.code), one.language),
        WEB_PLACE: spelt(keys.ticket_secret(ticket.code), one.language),
        NUMBER_PLACE: number_spoken(contacts.number(ticket) or "", one.language),
    }
    text = one.text
    for place, words in told.items():
        text = text.replace(place, words)
    return replace(one, text=text)
