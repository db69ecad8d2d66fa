"""The sheet of a service: everything that one needs to get it, on paper or read aloud.

It is made from the same card that the chat answers with, so every door tells the same. What the
catalogue does not hold is said to be the desk's to find out; no heading stands empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date
from sqlalchemy.orm import Session

from api.contract import Language
from api.opening_texts import HoursTold, hours_told
from api.page_texts import local_day
from catalog.card import Card, ChannelCard, card, names
from catalog.demo_data import MARK
from catalog.models import Service
from catalog.opening import HELSINKI
from desk.secrets import normal_ticket_code

TEXT_LANGUAGES = ("fi", "sv", "en")


@dataclass(frozen=True)
class Place:
    """Where one goes: the address, how one gets in, when it is open."""

    name: str
    address: str | None
    arriving: str
    phone: str | None
    hours: HoursTold | None


@dataclass(frozen=True)
class Line:
    """A number to ring or a page to open."""

    name: str
    at: str
    more: str
    hours: HoursTold | None


@dataclass(frozen=True)
class Sheet:
    service_id: str
    name: str
    text_language: str
    notes: tuple[str, ...]  # what to know before reading: ended, in another language
    summary: str
    whom: str
    description: tuple[str, ...]  # paragraphs
    how: tuple[str, ...]
    bring: tuple[str, ...]
    places: tuple[Place, ...]
    elsewhere: bool  # a municipality would tell more
    phones: tuple[Line, ...]
    online: tuple[Line, ...]
    price: str
    promises: tuple[str, ...]
    who: str
    foot: tuple[str, ...]  # source and dates
    today: str
    ticket: str | None


def sheet(
    session: Session,
    service_id: str,
    language: Language,
    t: Mapping[str, str],
    *,
    now: datetime,
    area_id: str | None = None,
    ticket: str = "",
) -> Sheet | None:
    """The service's sheet in this language, as it is now; none where there is no such service.

    `t` are the texts of sheet.yml; `ticket` is a code as somebody wrote it, and left out where it
    is none.
    """
    found = card(session, service_id, language, now=now, area_id=area_id)
    if found is None:
        return None
    service = session.get_one(Service, found.id)
    return Sheet(
        service_id=found.id,
        name=found.name,
        text_language=found.language,
        notes=tuple(_notes(session, found, language, t)),
        summary=found.summary,
        whom=t[f"for_{service.audience}"],
        description=_paragraphs(found.description, but=found.summary),
        how=_paragraphs(found.instruction),
        bring=_paragraphs(found.requirements),
        places=tuple(_place(one, now, language, t) for one in _of(found, "ServiceLocation")),
        elsewhere=found.depends_on_place,
        phones=tuple(_phone(one, now, language, t) for one in _of(found, "Phone") if one.phone),
        online=tuple(
            Line(one.name, one.url or "", "", None)
            for one in _of(found, "EChannel", "WebPage", "PrintableForm")
            if one.url
        ),
        price=_price(found, t),
        promises=(found.promises if found.status == "current" else ()) or (t["promise_desk"],),
        who=found.responsible or t["who_desk"],
        foot=tuple(_foot(found, service, now, t)),
        today=format_date(now.astimezone(HELSINKI), "cccccc d.M.", locale=language),
        ticket=normal_ticket_code(ticket),
    )


def _of(found: Card, *kinds: str) -> list[ChannelCard]:
    return [one for one in found.channels if one.kind in kinds]


def _notes(session: Session, found: Card, language: Language, t: Mapping[str, str]) -> list[str]:
    notes = []
    if found.status != "current":
        notes.append(found.status_text or t["ended"])
    if found.replaced_by:
        now_is = names(session, [found.replaced_by], language).get(found.replaced_by)
        notes += [t["replaced"].format(name=now_is)] if now_is else []
    if found.only_in:
        notes.append(t["only_in"].format(places=", ".join(found.only_in)))
    if found.language != language and found.language in TEXT_LANGUAGES:
        notes.append(t[f"text_in_{found.language}"])
    if not found.official:
        notes.append(t["unofficial"])
    return notes


def _paragraphs(text: str, *, but: str = "") -> tuple[str, ...]:
    """The text's paragraphs; its beginning is left out where it only says `but` again."""
    left = text.strip().removeprefix(but.strip()) if but else text
    return tuple(one.strip() for one in left.splitlines() if one.strip())


def _place(channel: ChannelCard, now: datetime, language: Language, t: Mapping[str, str]) -> Place:
    return Place(
        name=channel.name,
        address=channel.address,
        arriving=channel.summary,
        phone=channel.phone,
        hours=hours_told(channel.hours, now, language, t),
    )


def _phone(channel: ChannelCard, now: datetime, language: Language, t: Mapping[str, str]) -> Line:
    hours = hours_told(channel.hours, now, language, t)
    return Line(channel.name, channel.phone or "", channel.phone_charge or "", hours)


def _price(found: Card, t: Mapping[str, str]) -> str:
    told = (t.get(f"charge_{found.charge}", ""), found.charge_info)
    return " ".join(one for one in told if one) or t["price_unknown"]


def _foot(found: Card, service: Service, now: datetime, t: Mapping[str, str]) -> list[str]:
    _, _, publisher = service.source.partition(": ")
    demo = service.source == "demo" or any(MARK in one.name for one in found.channels)
    source = publisher or (t["source_demo"] if service.source == "demo" else t["source_desk"])
    if demo and publisher:
        source = f"{source}; {t['source_demo']}"
    foot = [
        t["printed"].format(day=local_day(now.astimezone(HELSINKI).date())),
        t["source"].format(source=source),
    ]
    if found.dated:
        foot.append(t["text_dated"].format(day=local_day(found.dated)))
    return [*foot, t["service_id"].format(id=found.id)]
