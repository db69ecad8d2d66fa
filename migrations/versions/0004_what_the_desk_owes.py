"""What the desk owes: a ledger of promises, alarms, help asked for, notices; roles and leads."""

import sqlalchemy as sa
from alembic import op

from catalog import base

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

OLD_KINDS = ('text', 'opened', 'added', 'contact', 'taken', 'handed_back', 'closed')
NEW_KINDS = (
    'note', 'transferred', 'accepted', 'subtask', 'subtask_done',
    'reminder', 'overdue', 'promised', 'rated', 'reopened',
)
KINDS = OLD_KINDS + NEW_KINDS


def _known(kinds: tuple[str, ...]) -> str:
    return 'kind in (' + ', '.join(repr(kind) for kind in kinds) + ')'


def upgrade() -> None:
    op.create_table('ledger_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_code', sa.String(length=16), nullable=False),
    sa.Column('event', sa.String(length=10), nullable=False),
    sa.Column('due_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint("event in ('given', 'changed', 'kept', 'broken')", name=op.f('ck_ledger_entry_event_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_entry')),
    sa.UniqueConstraint('previous', name=op.f('uq_ledger_entry_previous')),
    sa.UniqueConstraint('hash', name=op.f('uq_ledger_entry_hash'))
    )
    with op.batch_alter_table('ledger_entry') as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_entry_ticket_code'), ['ticket_code'], unique=False)

    op.create_table('alarm',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('due_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('raised_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('seen_at', base.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind in ('reminder', 'legal', 'overdue', 'overdue_lead', 'overdue_last')", name=op.f('ck_alarm_kind_known')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_alarm_person_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_alarm_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alarm')),
    sa.UniqueConstraint('ticket_id', 'kind', 'due_at', name=op.f('uq_alarm_ticket_id_kind_due_at'))
    )
    with op.batch_alter_table('alarm') as batch_op:
        batch_op.create_index(batch_op.f('ix_alarm_person_id'), ['person_id'], unique=False)

    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('recipient', sa.String(length=200), nullable=False),
    sa.Column('language', sa.String(length=3), nullable=False),
    sa.Column('template', sa.String(length=40), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('lease', sa.String(length=40), nullable=True),
    sa.Column('problem', sa.String(length=300), nullable=True),
    sa.Column('written_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('sent_at', base.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("channel in ('email', 'sms')", name=op.f('ck_notice_channel_known')),
    sa.CheckConstraint("state in ('waiting', 'sent', 'failed')", name=op.f('ck_notice_state_known')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_notice_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('key', name=op.f('uq_notice_key'))
    )
    with op.batch_alter_table('notice') as batch_op:
        batch_op.create_index('ix_notice_recipient_written_at', ['recipient', 'written_at'], unique=False)
        batch_op.create_index('ix_notice_state_next_at', ['state', 'next_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('subtask',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('commissioner_id', sa.Integer(), nullable=False),
    sa.Column('helper_id', sa.Integer(), nullable=False),
    sa.Column('goal', sa.Text(), nullable=False),
    sa.Column('done_when', sa.Text(), nullable=False),
    sa.Column('due_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('asked_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('done_at', base.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(done_at is null) = (result is null)', name=op.f('ck_subtask_done_has_result')),
    sa.CheckConstraint('length(goal) > 0 and length(done_when) > 0', name=op.f('ck_subtask_goal_told')),
    sa.ForeignKeyConstraint(['commissioner_id'], ['person.id'], name=op.f('fk_subtask_commissioner_id')),
    sa.ForeignKeyConstraint(['helper_id'], ['person.id'], name=op.f('fk_subtask_helper_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_subtask_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subtask'))
    )
    with op.batch_alter_table('subtask') as batch_op:
        batch_op.create_index(batch_op.f('ix_subtask_helper_id'), ['helper_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_subtask_ticket_id'), ['ticket_id'], unique=False)

    with op.batch_alter_table('message', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.add_column(sa.Column('data', sa.JSON(), server_default='{}', nullable=False))
        batch_op.drop_constraint(batch_op.f('ck_message_kind_known'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_message_kind_known'), _known(KINDS))

    with op.batch_alter_table('person') as batch_op:
        batch_op.add_column(sa.Column('roles', sa.JSON(), server_default='["clerk"]', nullable=False))
        batch_op.add_column(sa.Column('protected', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('team') as batch_op:
        batch_op.add_column(sa.Column('lead_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_team_lead_id'), 'person', ['lead_id'], ['id'])

    with op.batch_alter_table('ticket') as batch_op:
        batch_op.add_column(sa.Column('answered_at', base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('legal_due_at', base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('handed_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('place', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('rating', sa.Integer(), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_ticket_rating_known'), 'rating between 1 and 5')
        batch_op.create_index('ix_ticket_stage_due_at', ['stage', 'due_at'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_ticket_handed_by_id'), 'person', ['handed_by_id'], ['id'])


def downgrade() -> None:
    with op.batch_alter_table('ticket') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_ticket_handed_by_id'), type_='foreignkey')
        batch_op.drop_index('ix_ticket_stage_due_at')
        batch_op.drop_constraint(batch_op.f('ck_ticket_rating_known'), type_='check')
        batch_op.drop_column('rating')
        batch_op.drop_column('place')
        batch_op.drop_column('handed_by_id')
        batch_op.drop_column('legal_due_at')
        batch_op.drop_column('answered_at')

    with op.batch_alter_table('team') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_team_lead_id'), type_='foreignkey')
        batch_op.drop_column('lead_id')

    with op.batch_alter_table('person') as batch_op:
        batch_op.drop_column('protected')
        batch_op.drop_column('roles')

    op.execute(sa.text("delete from message where kind not in (" + ", ".join(map(repr, OLD_KINDS)) + ")"))
    with op.batch_alter_table('message', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_message_kind_known'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_message_kind_known'), _known(OLD_KINDS))
        batch_op.drop_column('data')

    with op.batch_alter_table('subtask') as batch_op:
        batch_op.drop_index(batch_op.f('ix_subtask_ticket_id'))
        batch_op.drop_index(batch_op.f('ix_subtask_helper_id'))

    op.drop_table('subtask')
    with op.batch_alter_table('notice') as batch_op:
        batch_op.drop_index(batch_op.f('ix_notice_ticket_id'))
        batch_op.drop_index('ix_notice_state_next_at')
        batch_op.drop_index('ix_notice_recipient_written_at')

    op.drop_table('notice')
    with op.batch_alter_table('alarm') as batch_op:
        batch_op.drop_index(batch_op.f('ix_alarm_person_id'))

    op.drop_table('alarm')
    with op.batch_alter_table('ledger_entry') as batch_op:
        batch_op.drop_index(batch_op.f('ix_ledger_entry_ticket_code'))

    op.drop_table('ledger_entry')
