"""The demo's ready answers, brought with its people and taken away with them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import yaml
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog.models import Service
from desk.canned import For, Words, refuse_unfit
from desk.door_records import CannedAnswer
from desk.models import Team
from desk.staff import DEMO

SHIPPED = DEMO.parent / "demo_canned.yml"

type Entry = dict[str, Any]


def ensure_demo(session: Session, *, now: datetime) -> None:
    """The demo's ready answers are there; one that somebody of the staff has changed stays so.

    One for a service or team that is not there is passed over.
    """
    titles = set(session.scalars(select(CannedAnswer.title_fi)))
    for entry in yaml.safe_load(SHIPPED.read_text("utf-8")):
        whom = _for(session, entry)
        if whom is not None and entry["title"]["fi"] not in titles:
            session.add(_answer(entry, whom, now))
    session.flush()


def retire_demo(session: Session) -> None:
    """None of the demo's ready answers is offered that nobody of the staff has made their own."""
    session.execute(delete(CannedAnswer).where(CannedAnswer.changed_by_id.is_(None)))


def forget_services(session: Session, services: Collection[str]) -> None:
    """No ready answer is for one of these services any more."""
    session.execute(delete(CannedAnswer).where(CannedAnswer.service_id.in_(services)))


def _for(session: Session, entry: Entry) -> For | None:
    if "service" in entry:
        known = session.get(Service, entry["service"])
        return For(service_id=known.id) if known else None
    if "team" in entry:
        team = session.scalars(select(Team).where(Team.code == entry["team"])).first()
        return For(team_id=team.id) if team else None
    return For()


def _answer(entry: Entry, whom: For, now: datetime) -> CannedAnswer:
    title = entry["title"]
    words = Words(title["fi"], title["sv"], entry["fi"], entry["sv"])
    refuse_unfit(words)
    return CannedAnswer(
        service_id=whom.service_id, team_id=whom.team_id, changed_at=now, **vars(words)
    )
