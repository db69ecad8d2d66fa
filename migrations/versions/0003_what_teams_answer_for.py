"""Teams answer for bodies and audiences too; a demo's promises are told from others."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("promise") as promise:
        promise.add_column(
            sa.Column("demo", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("responsibility") as responsibility:
        responsibility.add_column(
            sa.Column("organisation_id", sa.String(length=36), nullable=True)
        )
        responsibility.add_column(sa.Column("responsible_kind", sa.String(length=20), nullable=True))
        responsibility.add_column(sa.Column("audience", sa.String(length=20), nullable=True))
        responsibility.create_foreign_key(
            op.f("fk_responsibility_organisation_id"),
            "organisation",
            ["organisation_id"],
            ["id"],
        )
        responsibility.create_check_constraint(
            op.f("ck_responsibility_responsible_kind_known"),
            "responsible_kind in ('municipality', 'county', 'employment', 'organisation', 'desk')",
        )
        responsibility.create_check_constraint(
            op.f("ck_responsibility_audience_known"),
            "audience in ('citizens', 'companies', 'internal')",
        )
    op.create_index(
        op.f("ix_responsibility_organisation_id"), "responsibility", ["organisation_id"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_responsibility_organisation_id"), table_name="responsibility")
    with op.batch_alter_table("responsibility") as responsibility:
        responsibility.drop_constraint(
            op.f("ck_responsibility_audience_known"), type_="check"
        )
        responsibility.drop_constraint(
            op.f("ck_responsibility_responsible_kind_known"), type_="check"
        )
        responsibility.drop_constraint(
            op.f("fk_responsibility_organisation_id"), type_="foreignkey"
        )
        responsibility.drop_column("audience")
        responsibility.drop_column("responsible_kind")
        responsibility.drop_column("organisation_id")
    with op.batch_alter_table("promise") as promise:
        promise.drop_column("demo")
