"""One message in one situation, through the desk's real code, and what it broke."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from zlib import crc32

from sqlalchemy import func, select

from actions import fallback
from actions.desk_action import settle
from actions.first_look import Given, settled_at_once
from actions.hand import Desk, Heard
from actions.searching import endangered
from catalog.find import NOTHING_FOUND, Findings, Found
from catalog.life_events import life_events
from catalog.personal_data import Contact, Masked, contact, mask
from desk import conversations, tickets, turns
from desk.conversations import Place, take_floor
from desk.models import Conversation, Ticket, Turn
from eval.proof.houses import GivenFinder, House, SearchBroken
from eval.proof.promises import broken_of_turn
from eval.proof.space import INSTANTS, LANGUAGES, TEXTS, TurnState, at_once
from eval.proof.world import Services, World, desk_at, finder_at

REASONS = {
    "slow": "bot_slow",
    "down": "bot_down",
    "wrong": "bot_wrong",
    "no_action": "bot_no_action",
    "search_broken": "bot_wrong",
    "late": "bot_slow",
}
FIRST = min(INSTANTS)  # what was said before a message was said before it
GONE = "00000000-0000-4000-8000-000000000000"  # no service has it


@dataclass(frozen=True)
class Opened:
    """A message that the desk has kept."""

    turn_id: int
    danger: bool
    settled: bool  # before any bot


@dataclass
class Trial:
    """The desk at one house, where messages are tried and undone."""

    house: House
    desk: Desk
    finder: GivenFinder
    services: Services
    actions: dict[str, str]  # intent -> action

    def broken(self, state: TurnState) -> list[str]:
        """The promises that break when this message comes; none, as it should be."""
        conversation_id = self._prepared(state)
        self.house.now = state.at
        self.finder.found = found(state, self.services)
        self.finder.broken = state.bot == "search_broken"
        try:
            with self.house.undone():
                return self._tried(conversation_id, state)
        finally:
            self.finder.broken = False

    def _tried(self, conversation_id: str, state: TurnState) -> list[str]:
        text = TEXTS[state.text][LANGUAGES.index(state.language)]
        with self.house.reading() as session:
            before = session.scalar(select(func.count()).select_from(Ticket)) or 0
        opened = self._open(conversation_id, text)
        self._decide(opened.turn_id, state)
        with self.house.reading() as session:
            turn = session.get_one(Turn, opened.turn_id)
            problems = list(broken_of_turn(session, turn, danger=opened.danger, before=before))
        if at_once(state.talk, state.text) and not opened.settled:
            problems.append("at once: a bot is asked about what needs none")
        return problems

    def _open(self, conversation_id: str, text: str) -> Opened:
        """As the door does: kept masked, and settled at once where no bot is needed."""
        masked, given = _read(text)
        danger = endangered(self.desk, masked.text, "fi")
        with self.house.writing() as session:
            turn = turns.begin(
                session,
                session.get_one(Conversation, conversation_id),
                message_id=uuid.uuid4().hex,
                text=masked.text,
                text_hash=self.desk.keys.text_hash(text),
                now=self.desk.now(),
            )
            hand = fallback.unheard(session, turn, self.desk)
            alone = Given(given, alone=True) if given is not None else None
            return Opened(turn.id, danger, settled=settled_at_once(hand, alone, danger))

    def _decide(self, turn_id: int, state: TurnState) -> None:
        """The bot's action closes the turn; where it does not, the desk does."""
        heard = Heard(turn_id, state.intent, state.confidence)
        action = self.actions[state.intent]
        if state.bot in ("fine", "search_broken"):
            try:
                settle(self.desk, action, heard)
            except SearchBroken:
                fallback.take_over(self.desk, turn_id, REASONS[state.bot])
        else:
            fallback.take_over(self.desk, turn_id, REASONS[state.bot])
        if state.bot == "late":
            settle(self.desk, action, heard)  # must find the turn closed, and change nothing
        fallback.take_over(self.desk, turn_id, "bot_no_action")

    def _prepared(self, state: TurnState) -> str:
        """A conversation in which all that came before has really been said; made once, the same
        whichever state comes first."""
        key = (state.talk, state.language, state.area, state.customer, state.channel)
        if key not in self.house.prepared:
            self.house.now, self.finder.broken = FIRST, False
            of = crc32(repr(key).encode()) % len(self.services.every)
            self.house.prepared[key] = self._talked(replace(state, service=self.services.every[of]))
        return self.house.prepared[key]

    def _talked(self, state: TurnState) -> str:
        with self.house.writing() as session:
            begun = conversations.begin(
                session,
                language=state.language,
                place=Place(state.area),
                now=self.desk.now(),
                customer=state.customer,
                channel=state.channel,
            )
            conversation_id = begun.id
        for step in BEFORE[state.talk]:
            step(self, conversation_id, state)
        return conversation_id

    def say(self, conversation_id: str, intent: str, text: str, wanted: Findings) -> None:
        self.finder.found = wanted
        opened = self._open(conversation_id, text)
        settle(self.desk, self.actions[intent], Heard(opened.turn_id, intent, 0.97))


