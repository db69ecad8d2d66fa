"""How the desk asks which service is meant: by a fact that settles it, else by the names."""

from __future__ import annotations

from actions.hand import Decision, Hand
from actions.pointing import Offered
from actions.replies import Reply
from catalog.card import names, only_in
from catalog.facets import Facet, facets
from catalog.find import Found
from desk.conversations import Pending
from desk.outcomes import MOST_CHOICES, Choice, Clarify

QUESTIONS: dict[Facet, str] = {"whom": "utter_ask_whom", "aim": "utter_ask_aim"}


def offered(hand: Hand, found: tuple[Found, ...]) -> tuple[Offered, ...]:
    """The first services that can be asked about.

    Of services with one name the likelier is offered: nobody can choose between two buttons alike.
    """
    titles = names(hand.session, [one.service_id for one in found], hand.language)
    likeliest: dict[str, Offered] = {}
    for one in found:
        title = titles.get(one.service_id)
        if title is not None:
            likeliest.setdefault(title.casefold(), Offered(one.service_id, title, title))
    return tuple(likeliest.values())[:MOST_CHOICES]


def ask(hand: Hand, offers: tuple[Offered, ...], misses: int) -> Decision:
    """One short question between these services, one at least."""
    facet = facets().separating([one.service_id for one in offers])
    if facet is not None:
        buttons = tuple(_button(hand, one, facet) for one in offers)
        return _asked(hand, QUESTIONS[facet], offers, buttons, misses)
    choices = tuple(Choice(one.name, one.name, one.service_id) for one in offers)
    question = "utter_which" if len(choices) > 1 else "utter_is_it_this"
    return _asked(hand, question, offers, choices, misses)


def ask_where(hand: Hand) -> Decision | None:
    """Which of the services of one name, where the customer's municipality tells them apart."""
    found = hand.found.services
    titles = names(hand.session, [one.service_id for one in found], hand.language)
    name = titles.get(found[0].service_id, "")
    alike = [one.service_id for one in found if titles.get(one.service_id) == name]
    places: dict[str, str] = {}
    for service_id in alike:
        where = ", ".join(only_in(hand.session, service_id, hand.language))
        places.setdefault(where or hand.say("utter_elsewhere"), service_id)
    if not 1 < len(places) <= MOST_CHOICES:
        return None
    offers = tuple(Offered(one, name, place) for place, one in places.items())
    choices = tuple(Choice(place, place, service_id) for place, service_id in places.items())
    return _asked(hand, "utter_ask_where", offers, choices, hand.pending.misses)


def _button(hand: Hand, one: Offered, facet: Facet) -> Choice:
    """The fact and the service's name: the fact is said in a few broad words ("get advice")."""
    fact = hand.say(f"utter_{facet}_{facets().of(one.service_id, facet)}")
    title = hand.say("utter_fact_and_service", fact=fact, service=one.name)
    return Choice(title, one.name, one.service_id)


def _asked(
    hand: Hand,
    question: str,
    offers: tuple[Offered, ...],
    choices: tuple[Choice, ...],
    misses: int,
) -> Decision:
    kept = tuple(
        {"title": choice.title, "service_id": choice.service_id, "name": one.name}
        for choice, one in zip(choices, offers, strict=True)
    )
    hand.await_next(Pending(choices=kept, misses=misses))
    none = hand.say("utter_none_of_these")
    return Decision(Clarify(choices), (Reply(hand.say(question), (*choices, Choice(none, none))),))
