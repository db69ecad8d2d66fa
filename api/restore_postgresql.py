"""A PostgreSQL database's tables put in the others' place: the old ones keep, under another schema.

Everything is within the desk's own database, so its owner's rights are enough.
"""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from api.backup_database import libpq, migrated_problem, postgres_tool, rows_by_table
from api.backup_manifest import POSTGRES_FILE, BackupRefused, Manifest
from api.database import Database
from api.desk_lock import DeskRuns, RestoreUnfinished

OLD = "luukku_before"  # the old tables' schema until the new ones are verified
LOOKS, BETWEEN_LOOKS = 10, 0.3  # times, seconds
OTHERS = """
select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
"""


class PostgresPlace:
    def __init__(self, where: URL) -> None:
        self._where = where
        self._url = where.render_as_string(hide_password=False)
        self._engine = create_engine(where)
        self._schema = ""
        self._was_empty = True

    def occupied(self) -> str | None:
        with self._engine.connect() as connection:
            tables = inspect(connection).get_table_names()
        return f"tables in {self._where.database}" if tables else None

    def stage(self, folder: Path, manifest: Manifest) -> None:
        with self._engine.begin() as connection:
            self._begin(connection)
        try:
            shape = ("--single-transaction", "--no-owner", "--no-privileges")
            what = (f"--schema={self._schema}", f"--dbname={libpq(self._where)}")
            file = str(folder / POSTGRES_FILE)
            postgres_tool("pg_restore", *shape, *what, file, where=self._where)
            self._refuse_unproven(manifest)
        except BaseException:
            self._put_back()
            raise

    def put_in_place(self, aside: str) -> str | None:
        """The old tables' schema gets the name under which they stay."""
        name = aside.replace("-", "_").lower()
        with self._engine.begin() as connection:
            if self._was_empty:
                connection.execute(text(f"drop schema {OLD} cascade"))
                return None
            connection.execute(text(f"alter schema {OLD} rename to {name}"))
        return f"the schema {name} of the database"

    def forget(self) -> None:
        self._engine.dispose()

    def _begin(self, connection: Connection) -> None:
        """The old tables are aside, and an empty schema has their name."""
        self._refuse_while_used(connection)
        self._schema = str(connection.scalar(text("select current_schema()")))
        quoted = connection.dialect.identifier_preparer.quote(self._schema)
        schemas = inspect(connection).get_schema_names()
        if OLD in schemas:
            # A restore died between here and the end: what it moved aside is the truth.
            connection.execute(text(f"drop schema {quoted} cascade"))
            connection.execute(text(f"alter schema {OLD} rename to {quoted}"))
        self._was_empty = not inspect(connection).get_table_names()
        connection.execute(text(f"alter schema {quoted} rename to {OLD}"))
        connection.execute(text(f"create schema {quoted}"))

    def _refuse_while_used(self, connection: Connection) -> None:
        for _ in range(LOOKS):
            connection.execute(text("select pg_stat_clear_snapshot()"))
            if not connection.scalar(text(OTHERS)):
                return
            time.sleep(BETWEEN_LOOKS)  # who has just gone is listed for a moment still
        raise DeskRuns(f"somebody is connected to {self._where.database}: stop every desk")

    def _put_back(self) -> None:
        """Raises RestoreUnfinished where the database is out of reach."""
        try:
            with self._engine.begin() as connection:
                quoted = connection.dialect.identifier_preparer.quote(self._schema)
                connection.execute(text(f"drop schema {quoted} cascade"))
                connection.execute(text(f"alter schema {OLD} rename to {quoted}"))
        except SQLAlchemyError as error:
            raise RestoreUnfinished(str(self._where.database)) from error

    def _refuse_unproven(self, manifest: Manifest) -> None:
        with self._engine.connect() as connection:
            if rows_by_table(connection) != manifest.counts:
                raise BackupRefused("the backup's rows are others than its manifest counts")
        database = Database(self._url)
        try:
            problem = migrated_problem(database)
        finally:
            database.dispose()
        if problem != manifest.ledger_problem:
            raise BackupRefused(problem or "the ledger is another than the manifest says")
