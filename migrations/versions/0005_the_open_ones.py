"""One index of the open conversations, for the queue's views, order and counts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = sa.text("mode IN ('queued', 'person')")
_COLUMNS = [
    "mode",
    "holder",
    "rank_at",
    "due_at",
    "team",
    "snoozed",
    "channel",
    "last_message_at",
    "updated_at",
    "customer_id",
    "id",
]


def upgrade() -> None:
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index("ix_conversation_rank")
        batch_op.create_index(
            "ix_conversation_open",
            _COLUMNS,
            unique=False,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )


def downgrade() -> None:
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index("ix_conversation_open")
        batch_op.create_index("ix_conversation_rank", ["mode", "rank_at"], unique=False)
