"""Which address the shop names, which e-mail leaves first and until when; templates of channels."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_WAITING = sa.text("delivery = 'pending'")


def upgrade() -> None:
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("named_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("refused_note", sa.String(length=80), nullable=False, server_default="")
        )
    with op.batch_alter_table("email", schema=None) as batch_op:
        batch_op.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("too_late_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_email_waiting",
            ["priority", "created_at"],
            unique=False,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        )
    # What waits at this moment keeps its place: unasked behind the rest, each with its own end.
    op.execute("UPDATE email SET priority = 2 WHERE touch_id IS NOT NULL AND delivery = 'pending'")
    op.execute(
        "UPDATE email SET too_late_at = (SELECT too_late_at FROM touch WHERE touch.id = touch_id)"
        " WHERE touch_id IS NOT NULL AND delivery = 'pending'"
    )
    for table, column in (("identity", "refused_note"), ("email", "priority")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, server_default=None)
    with op.batch_alter_table("touch", schema=None) as batch_op:
        batch_op.add_column(sa.Column("template", sa.String(length=40), nullable=True))
    op.create_table(
        "channel_template",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "name", name=op.f("pk_channel_template")),
    )


def downgrade() -> None:
    op.drop_table("channel_template")
    with op.batch_alter_table("touch", schema=None) as batch_op:
        batch_op.drop_column("template")
    with op.batch_alter_table("email", schema=None) as batch_op:
        batch_op.drop_index("ix_email_waiting", sqlite_where=_WAITING, postgresql_where=_WAITING)
        batch_op.drop_column("too_late_at")
        batch_op.drop_column("due_at")
        batch_op.drop_column("priority")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_column("refused_note")
        batch_op.drop_column("refused_at")
        batch_op.drop_column("named_at")
