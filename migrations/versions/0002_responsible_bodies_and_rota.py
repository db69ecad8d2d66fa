"""Responsible bodies, rota and absences; tags and priority of tickets; internal customers."""

import sqlalchemy as sa
from alembic import op

from catalog import base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("service") as service:
        service.add_column(
            sa.Column(
                "responsible_kind", sa.String(length=20), nullable=False, server_default="desk"
            )
        )
        service.add_column(sa.Column("responsible_rule", sa.String(length=60), nullable=True))
        service.create_check_constraint(
            op.f("ck_service_responsible_kind_known"),
            "responsible_kind in ('municipality', 'county', 'employment', 'organisation', 'desk')",
        )
        service.create_check_constraint(
            op.f("ck_service_organisation_is_named"),
            "responsible_kind <> 'organisation' or responsible_id is not null",
        )
    with op.batch_alter_table("conversation") as conversation:
        conversation.add_column(
            sa.Column("customer", sa.String(length=10), nullable=False, server_default="public")
        )
        conversation.create_check_constraint(
            op.f("ck_conversation_customer_known"), "customer in ('public', 'internal')"
        )
    with op.batch_alter_table("ticket") as ticket:
        ticket.add_column(sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
        ticket.add_column(
            sa.Column("priority", sa.String(length=10), nullable=False, server_default="normal")
        )
        ticket.create_check_constraint(
            op.f("ck_ticket_priority_known"), "priority in ('normal', 'urgent')"
        )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_absence_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_absence_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["person.id"], name=op.f("fk_absence_substitute_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_person_id"), "absence", ["person_id"])
    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_shift_weekday_known")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_shift_person_id_person")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_shift_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index(op.f("ix_shift_team_id"), "shift", ["team_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_shift_team_id"), table_name="shift")
    op.drop_table("shift")
    op.drop_index(op.f("ix_absence_person_id"), table_name="absence")
    op.drop_table("absence")
    with op.batch_alter_table("ticket") as ticket:
        ticket.drop_constraint(op.f("ck_ticket_priority_known"), type_="check")
        ticket.drop_column("priority")
        ticket.drop_column("tags")
    with op.batch_alter_table("conversation") as conversation:
        conversation.drop_constraint(op.f("ck_conversation_customer_known"), type_="check")
        conversation.drop_column("customer")
    with op.batch_alter_table("service") as service:
        service.drop_constraint(op.f("ck_service_organisation_is_named"), type_="check")
        service.drop_constraint(op.f("ck_service_responsible_kind_known"), type_="check")
        service.drop_column("responsible_rule")
        service.drop_column("responsible_kind")
