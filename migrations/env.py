"""Runs the one history of the tables against the caller's database, wholly or not at all.

However many migrations are missing, they are one transaction. A process that dies between two of
them, or within one, leaves the tables as they were, and the next start begins anew.
"""

from alembic import context
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, event, text

import catalog.models
import catalog.process
import desk.door_records
import desk.records  # noqa: F401  (its tables, and those of desk.models, belong to the same metadata)

metadata = catalog.models.Base.metadata
WAIT = 60  # seconds for another process that migrates the same SQLite file
# PostgreSQL's lock by number that who migrates holds until the commit.
MIGRATING = 0x6C75756B6B76


def run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    engine = create_engine(url, connect_args={"timeout": WAIT} if url.startswith("sqlite") else {})
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _driver_begins_nothing)
    with engine.connect() as connection:
        if not _there_already(connection):
            _migrate(connection)
    engine.dispose()


def _there_already(connection: Connection) -> bool:
    """A start with nothing to migrate waits for no writer."""
    asked = context.get_revision_argument()
    found = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return asked is not None and asked == found


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite alters a table by copying it.
        render_as_batch=connection.dialect.name == "sqlite",
        # SQLite undoes changes of tables too; Alembic takes it for a database that does not.
        transactional_ddl=True,
        user_module_prefix="base.",
        compare_type=True,
    )
    with context.begin_transaction():
        _alone(connection)
        context.run_migrations()


def _alone(connection: Connection) -> None:
    """Of two processes that start at once, the second waits and finds the work done."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATING})


def _driver_begins_nothing(connection: object, _record: object) -> None:
    # Python's driver would begin before inserts alone, and leave changes of tables outside.
    connection.isolation_level = None  # type: ignore[attr-defined]


run()
