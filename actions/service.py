"""A service, told: its card, its channels, and the desk's own offer."""

from __future__ import annotations

from actions.hand import Decision, Hand
from actions.handover import hand_over
from actions.replies import Reply, day_and_time
from catalog.card import Card, ChannelCard, card
from catalog.opening import OpenNow, Opens
from desk.conversations import Pending
from desk.outcomes import Answer, Choice

MOST_CHANNELS = 4
OLD_AFTER_YEARS = 1


def tell_service(hand: Hand, service_id: str) -> Decision:
    """The service's card in the customer's language; what replaced it, where it has ended."""
    shown = card_for(hand, service_id)
    if shown is None:
        return hand_over(hand, "service_gone")
    lead = []
    if shown.replaced_by and (today := card_for(hand, shown.replaced_by)):
        lead = [Reply(hand.say("utter_replaced", old=shown.name))]
        shown = today
    hand.conversation.topic_id = shown.id
    await_word(hand, shown)
    replies = [*lead, Reply(_text(hand, shown)), way_on(hand, shown)]
    return Decision(Answer(shown.id), tuple(replies))


def offer_to_find_out(hand: Hand, service_id: str, text: str) -> Decision:
    """An honest "not in the catalogue": the desk offers to find out."""
    hand.conversation.topic_id = service_id
    hand.await_next(Pending(offered=True, offer=service_id))
    return Decision(Answer(service_id), (Reply(text, yes_or_no(hand)),))


def yes_or_no(hand: Hand) -> tuple[Choice, ...]:
    titles = (hand.say("utter_take_it"), hand.say("utter_not_needed"))
    return tuple(Choice(title, title) for title in titles)


def card_for(hand: Hand, service_id: str) -> Card | None:
    """The service's card for this customer: their language, their municipality, now."""
    area_id = hand.conversation.municipality_id
    return card(hand.session, service_id, hand.language, now=hand.now, area_id=area_id)


def _text(hand: Hand, shown: Card) -> str:
    lines = [hand.say("utter_service", name=shown.name, summary=shown.summary).strip()]
    if shown.status == "ended" or shown.status_text:
        lines.append(shown.status_text or hand.say("utter_ended"))
    lines += where_and_who(hand, shown)
    if shown.language != hand.language and shown.language in ("fi", "sv"):
        wording = {"fi": "utter_text_in_finnish", "sv": "utter_text_in_swedish"}
        lines.append(hand.say(wording[shown.language]))
    if not shown.official:
        lines.append(hand.say("utter_text_unofficial"))
    if shown.dated and hand.now.year - shown.dated.year > OLD_AFTER_YEARS:
        lines.append(hand.say("utter_text_dated", year=str(shown.dated.year)))
    if shown.status == "current":
        lines += shown.promises
    if shown.status == "current" and shown.depends_on_place:
        lines.append(hand.say("utter_tell_municipality"))
    return "\n".join(lines)


def where_and_who(hand: Hand, shown: Card) -> list[str]:
    """Where the service is given, and who answers for it today; nothing where that is the desk."""
    lines = []
    if shown.only_in:
        lines.append(hand.say("utter_only_in", place=", ".join(shown.only_in)))
    if shown.status == "current" and shown.responsible:
        lines.append(responsible_line(hand, shown.responsible))
    return lines


def responsible_line(hand: Hand, body: str) -> str:
    return hand.say("utter_responsible", body=body)


def way_on(hand: Hand, shown: Card) -> Reply:
    """A channel usable now or when it next opens; where there is none, the desk itself."""
    if not shown.channels:
        return Reply(hand.say("utter_desk_offers"), yes_or_no(hand))
    lines = [channel_line(hand, one) for one in shown.channels[:MOST_CHANNELS]]
    return Reply("\n".join([*lines, hand.say("utter_desk_also")]))


def await_word(hand: Hand, shown: Card) -> None:
    """As `way_on` ends: where it asks, a yes opens a ticket; beside channels only a request does,
    since "ok" there means that the customer got what they needed."""
    hand.await_next(Pending(offered=not shown.channels, offer=shown.id))


def channel_line(hand: Hand, channel: ChannelCard) -> str:
    details = (channel.name, channel.phone, channel.address, channel.url)
    detail = ", ".join(one for one in details if one)
    line = hand.say("utter_channel", kind=hand.say(f"utter_kind_{channel.kind}"), detail=detail)
    return f"{line} {opening_line(hand, channel)}".strip()


def opening_line(hand: Hand, channel: ChannelCard) -> str:
    """Until when it is open or when it next opens; nothing where the hours are not known."""
    match channel.opening:
        case OpenNow(closes=None):
            return hand.say("utter_always_open")
        case OpenNow(closes=closes) if closes is not None:
            return hand.say("utter_open_now", closes=day_and_time(closes, hand.language))
        case Opens(at=at):
            return hand.say("utter_opens", opens=day_and_time(at, hand.language))
        case _:
            return ""
