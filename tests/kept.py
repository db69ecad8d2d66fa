"""What the database holds, whichever it is, for tests that look for what must not be kept."""

from __future__ import annotations

from sqlalchemy import select

from api.database import Database
from catalog.base import Base


def everything_kept(database: Database, *, but: str = "") -> str:
    """Every value of every table, one on a line; without the column `but`, "table.column"."""
    found = []
    with database.engine.connect() as connection:
        for name, table in Base.metadata.tables.items():
            for column in table.columns:
                if f"{name}.{column.name}" != but:
                    rows = connection.execute(select(column)).scalars()
                    found += [str(value) for value in rows if value is not None]
    return "\n".join(found)
