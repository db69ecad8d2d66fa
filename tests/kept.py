"""What the database holds, whichever it is, for tests that look for what must not be kept."""

from __future__ import annotations

from sqlalchemy import inspect, select, table, text

from api.database import Database


def everything_kept(database: Database, *, but: str = "") -> str:
    """Every value of every table, the search's own among them, one on a line; without the column
    `but`, "table.column"."""
    found = []
    with database.engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            for row in connection.execute(select(text("*")).select_from(table(name))).mappings():
                found += [
                    str(value)
                    for column, value in row.items()
                    if value is not None and f"{name}.{column}" != but
                ]
    return "\n".join(found)
