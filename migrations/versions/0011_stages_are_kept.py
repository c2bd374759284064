"""The stages a customer went through, kept; derived when somebody looks or something happens."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stage_span",
        sa.Column("customer_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rule", sa.String(80), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_stage_span_customer_id_customer"
        ),
        sa.PrimaryKeyConstraint("customer_id", "number", name="pk_stage_span"),
    )
    op.create_index("ix_stage_span_since", "stage_span", ["customer_id", "since"])
    op.add_column(
        "customer", sa.Column("stage_holds_until", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("customer", "stage_holds_until")
    op.drop_table("stage_span")
