"""The first tables."""

import sqlalchemy as sa
from alembic import op

from catalog import base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "kind in ('municipality', 'county', 'region', 'province', 'nation')",
            name=op.f("ck_area_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint("kind", "code", name=op.f("uq_area_kind_code")),
    )
    op.create_table(
        "catalogue_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("shipped", sa.String(length=64), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_catalogue_revision_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_revision")),
    )
    op.create_table(
        "classification",
        sa.Column("uri", sa.String(length=200), nullable=False),
        sa.Column("scheme", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("broader_uri", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "scheme in ('service_class', 'customer_group', 'life_event')",
            name=op.f("ck_classification_scheme_known"),
        ),
        sa.ForeignKeyConstraint(
            ["broader_uri"], ["classification.uri"], name=op.f("fk_classification_broader_uri")
        ),
        sa.PrimaryKeyConstraint("uri", name=op.f("pk_classification")),
        sa.UniqueConstraint("scheme", "code", name=op.f("uq_classification_scheme_code")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("business_id", sa.String(length=9), nullable=True),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "kind in ('state', 'county', 'municipality', 'region', 'desk', 'other')",
            name=op.f("ck_organisation_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_fi", sa.String(length=120), nullable=False),
        sa.Column("name_sv", sa.String(length=120), nullable=False),
        sa.Column("last_resort", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("code", name=op.f("uq_team_code")),
    )
    op.create_table(
        "area_part",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("within_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_area_part_area_id")),
        sa.ForeignKeyConstraint(["within_id"], ["area.id"], name=op.f("fk_area_part_within_id")),
        sa.PrimaryKeyConstraint("area_id", "within_id", name=op.f("pk_area_part")),
    )
    op.create_table(
        "area_text",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_area_text_area_id")),
        sa.PrimaryKeyConstraint("area_id", "language", name=op.f("pk_area_text")),
    )
    op.create_table(
        "channel",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("municipality_id", sa.String(length=40), nullable=True),
        sa.Column("verified_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "kind in ('EChannel', 'Phone', 'WebPage', 'PrintableForm', 'ServiceLocation')",
            name=op.f("ck_channel_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["area.id"], name=op.f("fk_channel_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_channel_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )
    op.create_table(
        "classification_text",
        sa.Column("uri", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["uri"], ["classification.uri"], name=op.f("fk_classification_text_uri")
        ),
        sa.PrimaryKeyConstraint("uri", "language", name=op.f("pk_classification_text")),
    )
    op.create_table(
        "edit_right",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_edit_right_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "login", name=op.f("pk_edit_right")),
    )
    op.create_table(
        "member",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_member_person_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_member_team_id")),
        sa.PrimaryKeyConstraint("team_id", "person_id", name=op.f("pk_member")),
    )
    op.create_table(
        "organisation_text",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_text_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "language", name=op.f("pk_organisation_text")),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("keeper_id", sa.String(length=36), nullable=False),
        sa.Column("responsible_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("replaced_by_id", sa.String(length=36), nullable=True),
        sa.Column("place_bound", sa.Boolean(), nullable=False),
        sa.Column("charge", sa.String(length=20), nullable=True),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "audience in ('citizens', 'companies', 'internal')",
            name=op.f("ck_service_audience_known"),
        ),
        sa.CheckConstraint(
            "status <> 'replaced' or replaced_by_id is not null",
            name=op.f("ck_service_replaced_names_by"),
        ),
        sa.CheckConstraint(
            "status in ('current', 'ended', 'replaced')", name=op.f("ck_service_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["keeper_id"], ["organisation.id"], name=op.f("fk_service_keeper_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["service.id"], name=op.f("fk_service_replaced_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["organisation.id"], name=op.f("fk_service_responsible_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
    )
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=False),
        sa.Column("expires_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_staff_session_person_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
    )
    op.create_table(
        "channel_text",
        sa.Column("channel_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("phone_charge", sa.String(length=300), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_channel_text_channel_id")
        ),
        sa.PrimaryKeyConstraint("channel_id", "language", name=op.f("pk_channel_text")),
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("municipality_id", sa.String(length=40), nullable=True),
        sa.Column("page", sa.String(length=500), nullable=True),
        sa.Column("floor", sa.String(length=10), nullable=False),
        sa.Column("floor_person_id", sa.Integer(), nullable=True),
        sa.Column("sender", sa.String(length=60), nullable=False),
        sa.Column("topic_id", sa.String(length=36), nullable=True),
        sa.Column("pending", sa.JSON(), nullable=False),
        sa.Column("opened_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("floor in ('bot', 'staff')", name=op.f("ck_conversation_floor_known")),
        sa.ForeignKeyConstraint(
            ["floor_person_id"], ["person.id"], name=op.f("fk_conversation_floor_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["area.id"], name=op.f("fk_conversation_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["service.id"], name=op.f("fk_conversation_topic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_table(
        "customer_phrase",
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("shipped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_customer_phrase_service_id")
        ),
        sa.PrimaryKeyConstraint("service_id", "language", "text", name=op.f("pk_customer_phrase")),
    )
    op.create_table(
        "opening_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.String(length=36), nullable=False),
        sa.Column("exceptional", sa.Boolean(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("opens", sa.Time(), nullable=True),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_opening_hours_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_hours")),
    )
    with op.batch_alter_table("opening_hours", schema=None) as batch_op:
        batch_op.create_index("ix_opening_hours_channel_id", ["channel_id"], unique=False)

    op.create_table(
        "promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "unit in ('hours', 'days', 'working_days', 'weeks', 'months')",
            name=op.f("ck_promise_unit_known"),
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_promise_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promise_service_id"), ["service_id"], unique=False)

    op.create_table(
        "responsibility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("class_uri", sa.String(length=200), nullable=True),
        sa.Column("area_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_responsibility_area_id")),
        sa.ForeignKeyConstraint(
            ["class_uri"], ["classification.uri"], name=op.f("fk_responsibility_class_uri")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_responsibility_service_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_responsibility_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility")),
    )
    with op.batch_alter_table("responsibility", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_responsibility_class_uri"), ["class_uri"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_responsibility_service_id"), ["service_id"], unique=False
        )

    op.create_table(
        "service_area",
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_service_area_area_id")),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_area_service_id")
        ),
        sa.PrimaryKeyConstraint("service_id", "area_id", name=op.f("pk_service_area")),
    )
    op.create_table(
        "service_channel",
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("channel_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_service_channel_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_channel_service_id")
        ),
        sa.PrimaryKeyConstraint("service_id", "channel_id", name=op.f("pk_service_channel")),
    )
    op.create_table(
        "service_classification",
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("uri", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_classification_service_id")
        ),
        sa.ForeignKeyConstraint(
            ["uri"], ["classification.uri"], name=op.f("fk_service_classification_uri")
        ),
        sa.PrimaryKeyConstraint("service_id", "uri", name=op.f("pk_service_classification")),
    )
    op.create_table(
        "service_label",
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "kind in ('preferred', 'alternative', 'hidden', 'keyword', 'former')",
            name=op.f("ck_service_label_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_label_service_id")
        ),
        sa.PrimaryKeyConstraint("service_id", "language", "label", name=op.f("pk_service_label")),
    )
    op.create_table(
        "service_status_text",
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_status_text_service_id")
        ),
        sa.PrimaryKeyConstraint("service_id", "language", name=op.f("pk_service_status_text")),
    )
    op.create_table(
        "service_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("partner", sa.String(length=300), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "organisation_id is not null or partner is not null",
            name=op.f("ck_service_task_someone_does_it"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_service_task_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_task_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_task")),
    )
    with op.batch_alter_table("service_task", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_service_task_service_id"), ["service_id"], unique=False
        )

    op.create_table(
        "service_text",
        sa.Column("service_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("requirements", sa.Text(), nullable=False),
        sa.Column("charge_info", sa.Text(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("official", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_text_service_id")
        ),
        sa.PrimaryKeyConstraint("service_id", "language", name=op.f("pk_service_text")),
    )
    op.create_table(
        "promise_text",
        sa.Column("promise_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_promise_text_promise_id")
        ),
        sa.PrimaryKeyConstraint("promise_id", "language", name=op.f("pk_promise_text")),
    )
    op.create_table(
        "service_task_text",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["service_task.id"], name=op.f("fk_service_task_text_task_id")
        ),
        sa.PrimaryKeyConstraint("task_id", "language", name=op.f("pk_service_task_text")),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("service_id", sa.String(length=36), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=True),
        sa.Column("opened_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "stage in ('open', 'answered', 'closed')", name=op.f("ck_ticket_stage_known")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_ticket_conversation_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_ticket_owner_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_ticket_service_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_ticket_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("code", name=op.f("uq_ticket_code")),
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_ticket_conversation_id"), ["conversation_id"], unique=False
        )
        batch_op.create_index("ix_ticket_owner_id_stage", ["owner_id", "stage"], unique=False)

    op.create_table(
        "turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=True),
        sa.Column("closed_by", sa.String(length=60), nullable=True),
        sa.Column("replies", sa.JSON(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("catalogue_revision", sa.Integer(), nullable=True),
        sa.Column("opened_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind <> 'handover' or ticket_id is not null", name=op.f("ck_turn_handover_has_ticket")
        ),
        sa.CheckConstraint(
            "kind in ('answer', 'clarify', 'handover', 'person', 'smalltalk')",
            name=op.f("ck_turn_kind_known"),
        ),
        sa.CheckConstraint(
            "state = 'open' or kind is not null", name=op.f("ck_turn_closed_has_outcome")
        ),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f("ck_turn_state_known")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_turn_conversation_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_turn_ticket_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
        sa.UniqueConstraint("message_id", name=op.f("uq_turn_message_id")),
    )
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.create_index("ix_turn_conversation_id", ["conversation_id"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("author", sa.String(length=10), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("created_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "audience in ('customer', 'staff')", name=op.f("ck_message_audience_known")
        ),
        sa.CheckConstraint(
            "author in ('customer', 'bot', 'staff', 'desk')", name=op.f("ck_message_author_known")
        ),
        sa.CheckConstraint(
            "kind in ('text', 'opened', 'added', 'contact', 'taken', 'handed_back', 'closed')",
            name=op.f("ck_message_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_message_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_message_ticket_id")),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"], name=op.f("fk_message_turn_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_message_conversation_id_id", ["conversation_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_message_ticket_id"), ["ticket_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_ticket_id"))
        batch_op.drop_index("ix_message_conversation_id_id")

    op.drop_table("message")
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.drop_index("ix_turn_conversation_id")

    op.drop_table("turn")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_owner_id_stage")
        batch_op.drop_index(batch_op.f("ix_ticket_conversation_id"))

    op.drop_table("ticket")
    op.drop_table("service_task_text")
    op.drop_table("promise_text")
    op.drop_table("service_text")
    with op.batch_alter_table("service_task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_task_service_id"))

    op.drop_table("service_task")
    op.drop_table("service_status_text")
    op.drop_table("service_label")
    op.drop_table("service_classification")
    op.drop_table("service_channel")
    op.drop_table("service_area")
    with op.batch_alter_table("responsibility", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_responsibility_service_id"))
        batch_op.drop_index(batch_op.f("ix_responsibility_class_uri"))

    op.drop_table("responsibility")
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_promise_service_id"))

    op.drop_table("promise")
    with op.batch_alter_table("opening_hours", schema=None) as batch_op:
        batch_op.drop_index("ix_opening_hours_channel_id")

    op.drop_table("opening_hours")
    op.drop_table("customer_phrase")
    op.drop_table("conversation")
    op.drop_table("channel_text")
    op.drop_table("staff_session")
    op.drop_table("service")
    op.drop_table("organisation_text")
    op.drop_table("member")
    op.drop_table("edit_right")
    op.drop_table("classification_text")
    op.drop_table("channel")
    op.drop_table("area_text")
    op.drop_table("area_part")
    op.drop_table("team")
    op.drop_table("person")
    op.drop_table("organisation")
    op.drop_table("classification")
    op.drop_table("catalogue_revision")
    op.drop_table("area")
