"""The order of a conversation's messages had two indexes; the unique one is enough."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_message_conversation", "message")


def downgrade() -> None:
    op.create_index("ix_message_conversation", "message", ["conversation_id", "position"])
