"""Runs the one history of the tables against the database named by the caller."""

from alembic import context
from sqlalchemy import create_engine

import catalog.models
import catalog.process
import desk.door_records
import desk.records  # noqa: F401  (its tables, and those of desk.models, belong to the same metadata)

metadata = catalog.models.Base.metadata


def run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    engine = create_engine(url)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            # SQLite alters a table by copying it.
            render_as_batch=connection.dialect.name == "sqlite",
            user_module_prefix="base.",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
