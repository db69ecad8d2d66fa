"""One message from door to answer: receive, ask the bot, and never leave it open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from actions import fallback
from actions.first_look import Given, settled_at_once
from actions.hand import Desk
from actions.searching import endangered
from api.bot_client import Bot, BotSilent
from api.contract import LONGEST_PAGE, ChatIn, ChatOut
from api.metrics import Metrics, TurnEnded
from api.pace import Pace
from api.pool import in_pool
from api.told import told
from catalog.areas import known_municipality, municipality_id
from catalog.language import identify
from catalog.personal_data import contact, mask
from catalog.places import Municipalities
from desk import conversations, turns
from desk.conversations import Place
from desk.models import Conversation, Turn

WORDS_BESIDE_CONTACT = 6  # "voit soittaa mulle numeroon …" is still only a contact
POLL = 0.05  # seconds between looks at a turn that another request is working on
ABANDONED_AFTER = timedelta(seconds=15)  # well over the bot's time limit


@dataclass(frozen=True)
class Received:
    """The message, kept: its turn, and whether anything is left to do."""

    turn_id: int
    sender: str
    text: str
    language: str
    new: bool
    closed: bool


@dataclass(frozen=True)
class FirstLook:
    """What is known of a message before anything is kept: its masked text, contact, danger."""

    text: str
    given: Given | None
    danger: bool


class FrontDesk:
    """Takes customers' messages; every one of them ends in an outcome."""

    def __init__(
        self, desk: Desk, bot: Bot, places: Callable[[], Municipalities], time_limit: float
    ) -> None:
        self._desk = desk
        self._bot = bot
        self._places = places
        self._time_limit = time_limit
        self.metrics = Metrics()
        self.pace = Pace()

    async def take(self, message: ChatIn, *, channel: str | None = None) -> ChatOut:
        """The answer to this message; to one that came before, the same answer again.

        `channel`, one of CHANNELS: the door that the message came in by, where the message itself
        may not say it (telephone, counter).

        Raises MessageIdReused when the message_id came with another text.
        """
        with self.pace.one():
            return await self._take(message, channel)

    async def _take(self, message: ChatIn, channel: str | None) -> ChatOut:
        began, given = time.perf_counter(), _given(message.text)
        received = await in_pool(self._desk.pool, self._receive, message, given, channel)
        if received.new and not received.closed:
            await self._decide(received)
        elif not received.closed:
            await self._await_other(received.turn_id)
        if given is not None:
            # Sent again too: the process may have died between the ticket and its contact.
            await in_pool(
                self._desk.pool,
                fallback.contact_for_turn,
                self._desk,
                received.turn_id,
                given.contact,
            )
        answer, door, by = await in_pool(self._desk.pool, self._told, received.turn_id)
        if received.new:
            spent = time.perf_counter() - began
            self.metrics.turn(TurnEnded(answer.outcome.kind, door, by, spent))
        return answer

    def _receive(
        self, message: ChatIn, given: Given | None, channel: str | None = None
    ) -> Received:
        """The message, kept once: where it came twice at the same moment, the first has it."""
        text = mask(message.text).text
        # Before the transaction: it takes a sentence vector, and on SQLite writers wait in line.
        first_look = FirstLook(text, given, endangered(self._desk, text, message.language or "fi"))
        try:
            return self._keep(message, first_look, channel)
        except IntegrityError:
            return self._keep(message, first_look, channel)

    def _keep(self, message: ChatIn, seen: FirstLook, channel: str | None) -> Received:
        """Transaction 1: the message is kept, masked; what needs no bot is settled."""
        text_hash = self._desk.keys.text_hash(message.text)
        with self._desk.writing() as session:
            turn = turns.known(session, message.message_id, text_hash)
            if turn is not None:
                return _received(session, turn, new=False)
            conversation = self._conversation(session, message, channel)
            turn = turns.begin(
                session,
                conversation,
                message_id=message.message_id,
                text=seen.text,
                text_hash=text_hash,
                now=self._desk.now(),
            )
            hand = fallback.unheard(session, turn, self._desk)
            settled_at_once(hand, seen.given, seen.danger)
            return _received(session, turn, new=True)

    def _conversation(self, session: Session, message: ChatIn, channel: str | None) -> Conversation:
        """The conversation named, or a new one: an id that is unknown by now begins afresh."""
        known = session.get(Conversation, message.conversation_id or "")
        prior = known.language if known else message.language
        language = identify(message.text, "sv" if prior == "sv" else "fi" if prior else None)
        municipality = self._municipality(session, message)
        if known is None:
            return conversations.begin(
                session,
                language=language.language,
                place=Place(municipality, _without_personal(message.page)),
                now=self._desk.now(),
                customer=message.customer or "public",
                channel=channel or message.channel or "web",
            )
        known.language = language.language
        known.municipality_id = municipality or known.municipality_id
        return known

    def _municipality(self, session: Session, message: ChatIn) -> str | None:
        """The area id of the one municipality that the page, else the text, names."""
        places = self._places()
        given = municipality_id(session, places, message.municipality or "")
        return given or known_municipality(session, places.codes(message.text))

    async def _decide(self, received: Received) -> None:
        """The bot's action closes the turn; where it does not, the desk does, with a ticket."""
        reason = "bot_no_action"
        try:
            async with asyncio.timeout(self._time_limit):
                await self._bot.turn(
                    sender=received.sender,
                    text=received.text,
                    turn_id=received.turn_id,
                    language=received.language,
                )
            self.pace.answered()
        except TimeoutError:
            reason = "bot_slow"
            self.pace.given_up()
        except BotSilent as silent:
            reason = silent.reason
            self.pace.given_up()
        await in_pool(self._desk.pool, fallback.take_over, self._desk, received.turn_id, reason)

    async def _await_other(self, turn_id: int) -> None:
        """The same message is being worked on by an earlier request: its outcome is ours."""
        try:
            async with asyncio.timeout(self._time_limit):
                # Another process may close it, so only the database can tell.
                while not await in_pool(self._desk.pool, self._closed, turn_id):
                    await asyncio.sleep(POLL)
        except TimeoutError:
            await in_pool(self._desk.pool, fallback.take_over, self._desk, turn_id, "bot_slow")

    async def settle_abandoned(self) -> int:
        """Turns whose process died between message and outcome get their ticket; says how many."""
        left = await in_pool(self._desk.pool, self._left_open)
        for turn_id in left:
            await in_pool(self._desk.pool, fallback.take_over, self._desk, turn_id, "abandoned")
        self.metrics.abandoned(len(left))
        return len(left)

    def _left_open(self) -> list[int]:
        with self._desk.reading() as session:
            return turns.left_open(session, self._desk.now() - ABANDONED_AFTER)

    def _closed(self, turn_id: int) -> bool:
        with self._desk.reading() as session:
            return session.get_one(Turn, turn_id).state == "closed"

    def _told(self, turn_id: int) -> tuple[ChatOut, str, str]:
        """The answer, the door that the talk began at, and what closed the turn."""
        with self._desk.reading() as session:
            turn = session.get_one(Turn, turn_id)
            conversation = session.get_one(Conversation, turn.conversation_id)
            answer = told(session, self._desk.keys, turn)
            return answer, conversation.channel, turn.closed_by or ""


def _given(text: str) -> Given | None:
    """The phone number or e-mail in a message, and whether the message is little else."""
    found = contact(text)
    if found is None:
        return None
    masked = mask(text)
    beside = len(masked.text.split()) - len(masked.found)
    return Given(found, alone=beside <= WORDS_BESIDE_CONTACT)


def _without_personal(page: str | None) -> str | None:
    """An address may carry what a form was sent with."""
    return mask(page).text[:LONGEST_PAGE] if page else None


def _received(session: Session, turn: Turn, *, new: bool) -> Received:
    conversation = session.get_one(Conversation, turn.conversation_id)
    return Received(
        turn_id=turn.id,
        sender=conversation.sender,
        text=turn.text,
        language=turn.language,
        new=new,
        closed=turn.state == "closed",
    )
