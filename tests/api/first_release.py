"""A database as the first release left it: its own tables (migration 0001) and rows in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from alembic import command
from sqlalchemy import JSON, Engine, MetaData, create_engine, insert

from api.database import _alembic
from catalog.base import UtcDateTime

AT = datetime(2026, 1, 12, 9, 30, 15, 250_000, tzinfo=UTC)
DUE = datetime(2026, 1, 13, 9, 30, 15, 250_000, tzinfo=UTC)
TALK, SERVICE, BODY = "talk-of-the-first-release", "service-1", "body-1"
SAID = "Hukkasin passin, mitä teen? Ääkköset säilyvät 🙂"
ANSWER = "Hei! Uuden passin saat poliisilta."
REPLIES = [{"text": "Selvitän asian.", "name": "utter_handover"}]

Row = dict[str, Any]
_ABOUT = {"conversation_id": TALK, "language": "fi"}
_LINE = _ABOUT | {"audience": "customer", "created_at": AT}
ROWS: list[tuple[str, Row]] = [
    ("catalogue_revision", {"id": 1, "revision": 7, "changed_at": AT, "shipped": "0" * 64}),
    ("organisation", {"id": BODY, "kind": "state"}),
    ("organisation_text", {"organisation_id": BODY, "language": "fi", "name": "Laitos"}),
    (
        "service",
        {
            "id": SERVICE,
            "keeper_id": BODY,
            "responsible_id": BODY,
            "kind": "Service",
            "audience": "citizens",
            "status": "current",
            "place_bound": False,
            "source": "test",
            "content_hash": "x",
        },
    ),
    (
        "service_text",
        {
            "service_id": SERVICE,
            "language": "fi",
            "name": "Passi",
            "summary": "Passin hakeminen.",
            **dict.fromkeys(("description", "instruction", "requirements", "charge_info"), ""),
            "official": True,
        },
    ),
    (
        "customer_phrase",
        {"service_id": SERVICE, "language": "fi", "text": "passi hukassa", "shipped": False},
    ),
    (
        "person",
        {
            "id": 1,
            "login": "eka",
            "name": "Eka Käsittelijä",
            "languages": ["fi", "sv"],
            "active": True,
            "demo": False,
        },
    ),
    (
        "team",
        {"id": 1, "code": "luukku", "name_fi": "Luukku", "name_sv": "Luckan", "last_resort": True},
    ),
    ("member", {"team_id": 1, "person_id": 1, "position": 0}),
    ("responsibility", {"id": 1, "team_id": 1, "service_id": SERVICE}),
    (
        "conversation",
        {
            "id": TALK,
            "language": "fi",
            "floor": "bot",
            "sender": "s1",
            "pending": {},
            "opened_at": AT,
        },
    ),
    (
        "ticket",
        _ABOUT
        | {
            "id": 1,
            "code": "LK-864-0744",
            "subject": SAID,
            "reason": "not_found",
            "tried": [SERVICE],
            "owner_id": 1,
            "team_id": 1,
            "service_id": SERVICE,
            "contact": "+358401234567",
            "stage": "answered",
            "opened_at": AT,
            "due_at": DUE,
        },
    ),
    (
        "turn",
        _ABOUT
        | {
            "id": 1,
            "message_id": "m1",
            "text_hash": "h",
            "text": SAID,
            "first": True,
            "state": "closed",
            "kind": "handover",
            "closed_by": "action_handover",
            "replies": REPLIES,
            "candidates": [],
            "ticket_id": 1,
            "opened_at": AT,
            "closed_at": AT,
        },
    ),
    (
        "message",
        _LINE | {"id": 1, "turn_id": 1, "kind": "text", "author": "customer", "text": SAID},
    ),
    (
        "message",
        _LINE
        | {"id": 2, "ticket_id": 1, "kind": "opened", "author": "desk", "text": "Asia on meillä."},
    ),
    (
        "message",
        _LINE
        | {
            "id": 3,
            "ticket_id": 1,
            "kind": "text",
            "author": "staff",
            "person_id": 1,
            "text": ANSWER,
        },
    ),
]


def make(url: str) -> None:
    """The empty database at the URL is the first release's, with a conversation and its ticket."""
    command.upgrade(_alembic(url), "0001")
    engine = create_engine(url)
    tables = _as_they_were(engine)
    with engine.begin() as connection:
        for name, row in ROWS:
            connection.execute(insert(tables.tables[name]).values(row))
        if engine.dialect.name == "postgresql":
            for name in ("person", "team", "responsibility", "ticket", "turn", "message"):
                connection.exec_driver_sql(
                    f"select setval(pg_get_serial_sequence('{name}', 'id'), "  # noqa: S608
                    f"(select max(id) from {name}))"
                )
    engine.dispose()


def _as_they_were(engine: Engine) -> MetaData:
    """The tables of then; today's models have other columns. Times and lists are told as such."""
    tables = MetaData()
    tables.reflect(engine)
    for table in tables.tables.values():
        for column in table.columns:
            if column.name.endswith("_at"):
                column.type = UtcDateTime(timezone=True)
            if column.name in ("languages", "pending", "tried", "replies", "candidates"):
                column.type = JSON()
    return tables
