"""The port of the metrics: what the process counted, and how the whole desk stands."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.doors import Doors
from api.readiness import OK, PATIENCE, Parts
from catalog.models import CatalogueRevision
from desk.figures import Figures, Queue, figures

PATH = "/metrics"
KEPT = 5.0  # seconds that what was read of the database is good for: many may scrape

log = logging.getLogger("luukku.metrics")


@dataclass(frozen=True)
class Standing:
    """What the database tells at one moment."""

    figures: Figures
    database_bytes: int
    catalogue_revision: int
    catalogue_age: float  # seconds


class Exposition(Collector):
    """All that a scrape gets. What could not be read is left out, never told as it was before."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._parts: Parts | None = None
        self._standing: Standing | None = None
        self._read_at: float | None = None
        self._reading: asyncio.Future[Standing] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def renew(self) -> None:
        async with self._one_at_a_time:
            if self._read_at is not None and time.monotonic() - self._read_at < KEPT:
                return
            self._parts = await self._doors.readiness.parts()
            self._standing = await self._standing_now()
            self._read_at = time.monotonic()

    def collect(self) -> Iterator[Metric]:
        yield from self._doors.metrics.registry.collect()
        if self._parts is not None:
            yield _labelled(
                "luukku_part_ok",
                "1 where the part of the desk works, as /ready tells it.",
                "part",
                {part: float(said == OK) for part, said in vars(self._parts).items()},
            )
        yield _gauge(
            "luukku_index_revision",
            "Revision of the catalogue that this process answers from.",
            self._doors.desk.finder().revision,
        )
        free = shutil.disk_usage(self._doors.settings.data_dir).free
        yield _gauge("luukku_disk_free_bytes", "Free space in the data folder.", free)
        if self._standing is not None:
            yield from _of_standing(self._standing)

    async def _standing_now(self) -> Standing | None:
        """A reading that hangs keeps its one thread: no other is sent after it."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(self._doors.work(self._read))
        done, _ = await asyncio.wait({self._reading}, timeout=PATIENCE)
        if not done:
            return None
        try:
            return self._reading.result()
        except SQLAlchemyError as error:
            log.error("the database cannot be read: %s", type(error).__name__)
            return None

    def _read(self) -> Standing:
        now = self._doors.desk.now()
        with self._doors.desk.reading() as session:
            catalogue = session.scalars(select(CatalogueRevision)).first()
            return Standing(
                figures=figures(session, now=now),
                database_bytes=self._doors.database.size(),
                catalogue_revision=catalogue.revision if catalogue else 0,
                catalogue_age=(now - catalogue.changed_at).total_seconds() if catalogue else 0,
            )


def create_metrics_app(doors: Doors) -> Starlette:
    """One address on a port of its own, which the public cannot reach."""
    exposition = Exposition(doors)

    async def metrics(request: Request) -> Response:
        await exposition.renew()
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(exposition), media_type=None, headers={"Content-Type": media_type})

    return Starlette(routes=[Route(PATH, metrics)])


def _of_standing(at: Standing) -> Iterator[Metric]:
    told = at.figures
    yield _labelled(
        "luukku_tickets",
        "Tickets by stage: open ones wait for an answer, answered ones to be closed.",
        "stage",
        {"open": told.open, "answered": told.answered},
    )
    yield _gauge("luukku_tickets_overdue", "Open tickets whose answer is late.", told.overdue)
    yield _labelled(
        "luukku_promises_settled",
        "Promises of an answer that were kept or broken within 30 days, by the ledger.",
        "event",
        {"kept": told.kept, "broken": told.broken},
    )
    if told.kept_ratio is not None:
        yield _gauge(
            "luukku_promises_kept_ratio",
            "Kept promises of all that were settled within 30 days.",
            told.kept_ratio,
        )
    yield from _of_outboxes({"notices": told.notices, "webhooks": told.deliveries})
    yield _gauge("luukku_database_bytes", "Size of the database.", at.database_bytes)
    yield _gauge(
        "luukku_catalogue_revision", "The newest revision of the catalogue.", at.catalogue_revision
    )
    yield _gauge(
        "luukku_catalogue_age_seconds", "Since the catalogue last changed.", at.catalogue_age
    )


def _of_outboxes(outboxes: dict[str, Queue]) -> Iterator[Metric]:
    rows = GaugeMetricFamily(
        "luukku_outbox", "Rows that wait to be sent or have failed.", labels=("outbox", "state")
    )
    for name, queue in outboxes.items():
        rows.add_metric((name, "waiting"), queue.waiting)
        rows.add_metric((name, "failed"), queue.failed)
    yield rows
    yield _labelled(
        "luukku_outbox_due_seconds",
        "For how long the oldest row has been due.",
        "outbox",
        {name: queue.due_for for name, queue in outboxes.items()},
    )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _labelled(name: str, text: str, label: str, values: dict[str, float]) -> Metric:
    made = GaugeMetricFamily(name, text, labels=(label,))
    for value, number in values.items():
        made.add_metric((value,), number)
    return made
