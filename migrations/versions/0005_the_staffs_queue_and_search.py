"""The staff's queues are read in their own order, and matters are found by words.

The words are the database's own: FTS5 tables kept by triggers on SQLite, GIN indexes on
PostgreSQL. A later migration that makes `message` or `ticket` anew on SQLite (a batch with a
changed column) drops the triggers with the old table, and must call `upgrade_search` again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

QUEUES = {
    "ix_ticket_owner_queue": ["owner_id", "stage", "priority", "due_at"],
    "ix_ticket_team_queue": ["team_id", "stage", "priority", "due_at"],
    "ix_ticket_queue": ["stage", "priority", "due_at"],
}
# A search table, the table that it reads, its column, and which of its rows.
SEARCHED = (
    ("message_search", "message", "text", "{row}.author = 'customer'"),
    ("ticket_search", "ticket", "subject", "true"),
)


def upgrade() -> None:
    for name, columns in QUEUES.items():
        op.create_index(name, "ticket", columns)
    handed = sa.text("handed_by_id is not null")
    op.create_index(
        "ix_ticket_handed",
        "ticket",
        ["owner_id", "stage"],
        sqlite_where=handed,
        postgresql_where=handed,
    )
    rated = sa.text("rating is not null")
    op.create_index(
        "ix_ticket_rating", "ticket", ["rating"], sqlite_where=rated, postgresql_where=rated
    )
    op.drop_index("ix_ticket_owner_id_stage", "ticket")  # the owner's queue begins with the same
    upgrade_search()


def downgrade() -> None:
    downgrade_search()
    op.create_index("ix_ticket_owner_id_stage", "ticket", ["owner_id", "stage"])
    for name in (*QUEUES, "ix_ticket_handed", "ix_ticket_rating"):
        op.drop_index(name, "ticket")


def upgrade_search() -> None:
    for search, table, column, wanted in SEARCHED:
        if op.get_bind().dialect.name == "sqlite":
            _search_on_sqlite(search, table, column, wanted)
        else:
            op.execute(
                f"create index ix_{search} on {table} using gin (to_tsvector('simple', {column}))"
            )


def downgrade_search() -> None:
    for search, _, _, _ in SEARCHED:
        if op.get_bind().dialect.name == "sqlite":
            for change in ("insert", "delete", "update"):
                op.execute(f"drop trigger {search}_{change}")
            op.execute(f"drop table {search}")
        else:
            op.execute(f"drop index ix_{search}")


def _search_on_sqlite(search: str, table: str, column: str, wanted: str) -> None:
    op.execute(
        f"create virtual table {search} using fts5("
        f"{column}, content='{table}', content_rowid='id', prefix='2 3', "
        "tokenize='unicode61 remove_diacritics 0')"
    )
    add = f"insert into {search}(rowid, {column}) values (new.id, new.{column});"
    remove = f"insert into {search}({search}, rowid, {column}) values ('delete', old.id, old.{column});"
    new, old = wanted.format(row="new"), wanted.format(row="old")
    op.execute(
        f"create trigger {search}_insert after insert on {table} when {new} begin {add} end"
    )
    op.execute(
        f"create trigger {search}_delete after delete on {table} when {old} begin {remove} end"
    )
    op.execute(
        f"create trigger {search}_update after update of {column} on {table} when {new} "
        f"begin {remove} {add} end"
    )
    held = wanted.format(row=table)
    op.execute(
        f"insert into {search}(rowid, {column}) select id, {column} from {table} where {held}"
    )
