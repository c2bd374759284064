"""Conversations with people: clocks, snoozes, hand-backs, notes, notices."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=True),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("author_name", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_note_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_note_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sa.UniqueConstraint("key", name=op.f("uq_note_key")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_note_conversation_id"), ["conversation_id"], unique=False
        )
        batch_op.create_index("ix_note_customer", ["customer_id", "created_at"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("delivery", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery_note", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_notice_conversation_id_conversation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notice_conversation_id"), ["conversation_id"], unique=False
        )
        batch_op.create_index("ix_notice_delivery", ["delivery", "retry_at"], unique=False)

    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("reasons", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("rank_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("resolve_by", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("missed_due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("missed_resolve_by", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("snoozed", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("joined_to", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("merged_into", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("root_cause", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("owner", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("handback", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("handback_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("seen_position", sa.Integer(), nullable=True))
        batch_op.create_index("ix_conversation_handback", ["handback_at"], unique=False)
        batch_op.create_index(
            "ix_conversation_held",
            ["customer_id"],
            unique=False,
            sqlite_where=sa.text("mode = 'person'"),
            postgresql_where=sa.text("mode = 'person'"),
        )
        batch_op.create_index("ix_conversation_holder", ["holder", "mode"], unique=False)
        batch_op.create_index("ix_conversation_rank", ["mode", "rank_at"], unique=False)

    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("author_name", sa.String(length=80), nullable=True))

    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.add_column(sa.Column("conversation_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("staff_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("words", sa.Text(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_promise_conversation_id"), ["conversation_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_promise_conversation_id_conversation"),
            "conversation",
            ["conversation_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_promise_conversation_id_conversation"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_promise_conversation_id"))
        batch_op.drop_column("words")
        batch_op.drop_column("staff_id")
        batch_op.drop_column("conversation_id")

    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_column("author_name")
        batch_op.drop_column("staff_id")

    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index("ix_conversation_rank")
        batch_op.drop_index("ix_conversation_holder")
        batch_op.drop_index(
            "ix_conversation_held",
            sqlite_where=sa.text("mode = 'person'"),
            postgresql_where=sa.text("mode = 'person'"),
        )
        batch_op.drop_index("ix_conversation_handback")
        batch_op.drop_column("seen_position")
        batch_op.drop_column("handback_at")
        batch_op.drop_column("handback")
        batch_op.drop_column("owner")
        batch_op.drop_column("root_cause")
        batch_op.drop_column("merged_into")
        batch_op.drop_column("joined_to")
        batch_op.drop_column("snoozed_until")
        batch_op.drop_column("snoozed")
        batch_op.drop_column("missed_resolve_by")
        batch_op.drop_column("missed_due_at")
        batch_op.drop_column("resolve_by")
        batch_op.drop_column("first_answered_at")
        batch_op.drop_column("assigned_at")
        batch_op.drop_column("waiting_since")
        batch_op.drop_column("rank_at")
        batch_op.drop_column("reasons")
        batch_op.drop_column("team")

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_delivery")
        batch_op.drop_index(batch_op.f("ix_notice_conversation_id"))

    op.drop_table("notice")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index("ix_note_customer")
        batch_op.drop_index(batch_op.f("ix_note_conversation_id"))

    op.drop_table("note")
