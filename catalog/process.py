"""The stages that a matter of a service goes through, with their usual and statutory times."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.base import Base
from catalog.models import TIME_UNITS, Lang, one_of


class ServiceStage(Base):
    """One stage, in the order of `position`; how long it usually takes, where that is known.

    `statutory`: a wait that the law sets and nobody at the desk can shorten, such as a time for
    objections; `source` names the section or the page that it is from.
    """

    __tablename__ = "service_stage"
    __table_args__ = (one_of("unit", TIME_UNITS), UniqueConstraint("service_id", "position"))

    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("service.id"), index=True)
    position: Mapped[int]
    amount: Mapped[int | None]
    unit: Mapped[str | None] = mapped_column(String(20))
    statutory: Mapped[bool] = mapped_column(default=False, server_default=false())
    source: Mapped[str | None] = mapped_column(String(200))
    demo: Mapped[bool] = mapped_column(default=False, server_default=false())
    texts: Mapped[list[ServiceStageText]] = relationship(cascade="all, delete-orphan")


class ServiceStageText(Base):
    __tablename__ = "service_stage_text"

    stage_id: Mapped[int] = mapped_column(ForeignKey("service_stage.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Lang, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)  # what happens in it, and why it takes its time
