"""What the page of the ready answers shows: the list of them, and the form of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.contract import Language
from api.page_texts import local_time, texts
from catalog.card import names
from desk import canned
from desk.door_records import CannedAnswer
from desk.models import Person, Team

EVERYBODY = "everybody"


@dataclass(frozen=True)
class Shown:
    """A ready answer in the list."""

    id: int
    whom: str
    whom_name: str  # of the service or team; empty for everybody's
    title_fi: str
    title_sv: str
    text_fi: str
    text_sv: str
    changed: str


@dataclass(frozen=True)
class Whom:
    value: str
    name: str


def canned_view(
    session: Session,
    language: Language,
    found: tuple[str, ...],
    written: dict[str, str],
    edit: int,
) -> dict[str, Any]:
    """The list, and the form: as it was written, else as the answer of number `edit` stands."""
    kept = canned.every(session)
    teams = {one.id: one.named(language) for one in session.scalars(select(Team))}
    chosen = written.get("whom", "").removeprefix("service:")
    ids = list(dict.fromkeys([*found, *(one.service_id for one in kept if one.service_id)]))
    ids += [chosen] if written.get("whom", "").startswith("service:") and chosen not in ids else []
    named = names(session, ids, language)
    people = dict(session.execute(select(Person.id, Person.name)).tuples().all())
    listed = [_shown(one, teams, named, people, language) for one in kept]
    if edit and not written:
        written = next((_as_written(one) for one in listed if one.id == edit), {})
    return {
        "listed": listed,
        "written": written,
        "teams": [Whom(f"team:{key}", name) for key, name in sorted(teams.items(), key=_by_name)],
        "services": [Whom(f"service:{one}", named[one]) for one in ids if one in named],
    }


def _by_name(item: tuple[int, str]) -> str:
    return item[1].casefold()


def _shown(
    one: CannedAnswer,
    teams: dict[int, str],
    services: dict[str, str],
    people: dict[int, str],
    language: Language,
) -> Shown:
    t = texts("canned", language)
    by = people.get(one.changed_by_id or 0, t["canned_from_demo"])
    whom = EVERYBODY
    if one.service_id or one.team_id:
        whom = f"service:{one.service_id}" if one.service_id else f"team:{one.team_id}"
    return Shown(
        id=one.id,
        whom=whom,
        whom_name=services.get(one.service_id or "") or teams.get(one.team_id or 0, ""),
        title_fi=one.title_fi,
        title_sv=one.title_sv,
        text_fi=one.text_fi,
        text_sv=one.text_sv,
        changed=t["canned_changed"].format(at=local_time(one.changed_at, language), name=by),
    )


def _as_written(one: Shown) -> dict[str, str]:
    fields = ("id", "whom", "title_fi", "title_sv", "text_fi", "text_sv")
    return {name: str(getattr(one, name)) for name in fields}
