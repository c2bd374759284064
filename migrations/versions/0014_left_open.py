"""The request that a conversation has in hand, for the customer's next one to go on from."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation", sa.Column("left_open", sa.JSON(), nullable=True))
    op.add_column(
        "conversation", sa.Column("left_open_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("conversation", "left_open_at")
    op.drop_column("conversation", "left_open")