def trial(house: House, of: World) -> Trial:
    """The desk at this house, ready to be tried."""
    finder = finder_at(house, of.services.every)
    desk = desk_at(house, finder)
    return Trial(house, desk, finder, of.services, dict(desk.rules))


type Step = Callable[[Trial, str, TurnState], None]


def _said(intent: str, what: str, text: str = "need") -> Step:
    def step(trial: Trial, conversation_id: str, state: TurnState) -> None:
        wanted = found(replace(state, found=what), trial.services)
        words = TEXTS[text][LANGUAGES.index(state.language)]
        trial.say(conversation_id, intent, words, wanted)

    return step


def _by_staff(do: Callable[..., None]) -> Step:
    def step(trial: Trial, conversation_id: str, state: TurnState) -> None:
        with trial.house.writing() as session:
            conversation = session.get_one(Conversation, conversation_id)
            ticket = tickets.latest_of(session, conversation)
            assert ticket is not None, state
            do(session, conversation, ticket, trial.desk.now())

    return step


_answered = _by_staff(lambda s, _, one, now: tickets.answer(s, one, one.owner, "…", now=now))
_closed = _by_staff(lambda s, _, one, now: tickets.close(s, one, one.owner, now=now))
_floor = _by_staff(lambda s, conversation, one, now: take_floor(conversation, one.owner))
_asked_for = _said("ask_person", "nothing")

BEFORE: dict[str, tuple[Step, ...]] = {
    "fresh": (),
    "asked": (_said("find_service", "several"),),
    "missed": (_said("find_service", "nothing", "junk"),),
    "offered": (_said("find_service", "sure"),),
    "told": (_said("find_service", "sure"), _said("thanks", "nothing", "yes")),
    "steps": (_said("find_service", "life_event"),),
    "taken": (_asked_for,),
    "reachable": (_asked_for, _said("find_service", "nothing", "contact")),
    "answered": (_asked_for, _answered),
    "closed": (_asked_for, _answered, _closed),
    "with_person": (_asked_for, _floor),
    "complaint": (_said("complaint", "weak"),),
}


@cache
def _read(text: str) -> tuple[Masked, Contact | None]:
    """What the desk makes of a wording before it keeps it; of a few wordings, so once each."""
    return mask(text), contact(text)


def found(state: TurnState, services: Services) -> Findings:
    """What the search has found in this state."""
    first = services.every.index(state.service)
    near = [services.every[(first + step) % len(services.every)] for step in range(5)]
    some = {
        "nothing": NOTHING_FOUND,
        "weak": _scored(near, (0.03, 0.02, 0.02)),
        "several": _scored(near, (0.22, 0.18, 0.11)),
        "sure": _scored(near, (0.93, 0.02, 0.01)),
        "one_place": _scored([services.of_one_place, *near], (0.93, 0.02)),
        "no_longer": _scored([GONE, *near], (0.93, 0.02)),
        "two_needs": replace(
            _scored(near, (0.6, 0.3)),
            needs=(_scored(near, (0.8,)).services, _scored(near[1:], (0.3, 0.2)).services),
        ),
    }
    if state.found in some:
        return some[state.found]
    events = sorted(life_events())
    return replace(_scored(near, (0.4, 0.2)), life_event=events[first % len(events)])


def _scored(ids: list[str], scores: tuple[float, ...]) -> Findings:
    pairs = zip(ids, scores, strict=False)
    return Findings(tuple(Found(one, score) for one, score in pairs), understood=True)
