"""PostgreSQL's search of the staff finds each word of "passi/henkilökortti", of an address and of a
file's name, as SQLite's does: its parser takes such for one word."""

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

SEARCHED = (("message_search", "message", "text"), ("ticket_search", "ticket", "subject"))
WORDS = r"to_tsvector('simple', regexp_replace({column}, '(\W|_)+', ' ', 'g'))"
BEFORE = "to_tsvector('simple', {column})"


def upgrade() -> None:
    _index(WORDS)


def downgrade() -> None:
    _index(BEFORE)


def _index(words: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for search, table, column in SEARCHED:
        op.execute(f"drop index ix_{search}")
        op.execute(f"create index ix_{search} on {table} using gin ({words.format(column=column)})")
