"""What the catalogue lacks that its customers were promised, as a keeper would look for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, selectinload

from catalog.card import best_text, names
from catalog.codes import shipped_codes
from catalog.freshness import fresh
from catalog.models import (
    Channel,
    Classification,
    OrganisationText,
    Promise,
    Service,
    ServiceClassification,
    ServiceTask,
)
from catalog.process import ServiceStage
from catalog.stages import LANGUAGES

LANGUAGE = "fi"  # of the names in what a keeper reads


@dataclass(frozen=True)
class Finding:
    """One rule and every row that breaks it."""

    rule: str
    rows: tuple[str, ...]


def findings(session: Session, now: datetime) -> list[Finding]:
    """Every rule of the catalogue, with what breaks it; none does where `rows` is empty."""
    return [
        Finding("services without a promise (P16)", _without_promise(session)),
        Finding("contacts that nobody has checked within a year (P14)", _stale(session, now)),
        Finding("codes that no code list has (P28)", _unknown_codes(session)),
        Finding("tasks of an organisation that is not there (P30)", _loose_tasks(session)),
        Finding("stages without Finnish or Swedish (P18)", _half_told(session)),
    ]


def named(session: Session, service_ids: Iterable[str]) -> tuple[str, ...]:
    """The services by id and name."""
    ids = list(service_ids)
    told = names(session, ids, LANGUAGE)
    return tuple(f"{id_} {told.get(id_, '')}".strip() for id_ in ids)


def _without_promise(session: Session) -> tuple[str, ...]:
    promised = select(Promise.service_id)
    return named(
        session,
        session.scalars(select(Service.id).where(Service.id.not_in(promised)).order_by(Service.id)),
    )


def _stale(session: Session, now: datetime) -> tuple[str, ...]:
    rows = session.scalars(select(Channel).options(selectinload(Channel.texts)))
    stale = [row for row in rows.all() if not fresh(row, now)]
    return tuple(sorted(_told(row) for row in stale))


def _told(row: Channel) -> str:
    name = best_text(row.texts, LANGUAGE).name if row.texts else ""
    checked = row.verified_at.date().isoformat() if row.verified_at else "never"
    return f"{row.id} {name}, checked {checked}"


def _unknown_codes(session: Session) -> tuple[str, ...]:
    """Codes that services are tagged with; PostgreSQL would refuse one that has no row at all."""
    known = {row["uri"] for row in shipped_codes()[Classification]}
    used = set(session.scalars(select(ServiceClassification.uri)))
    return tuple(sorted(used - known))


def _loose_tasks(session: Session) -> tuple[str, ...]:
    """Tasks whose organisation nobody could name to a customer, and that no partner does."""
    nameless = ServiceTask.organisation_id.not_in(select(OrganisationText.organisation_id))
    nobody = and_(ServiceTask.organisation_id.is_(None), ServiceTask.partner.is_(None))
    rows = session.scalars(
        select(ServiceTask).where(or_(nameless, nobody)).order_by(ServiceTask.service_id)
    )
    return tuple(f"{row.service_id} {row.role} {row.organisation_id or ''}" for row in rows)


def _half_told(session: Session) -> tuple[str, ...]:
    """Stages that a customer of one of the two languages could not read."""
    rows = session.scalars(
        select(ServiceStage)
        .options(selectinload(ServiceStage.texts))
        .order_by(ServiceStage.service_id, ServiceStage.position)
    )
    missing = (
        (row, set(LANGUAGES) - {one.language for one in row.texts if one.name and one.text})
        for row in rows
    )
    return tuple(
        f"{row.service_id} stage {row.position + 1}, {'+'.join(sorted(lacks))}"
        for row, lacks in missing
        if lacks
    )
