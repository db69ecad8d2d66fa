"""Answers kept ready in both languages: for one service, for one team, or for everybody.

A text may hold places, each filled when the answer is taken into use: PLACES, and no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from catalog.models import Service
from desk.door_records import CannedAnswer
from desk.errors import CannedRefused
from desk.models import Person, Team, Ticket

PLACES = ("code", "service", "name")  # the matter's code, its service, who answers
LONGEST_TITLE = 120  # characters, as the column has room for
LONGEST_TEXT = 5_000
PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Words:
    """What a ready answer says, and the titles that it is chosen by."""

    title_fi: str
    title_sv: str
    text_fi: str
    text_sv: str


@dataclass(frozen=True)
class For:
    """Whom the answer is for: one service, one team, or, with neither, everybody."""

    service_id: str | None = None
    team_id: int | None = None


def put(
    session: Session,
    words: Words,
    whom: For,
    *,
    by: Person,
    now: datetime,
    canned_id: int | None = None,
) -> CannedAnswer:
    """The ready answer stands as it is given: a new one, or instead of the one of this number.

    Raises CannedRefused.
    """
    refuse_unfit(words)
    _refuse_unknown(session, whom)
    kept = CannedAnswer() if canned_id is None else known(session, canned_id)
    kept.service_id, kept.team_id = whom.service_id, whom.team_id
    kept.title_fi, kept.title_sv = words.title_fi.strip(), words.title_sv.strip()
    kept.text_fi, kept.text_sv = words.text_fi.strip(), words.text_sv.strip()
    kept.changed_by_id, kept.changed_at = by.id, now
    session.add(kept)
    session.flush()
    return kept


def known(session: Session, canned_id: int) -> CannedAnswer:
    """Raises CannedRefused for one that is gone."""
    found = session.get(CannedAnswer, canned_id)
    if found is None:
        raise CannedRefused("unknown")
    return found


def remove(session: Session, canned_id: int) -> None:
    """Nobody is offered the answer any more; one that is gone already stays gone."""
    found = session.get(CannedAnswer, canned_id)
    if found is not None:
        session.delete(found)
        session.flush()


def every(session: Session) -> list[CannedAnswer]:
    """All ready answers: services' first, then teams', then everybody's."""
    found = session.scalars(select(CannedAnswer)).all()
    return sorted(found, key=lambda one: (_rank(one), one.title_fi.casefold(), one.id))


def offered(session: Session, ticket: Ticket) -> list[CannedAnswer]:
    """The ready answers that fit the matter: its service's, its team's, then everybody's.

    One that names the service is not offered for a matter without any.
    """
    everybodys = and_(CannedAnswer.service_id.is_(None), CannedAnswer.team_id.is_(None))
    fits = [everybodys, CannedAnswer.team_id == ticket.team_id]
    if ticket.service_id is not None:
        fits.append(CannedAnswer.service_id == ticket.service_id)
    found = session.scalars(select(CannedAnswer).where(or_(*fits))).all()
    fitting = [one for one in found if ticket.service_id or not _names_service(one)]
    language = ticket.language
    return sorted(fitting, key=lambda one: (_rank(one), title(one, language).casefold(), one.id))


def title(canned: CannedAnswer, language: str) -> str:
    return canned.title_sv if language == "sv" else canned.title_fi


def filled(canned: CannedAnswer, language: str, values: Mapping[str, str]) -> str:
    """The answer's text in this language with every place filled, each once: what is put in a
    place is never read for places again."""
    text = canned.text_sv if language == "sv" else canned.text_fi
    return PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def _rank(canned: CannedAnswer) -> int:
    return 0 if canned.service_id else 1 if canned.team_id else 2


def _names_service(canned: CannedAnswer) -> bool:
    return "{service}" in canned.text_fi + canned.text_sv


def refuse_unfit(words: Words) -> None:
    """Raises CannedRefused."""
    if not all(one.strip() for one in vars(words).values()):
        raise CannedRefused("missing")
    if max(len(words.title_fi.strip()), len(words.title_sv.strip())) > LONGEST_TITLE:
        raise CannedRefused("title_long")
    if max(len(words.text_fi.strip()), len(words.text_sv.strip())) > LONGEST_TEXT:
        raise CannedRefused("text_long")
    _refuse_foreign_places(words.text_fi, words.text_sv)


def _refuse_foreign_places(fi: str, sv: str) -> None:
    """Both languages tell the same: what one of them fills in, the other does too."""
    for text in (fi, sv):
        for place in PLACE.findall(text):
            if place not in PLACES:
                raise CannedRefused("place", f"{{{place}}}"[:40])
        left = PLACE.sub("", text)
        if "{" in left or "}" in left:
            raise CannedRefused("brace")
    differ = set(PLACE.findall(fi)) ^ set(PLACE.findall(sv))
    if differ:
        raise CannedRefused("places_differ", f"{{{min(differ)}}}")


def _refuse_unknown(session: Session, whom: For) -> None:
    if whom.service_id is not None and whom.team_id is not None:
        raise CannedRefused("whom")
    if whom.service_id is not None and session.get(Service, whom.service_id) is None:
        raise CannedRefused("whom")
    if whom.team_id is not None and session.get(Team, whom.team_id) is None:
        raise CannedRefused("whom")
