"""What the desk answered, told for the ear: a service, its details, a question, a taken matter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import select

from api.contract import ChatOut, ChoiceOut, ReplyOut
from api.phone_matter import tell_ticket
from api.phone_talk import Line, Next, Place, Question
from api.phone_words import day_and_time_spoken, number_spoken, shortly, spoken
from catalog.card import Card, ChannelCard, card
from catalog.opening import OpenNow, Opens
from catalog.phones import takes_text_messages
from desk.calls import conversation_of
from desk.models import Ticket
from desk.tickets import latest_of

MOST_CHANNELS = 2  # of each kind; more could not be kept in mind
MOST_TEXTS = 5  # of one call: the number that it shows may be another's, who wants none
TEXTS = "texts"  # in a call's state: how many text messages were sent
LONGEST = 500  # characters of an answer that is no service's card
# Sentences of the chat that make no sense to the ear.
FOR_EYES = re.compile(r"[^.!?]*\b(kirjoit\w*|skriv\w*|klikkaa\w*|klicka\w*)\b[^.!?]*[.!?]?", re.I)


def answered(line: Line, told: ChatOut) -> Next:
    """Where the desk's answer to what was said leads."""
    line.state.update(choices=[], page=0, service=None)
    match told.outcome.kind:
        case "handover":
            return _handed_over(line, told)
        case "person":
            return _with_person(line, told)
        case "answer":
            return _service(line, told)
        case "clarify":
            return _chooses(line, (_question(line, told),), told)
        case _:
            said = _ear(line, told.replies)
            return _chooses(line, said, told) if _offered(told) else Next("listen", said)


def _handed_over(line: Line, told: ChatOut) -> Next:
    assert told.outcome.ticket is not None
    code = told.outcome.ticket.code
    ticket = line.session.scalars(select(Ticket).where(Ticket.code == code)).one()
    known = line.state.get("ticket") == ticket.id
    return tell_ticket(line, ticket, new=told.outcome.ticket.secret is not None and not known)


def _with_person(line: Line, told: ChatOut) -> Next:
    """A member of the staff has the talk: they have the words, and the caller a way back."""
    said = (line.t("passed_on"), *_ear(line, told.replies))
    conversation = conversation_of(line.session, line.call, now=line.now)
    ticket = latest_of(line.session, conversation)
    if ticket is None or ticket.stage == "closed":
        return Next("listen", said)
    after = tell_ticket(line, ticket, new=False)
    return Next(after.at, (*said, *after.says))


def _service(line: Line, told: ChatOut) -> Next:
    """The card of the service told, or the answer to a question that went on about it."""
    conversation = conversation_of(line.session, line.call, now=line.now)
    line.state["service"] = conversation.topic_id
    shown = _card(line)
    whole = shown is not None and any(one.text.startswith(shown.name) for one in told.replies)
    said: tuple[str, ...] = ()
    if whole and _offered(told):
        said = (_told(line, shown),) if shown else ()
    elif not whole:
        said = _ear(line, told.replies)
    if _offered(told):
        return _chooses(line, said, told)
    if shown is None:
        return Next("listen", said)
    line.state["heard"] = not whole  # the card itself is what the place says, and repeats
    return Next("service", said)


def _chooses(line: Line, said: tuple[str, ...], told: ChatOut) -> Next:
    line.state["choices"] = [[one.title, one.value] for one in _offered(told)]
    return Next("choices", said)


def _offered(told: ChatOut) -> list[ChoiceOut]:
    return [one for reply in told.replies for one in reply.choices or ()]


def _question(line: Line, told: ChatOut) -> str:
    """What comes before the choices, without what only lists them for the eyes."""
    told_first = [one for one in told.replies if "\n" not in one.text]
    return " ".join(_ear(line, told_first))


