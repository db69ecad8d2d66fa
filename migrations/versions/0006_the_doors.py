"""What the doors need: files, ready answers, calls back, log-ins of others, codes that move a talk,
receipts, calls, webhooks, stages of services, and who of the staff saw what."""

from importlib import util
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from catalog import base

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

OLD_KINDS = (
    'text', 'opened', 'added', 'contact', 'taken', 'handed_back', 'closed', 'note', 'transferred',
    'accepted', 'subtask', 'subtask_done', 'reminder', 'overdue', 'promised', 'rated', 'reopened',
)
KINDS = OLD_KINDS + ('file', 'callback', 'received', 'moved')
OLD_ALARMS = ('reminder', 'legal', 'overdue', 'overdue_lead', 'overdue_last')
ALARMS = OLD_ALARMS + ('subtask', 'callback')
CHANNELS = "channel in ('web', 'widget', 'phone', 'counter', 'open311', 'api')"
TABLES = (
    'service_stage_text',
    'service_stage',
    'attachment',
    'receipt',
    'callback',
    'pass_code',
    'call',
    'canned_answer',
    'identity',
    'delivery',
    'access_entry',
    'webhook',
)


def upgrade() -> None:
    op.create_table('webhook',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('url', sa.String(length=500), nullable=False),
    sa.Column('secret', sa.String(length=100), nullable=False),
    sa.Column('events', sa.JSON(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('made_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook')),
    sa.UniqueConstraint('url', name=op.f('uq_webhook_url'))
    )
    op.create_table('access_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=10), nullable=False),
    sa.Column('what', sa.String(length=40), nullable=False),
    sa.Column('about', sa.String(length=80), nullable=False),
    sa.Column('at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint("act in ('saw', 'changed')", name=op.f('ck_access_entry_act_known')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_access_entry_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_entry')),
    sa.UniqueConstraint('previous', name=op.f('uq_access_entry_previous')),
    sa.UniqueConstraint('hash', name=op.f('uq_access_entry_hash'))
    )
    op.create_index('ix_access_entry_about', 'access_entry', ['about'])
    op.create_index('ix_access_entry_person_id', 'access_entry', ['person_id'])

    op.create_table('delivery',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('webhook_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('event', sa.String(length=40), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('lease', sa.String(length=40), nullable=True),
    sa.Column('problem', sa.String(length=300), nullable=True),
    sa.Column('written_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('sent_at', base.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('waiting', 'sent', 'failed')", name=op.f('ck_delivery_state_known')),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_delivery_webhook_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    sa.UniqueConstraint('webhook_id', 'key', name=op.f('uq_delivery_webhook_id_key'))
    )
    op.create_index('ix_delivery_state_next_at', 'delivery', ['state', 'next_at'])

    op.create_table('identity',
    sa.Column('issuer', sa.String(length=300), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_identity_person_id')),
    sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_identity'))
    )
    op.create_index('ix_identity_person_id', 'identity', ['person_id'])

    op.create_table('canned_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('service_id', sa.String(length=36), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('title_fi', sa.String(length=120), nullable=False),
    sa.Column('title_sv', sa.String(length=120), nullable=False),
    sa.Column('text_fi', sa.Text(), nullable=False),
    sa.Column('text_sv', sa.Text(), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by_id'], ['person.id'], name=op.f('fk_canned_answer_changed_by_id')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_canned_answer_service_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_canned_answer_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_canned_answer'))
    )
    op.create_index('ix_canned_answer_service_id', 'canned_answer', ['service_id'])
    op.create_index('ix_canned_answer_team_id', 'canned_answer', ['team_id'])

    op.create_table('service_stage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('service_id', sa.String(length=36), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=True),
    sa.Column('unit', sa.String(length=20), nullable=True),
    sa.Column('statutory', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=True),
    sa.Column('demo', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.CheckConstraint("unit in ('hours', 'days', 'working_days', 'weeks', 'months')", name=op.f('ck_service_stage_unit_known')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_service_stage_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_stage')),
    sa.UniqueConstraint('service_id', 'position', name=op.f('uq_service_stage_service_id_position'))
    )
    op.create_index('ix_service_stage_service_id', 'service_stage', ['service_id'])

    op.create_table('call',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('conversation_id', sa.String(length=36), nullable=True),
    sa.Column('language', sa.String(length=3), nullable=True),
    sa.Column('state', sa.JSON(), nullable=False),
    sa.Column('opened_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('seen_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_call_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call'))
    )
    op.create_index('ix_call_conversation_id', 'call', ['conversation_id'])

    op.create_table('pass_code',
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('conversation_id', sa.String(length=36), nullable=False),
    sa.Column('made_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('used_at', base.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_pass_code_conversation_id')),
    sa.PrimaryKeyConstraint('code_hash', name=op.f('pk_pass_code'))
    )
    op.create_index('ix_pass_code_conversation_id', 'pass_code', ['conversation_id'])

    op.create_table('service_stage_text',
    sa.Column('stage_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=3), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['stage_id'], ['service_stage.id'], name=op.f('fk_service_stage_text_stage_id')),
    sa.PrimaryKeyConstraint('stage_id', 'language', name=op.f('pk_service_stage_text'))
    )
    op.create_table('callback',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ends_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('place', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('booked_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.Column('settled_at', base.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(place is null) = (state = 'cancelled')", name=op.f('ck_callback_cancelled_has_no_place')),
    sa.CheckConstraint("state in ('booked', 'made', 'missed', 'cancelled')", name=op.f('ck_callback_state_known')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_callback_ends_after_start')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_callback_team_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_callback_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callback')),
    sa.UniqueConstraint('team_id', 'starts_at', 'place', name=op.f('uq_callback_team_id_starts_at_place'))
    )
    op.create_index('ix_callback_state_starts_at', 'callback', ['state', 'starts_at'])
    op.create_index('ix_callback_ticket_id', 'callback', ['ticket_id'])

    op.create_table('receipt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('documents', sa.Integer(), nullable=False),
    sa.Column('received_by_id', sa.Integer(), nullable=False),
    sa.Column('received_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('documents > 0', name=op.f('ck_receipt_something_left')),
    sa.ForeignKeyConstraint(['received_by_id'], ['person.id'], name=op.f('fk_receipt_received_by_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_receipt_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipt'))
    )
    op.create_index('ix_receipt_ticket_id', 'receipt', ['ticket_id'])

    op.create_table('attachment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('author', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('created_at', base.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("author in ('customer', 'staff')", name=op.f('ck_attachment_author_known')),
    sa.CheckConstraint('size > 0', name=op.f('ck_attachment_not_empty')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_attachment_message_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_attachment_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment')),
    sa.UniqueConstraint('key', name=op.f('uq_attachment_key')),
    sa.UniqueConstraint('message_id', name=op.f('uq_attachment_message_id'))
    )
    op.create_index('ix_attachment_ticket_id', 'attachment', ['ticket_id'])

    _searched("downgrade_search")
    with op.batch_alter_table('message', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_message_kind_known'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_message_kind_known'), _known(KINDS))
    _searched("upgrade_search")
    with op.batch_alter_table('alarm') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_alarm_kind_known'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_alarm_kind_known'), _known(ALARMS))
    with op.batch_alter_table('conversation') as batch_op:
        batch_op.add_column(sa.Column('channel', sa.String(length=10), server_default='web', nullable=False))
        batch_op.add_column(sa.Column('seen_at', base.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(batch_op.f('ck_conversation_channel_known'), CHANNELS)
        batch_op.create_index('ix_conversation_seen_at', ['seen_at'])


def downgrade() -> None:
    with op.batch_alter_table('conversation') as batch_op:
        batch_op.drop_index('ix_conversation_seen_at')
        batch_op.drop_constraint(batch_op.f('ck_conversation_channel_known'), type_='check')
        batch_op.drop_column('seen_at')
        batch_op.drop_column('channel')
    for name in TABLES:
        op.drop_table(name)
    op.execute(sa.text("delete from alarm where not (" + _known(OLD_ALARMS) + ")"))
    with op.batch_alter_table('alarm') as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_alarm_kind_known'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_alarm_kind_known'), _known(OLD_ALARMS))
    op.execute(sa.text("delete from message where not (" + _known(OLD_KINDS) + ")"))
    _searched("downgrade_search")
    with op.batch_alter_table('message', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_message_kind_known'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_message_kind_known'), _known(OLD_KINDS))
    _searched("upgrade_search")


def _known(kinds: tuple[str, ...]) -> str:
    return 'kind in (' + ', '.join(repr(kind) for kind in kinds) + ')'


def _searched(what: str) -> None:
    """On SQLite a table made anew loses the triggers of the search over it."""
    if op.get_bind().dialect.name != 'sqlite':
        return
    path = Path(__file__).with_name('0005_the_staffs_queue_and_search.py')
    spec = util.spec_from_file_location('search', path)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    getattr(module, what)()
