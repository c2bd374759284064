"""Touches: planned, judged, sent or held; the playbooks' mark on touchpoints; identity links."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "playbook_pause",
        sa.Column("playbook", sa.String(length=40), nullable=False),
        sa.Column("paused_by", sa.String(length=120), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("playbook", name=op.f("pk_playbook_pause")),
    )
    op.create_table(
        "job_lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_lease")),
    )
    op.create_table(
        "channel_rate",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("second", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_rate")),
    )
    op.create_table(
        "identity_link",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("joined_id", sa.String(length=40), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column("proof", sa.String(length=120), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("linked_by", sa.String(length=120), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_identity_link_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["joined_id"], ["customer.id"], name=op.f("fk_identity_link_joined_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_link")),
    )
    with op.batch_alter_table("identity_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_link_joined_id"), ["joined_id"], unique=False)
        batch_op.create_index("ix_identity_link_kept", ["customer_id", "undone_at"], unique=False)

    op.create_table(
        "touch",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("playbook", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("trigger", sa.String(length=80), nullable=False),
        sa.Column("trigger_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("awaits", sa.String(length=60), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_for", sa.DateTime(timezone=True), nullable=False),
        sa.Column("too_late_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("why_note", sa.String(length=300), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holds", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=True),
        sa.Column("conversation_id", sa.String(length=40), nullable=True),
        sa.Column("message_id", sa.String(length=40), nullable=True),
        sa.Column("email_id", sa.String(length=40), nullable=True),
        sa.Column("cost", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("goal_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("goal_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caused_case_id", sa.String(length=40), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_touch_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_touch_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch")),
        sa.UniqueConstraint("key", name=op.f("uq_touch_key")),
    )
    with op.batch_alter_table("touch", schema=None) as batch_op:
        batch_op.create_index("ix_touch_conversation", ["conversation_id", "sent_at"], unique=False)
        batch_op.create_index("ix_touch_customer", ["customer_id", "state", "due_at"], unique=False)
        batch_op.create_index(
            "ix_touch_due",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('planned', 'sending')"),
            postgresql_where=sa.text("state IN ('planned', 'sending')"),
        )
        batch_op.create_index("ix_touch_playbook", ["playbook", "state", "sent_at"], unique=False)
        batch_op.create_index("ix_touch_sent", ["sent_at"], unique=False)

    op.create_table(
        "touch_decision",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("touch_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_touch_decision_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["touch_id"], ["touch.id"], name=op.f("fk_touch_decision_touch_id_touch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch_decision")),
    )
    with op.batch_alter_table("touch_decision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_touch_decision_customer_id"), ["customer_id"], unique=False
        )
        batch_op.create_index("ix_touch_decision_touch", ["touch_id", "at"], unique=False)
        batch_op.create_index("ix_touch_decision_at", ["at"], unique=False)

    with op.batch_alter_table("goodwill", schema=None) as batch_op:
        batch_op.add_column(sa.Column("touch_id", sa.String(length=40), nullable=True))
        batch_op.alter_column("case_id", existing_type=sa.String(length=40), nullable=True)
        batch_op.create_unique_constraint(batch_op.f("uq_goodwill_touch_id"), ["touch_id"])

    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("email", schema=None) as batch_op:
        batch_op.add_column(sa.Column("html", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("headers", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("touch_id", sa.String(length=40), nullable=True))

    with op.batch_alter_table("touchpoint", schema=None) as batch_op:
        batch_op.add_column(sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_touchpoint_unplanned",
            ["created_at", "id"],
            unique=False,
            sqlite_where=sa.text("planned_at IS NULL"),
            postgresql_where=sa.text("planned_at IS NULL"),
        )

    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("same_as", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("changed", sa.Text(), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_suggestion_same_as"), ["same_as"], unique=False)

    # What happened before there were playbooks is nothing to write to anybody about.
    op.execute("UPDATE touchpoint SET planned_at = created_at")


def downgrade() -> None:
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suggestion_same_as"))
        batch_op.drop_column("changed")
        batch_op.drop_column("same_as")

    with op.batch_alter_table("touchpoint", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_touchpoint_unplanned",
            sqlite_where=sa.text("planned_at IS NULL"),
            postgresql_where=sa.text("planned_at IS NULL"),
        )
        batch_op.drop_column("planned_at")

    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_column("seen_at")

    op.execute("DELETE FROM goodwill WHERE case_id IS NULL")
    with op.batch_alter_table("goodwill", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_goodwill_touch_id"), type_="unique")
        batch_op.alter_column("case_id", existing_type=sa.String(length=40), nullable=False)
        batch_op.drop_column("touch_id")

    with op.batch_alter_table("email", schema=None) as batch_op:
        batch_op.drop_column("touch_id")
        batch_op.drop_column("headers")
        batch_op.drop_column("html")

    with op.batch_alter_table("touch_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_touch_decision_at")
        batch_op.drop_index("ix_touch_decision_touch")
        batch_op.drop_index(batch_op.f("ix_touch_decision_customer_id"))

    op.drop_table("touch_decision")
    with op.batch_alter_table("touch", schema=None) as batch_op:
        batch_op.drop_index("ix_touch_sent")
        batch_op.drop_index("ix_touch_playbook")
        batch_op.drop_index(
            "ix_touch_due",
            sqlite_where=sa.text("state IN ('planned', 'sending')"),
            postgresql_where=sa.text("state IN ('planned', 'sending')"),
        )
        batch_op.drop_index("ix_touch_customer")
        batch_op.drop_index("ix_touch_conversation")

    op.drop_table("touch")
    with op.batch_alter_table("identity_link", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_link_kept")
        batch_op.drop_index(batch_op.f("ix_identity_link_joined_id"))

    op.drop_table("identity_link")
    op.drop_table("channel_rate")
    op.drop_table("job_lease")
    op.drop_table("playbook_pause")