def _ear(line: Line, replies: list[ReplyOut]) -> tuple[str, ...]:
    notice = line.desk.replies.say("utter_automaton", line.language)
    kept = [one.text for one in replies if one.text != notice and one.language is None]
    danger = line.desk.replies.say("utter_danger", line.language)
    told = [
        line.t("danger")
        if one == danger
        else shortly(FOR_EYES.sub("", one), line.language, LONGEST)
        for one in kept
    ]
    return tuple(one for one in told if one)


# --- a service ---


def _card(line: Line) -> Card | None:
    service_id = line.state.get("service")
    if not service_id:
        return None
    area = conversation_of(line.session, line.call, now=line.now).municipality_id
    return card(line.session, service_id, line.language, now=line.now, area_id=area)


def _told(line: Line, shown: Card) -> str:
    summary = shortly(shown.status_text or shown.summary, line.language)
    told = [line.t("service", name=spoken(shown.name, line.language), summary=summary)]
    if shown.status == "current" and shown.responsible:
        told.append(line.t("responsible", body=spoken(shown.responsible, line.language)))
    return " ".join(told)


def _ask_service(line: Line) -> Question:
    shown = _card(line)
    told = [] if shown is None or line.state.pop("heard", False) else [_told(line, shown)]
    asks = ["asks_more", *(["asks_sms"] if can_text(line) else []), "asks_other"]
    speech = line.settings.phone_speech
    return Question(" ".join([*told, *(line.t(one) for one in asks)]), speech=speech)


def _hear_service(line: Line, digits: str) -> Next | None:
    if digits == "3":
        return Next("listen" if line.settings.phone_speech else "main")
    if digits == "2" and line.sent is not None:
        line.state["heard"] = True
        return Next("service", (line.t("sms_sent" if line.sent else "sms_failed"),))
    if digits != "1":
        return None
    shown = _card(line)
    line.state["heard"] = True
    return Next("service", tuple(_details(line, shown)) if shown else ())


def _details(line: Line, shown: Card) -> list[str]:
    phones = [one for one in shown.channels if one.phone][:MOST_CHANNELS]
    places = [one for one in shown.channels if one.address][:MOST_CHANNELS]
    told = [say for one in phones for say in _phone(line, one)]
    told += [say for one in places for say in _place(line, one)]
    if told:
        return told
    online = any(one.kind == "EChannel" for one in shown.channels)
    return [line.t("online_only" if online else "no_details")]


def _phone(line: Line, channel: ChannelCard) -> Iterator[str]:
    yield f"{spoken(channel.name, line.language)}."
    number = channel.phone or ""
    yield line.t("phone_at", number=number_spoken(number, line.language))
    if channel.phone_charge:
        yield line.t("charge", charge=shortly(channel.phone_charge, line.language).rstrip("."))
    yield from _open(line, channel)


def _place(line: Line, channel: ChannelCard) -> Iterator[str]:
    name, address = (spoken(one, line.language) for one in (channel.name, channel.address or ""))
    yield line.t("place_at", name=name, address=address)
    yield from _open(line, channel)


def _open(line: Line, channel: ChannelCard) -> Iterator[str]:
    match channel.opening:
        case OpenNow(closes=None):
            yield line.t("open_always")
        case OpenNow(closes=closes) if closes is not None:
            yield line.t("open_now", closes=day_and_time_spoken(closes, line.language))
        case Opens(at=at):
            yield line.t("opens", at=day_and_time_spoken(at, line.language))


# --- a text message ---


def can_text(line: Line) -> bool:
    """Whether the service's details can go to the number that the caller rings from."""
    number = line.number
    if int(line.state.get(TEXTS, 0)) >= MOST_TEXTS:
        return False
    return bool(line.settings.sms_url and number and takes_text_messages(number))


def text_message(line: Line) -> str | None:
    """What is sent of the service that the caller has heard of; none where there is none."""
    shown = _card(line)
    if shown is None:
        return None
    found = [(one.phone, one.address, one.url) for one in shown.channels[:MOST_CHANNELS]]
    details = ", ".join(detail for one in found for detail in one if detail)
    return line.t("sms", name=shown.name, details=details)


PLACES = {"service": Place(_ask_service, _hear_service, rests=True)}
