"""Which service is it: answer, ask, or take the matter."""

from __future__ import annotations

from actions.answering import is_place, together
from actions.asking import ask, ask_where, offered
from actions.hand import Decision, Hand
from actions.handover import hand_over
from actions.life_events import tell_event
from actions.replies import Reply
from actions.service import tell_service
from actions.two_needs import tell_both
from actions.words import WORD
from catalog.card import only_in
from catalog.find import Found
from desk import tickets
from desk.conversations import Pending
from desk.outcomes import MOST_CHOICES, Choice, Clarify

# By the expected cost to the customer (docs/decisions): a wrong answer costs more than a question,
# and a question that does not help costs a click where a ticket costs a working day's wait.
ANSWER_FROM = 0.50
ASK_FROM = 0.12  # that one of the three shown is right
ANSWER_FROM_WHEN_TAKEN = 0.70  # likewise: what is said next is mostly about that matter
ASK_FROM_WHEN_TAKEN = 0.30  # the desk has a matter already, and this is likelier about it
MISSES_BEFORE_TICKET = 1
FEW_WORDS = 3
NEW_FROM = 0.5  # a short reply that is likely to find something by itself tells a new need


def find_service(hand: Hand) -> Decision:
    """A life event's steps where one is told; else answers when one service is likely enough, asks
    when one of three is, else hands over."""
    chain = tell_event(hand)
    if chain is not None:
        return chain
    if hand.found.needs:
        return tell_both(hand)
    found = hand.found.services
    if _is_sure(hand):
        return tell_service(hand, found[0].service_id)
    replied = _read_together(hand)
    if replied is not None:
        return replied
    if not found or not hand.found.understood:
        return hand_over(hand, "not_understood") if has_open_ticket(hand) else ask_again(hand)
    if found[0].score >= _answer_from(hand) and (asked := ask_where(hand)) is not None:
        return asked
    if _likely(found) >= _ask_from(hand):
        return ask_which(hand, found)
    if _says_little(hand):
        return ask_open(hand, "utter_tell_more")
    return hand_over(hand, "unsure")


def _is_sure(hand: Hand) -> bool:
    """Whether the message by itself finds a service that is likely enough."""
    if not hand.found.services or not hand.found.understood:
        return False
    if hand.together.services and is_place(hand):
        return False
    return _answers(hand, hand.found.services[0])


def _answers(hand: Hand, one: Found) -> bool:
    return one.score >= _answer_from(hand) and not _of_one_place(hand, one.service_id)


def _read_together(hand: Hand) -> Decision | None:
    """What a short reply to the desk's question means with it; none where it is no such reply, or
    rather tells something new."""
    found, offered_first = hand.together.services, together(hand)
    sure = [one for one in offered_first if _answers(hand, one)]
    if sure:
        return tell_service(hand, sure[0].service_id)
    if not offered_first or _likely(hand.found.services) >= max(NEW_FROM, _likely(found)):
        return None
    if hand.pending.misses >= MISSES_BEFORE_TICKET or _likely(found) < _ask_from(hand):
        return hand_over(hand, "none_fits")
    return ask_which(hand, found, misses=hand.pending.misses + 1)


def _likely(found: tuple[Found, ...]) -> float:
    """How likely one of those that can be asked about is meant, 0 to 1."""
    return sum(one.score for one in found[:MOST_CHOICES])


def _of_one_place(hand: Hand, service_id: str) -> bool:
    """Whether it is for one place's people, while nobody knows where this customer lives.

    "Jag vill gå i gymnasiet" must not be answered with the upper secondary school of one town.
    """
    if hand.conversation.municipality_id is not None:
        return False
    return bool(only_in(hand.session, service_id, hand.language))


def _answer_from(hand: Hand) -> float:
    return ANSWER_FROM_WHEN_TAKEN if has_open_ticket(hand) else ANSWER_FROM


def _ask_from(hand: Hand) -> float:
    return ASK_FROM_WHEN_TAKEN if has_open_ticket(hand) else ASK_FROM


def _says_little(hand: Hand) -> bool:
    """A word or two may mean many things: one question costs the customer less than a wait."""
    few = len(WORD.findall(hand.turn.text)) <= FEW_WORDS
    return few and not has_open_ticket(hand) and hand.pending.misses < MISSES_BEFORE_TICKET


def has_open_ticket(hand: Hand) -> bool:
    """Whether the desk has the matter already: what is unclear then belongs to it.

    After "isä ei hengitä", "tuliko apu jo" must not meet "tell me more".
    """
    latest = tickets.latest_of(hand.session, hand.conversation)
    return latest is not None and latest.stage == "open"


def ask_which(hand: Hand, found: tuple[Found, ...], misses: int | None = None) -> Decision:
    """One short question: the first of these services, or none of them."""
    offers = offered(hand, found)
    if not offers:
        return hand_over(hand, "service_gone")
    return ask(hand, offers, hand.pending.misses if misses is None else misses)


def ask_again(hand: Hand) -> Decision:
    """What is not understood is asked once in other words; the second time the desk takes it."""
    if hand.pending.misses >= MISSES_BEFORE_TICKET:
        return hand_over(hand, "not_understood")
    return ask_open(hand, "utter_say_again")


def ask_open(hand: Hand, question: str) -> Decision:
    """An open question, with a person as the way out."""
    hand.await_next(Pending(misses=hand.pending.misses + 1))
    person = hand.say("utter_to_a_person")
    choice = Choice(person, person)
    return Decision(Clarify((choice,)), (Reply(hand.say(question), (choice,)),))
