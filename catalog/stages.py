"""What a matter of a service goes through, told with the waits that the law sets (P18)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.desk_facts import DATA
from catalog.models import Service
from catalog.process import ServiceStage, ServiceStageText
from catalog.report import Counts
from catalog.rows import remove

FILE = DATA / "demo" / "stages.yml"
UNITS = DATA / "time_units.yml"
LANGUAGES = ("fi", "sv")
BOTH_NAMES = re.compile(r"^(.+?) / (.+?)( \d.*)$")  # of a law, in Finnish and Swedish

Unit = Literal["hours", "days", "working_days", "weeks", "months"]
type Said = tuple[object, ...]  # all of a stage that the customer could read


@dataclass(frozen=True)
class StageCard:
    """One stage, in one language."""

    name: str
    text: str
    language: str  # of the text, which may not be the one asked for
    amount: int | None
    unit: str | None
    duration: str | None  # amount and unit in words; none where nobody knows how long
    statutory: bool
    source: str | None
    demo: bool


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StageText(_Entry):
    name: str = Field(min_length=1, max_length=120)
    text: str = Field(min_length=1)


class Stage(_Entry):
    """A stage as the shipped file tells it."""

    fi: StageText
    sv: StageText
    amount: int | None = Field(None, gt=0)
    unit: Unit | None = None
    statutory: bool = False
    source: str | None = Field(None, max_length=200)

    @model_validator(mode="after")
    def _whole(self) -> Stage:
        if (self.amount is None) != (self.unit is None):
            raise ValueError("an amount and its unit are told together")
        if self.statutory and not self.source:
            raise ValueError("a wait that the law sets names the law")
        return self

    @property
    def texts(self) -> Mapping[str, StageText]:
        return {"fi": self.fi, "sv": self.sv}


class _File(_Entry):
    stages: dict[str, Stage]
    services: dict[str, tuple[str, ...]]


def read_stages(file: Path = FILE) -> dict[str, tuple[Stage, ...]]:
    """The stages of each service, in their order. Raises ValidationError, or KeyError where a
    service names a stage that is not there."""
    told = _File.model_validate(yaml.safe_load(file.read_text("utf-8")))
    return {id_: tuple(told.stages[one] for one in named) for id_, named in told.services.items()}


def bring_stages(session: Session, wanted: Mapping[str, tuple[Stage, ...]]) -> Counts:
    """The demo's stages are these; a service whose keepers have told its stages has theirs alone,
    and one that the catalogue does not hold has none."""
    given = set(
        session.scalars(select(ServiceStage.service_id).where(ServiceStage.demo.is_(False)))
    )
    known = set(session.scalars(select(Service.id).where(Service.id.in_(wanted))))
    due = {id_: wanted[id_] for id_ in wanted if id_ in known - given}
    held = _held(session)
    right = {id_ for id_, stages in due.items() if _said(stages) == _said_of(held.get(id_, ()))}
    gone = [stage for id_, stages in held.items() if id_ not in right for stage in stages]
    ids = [stage.id for stage in gone]
    remove(session, ServiceStageText.stage_id, ids)
    remove(session, ServiceStage.id, ids)
    for row in (*(text for stage in gone for text in stage.texts), *gone):
        session.expunge(row)  # SQLite gives their ids to the rows that come instead
    new = {id_: stages for id_, stages in due.items() if id_ not in right}
    session.add_all(_row(id_, at, one) for id_, some in new.items() for at, one in enumerate(some))
    session.flush()
    return Counts(added=len(new), unchanged=len(right), removed=len(held.keys() - right))


def remove_stages(session: Session, service_ids: Iterable[str]) -> None:
    """Nothing is told any more of what a matter of these services goes through."""
    ids = session.scalars(
        select(ServiceStage.id).where(ServiceStage.service_id.in_(list(service_ids)))
    ).all()
    remove(session, ServiceStageText.stage_id, ids)
    remove(session, ServiceStage.id, ids)


def stages_of(session: Session, service_id: str, language: str) -> list[StageCard]:
    """The service's stages in their order, in this language or in one that they have."""
    rows = session.scalars(
        select(ServiceStage)
        .where(ServiceStage.service_id == service_id)
        .order_by(ServiceStage.position)
        .options(selectinload(ServiceStage.texts))
    )
    return [_card(row, language) for row in rows if row.texts]


def duration(amount: int, unit: str, language: str) -> str:
    """A length of time in words: "30 päivää", "1 vecka"."""
    words = _units()[unit]["sv" if language == "sv" else "fi"]
    return words["one" if amount == 1 else "other"].format(n=amount)


@cache
def _units() -> dict[str, dict[str, dict[str, str]]]:
    told: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(UNITS.read_text("utf-8"))
    return told


def _held(session: Session) -> dict[str, list[ServiceStage]]:
    held: dict[str, list[ServiceStage]] = {}
    rows = select(ServiceStage).where(ServiceStage.demo).order_by(ServiceStage.position)
    for row in session.scalars(rows.options(selectinload(ServiceStage.texts))):
        held.setdefault(row.service_id, []).append(row)
    return held


def _said(stages: Iterable[Stage]) -> list[Said]:
    return [
        (
            one.amount,
            one.unit,
            one.statutory,
            one.source,
            *((text.name, text.text) for _, text in sorted(one.texts.items())),
        )
        for one in stages
    ]


def _said_of(rows: Iterable[ServiceStage]) -> list[Said]:
    return [
        (
            row.amount,
            row.unit,
            row.statutory,
            row.source,
            *((text.name, text.text) for text in sorted(row.texts, key=lambda one: one.language)),
        )
        for row in rows
    ]


def _row(service_id: str, position: int, stage: Stage) -> ServiceStage:
    return ServiceStage(
        service_id=service_id,
        position=position,
        amount=stage.amount,
        unit=stage.unit,
        statutory=stage.statutory,
        source=stage.source,
        demo=True,
        texts=[
            ServiceStageText(language=language, name=text.name, text=text.text)
            for language, text in stage.texts.items()
        ],
    )


def _card(row: ServiceStage, language: str) -> StageCard:
    by_language = {text.language: text for text in row.texts}
    text = next(
        by_language[one] for one in (language, *LANGUAGES, *by_language) if one in by_language
    )
    known = row.amount is not None and row.unit is not None
    return StageCard(
        name=text.name,
        text=text.text,
        language=text.language,
        amount=row.amount,
        unit=row.unit,
        duration=duration(row.amount or 0, row.unit or "", language) if known else None,
        statutory=row.statutory,
        source=source_in(row.source, language) if row.source else None,
        demo=row.demo,
    )


def source_in(source: str, language: str) -> str:
    """The laws named, in this language: "Kuntalaki / kommunallagen 410/2015" holds two names."""
    name = r"\2" if language == "sv" else r"\1"
    told = "; ".join(BOTH_NAMES.sub(rf"{name}\3", one) for one in source.split("; "))
    return told[:1].upper() + told[1:]
