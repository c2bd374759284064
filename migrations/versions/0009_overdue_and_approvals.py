"""What the desk counts: conversations past their resolution, and cases that wait for a lead."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OPEN = sa.text("mode IN ('queued', 'person')")
_WAITING = sa.text("state = 'waiting_approval'")
_BEFORE = [
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
_NOW = [*_BEFORE[:4], "resolve_by", *_BEFORE[4:]]


def upgrade() -> None:
    _index_the_open_ones(_NOW)
    op.create_index(
        "ix_case_waiting",
        "case",
        ["updated_at"],
        unique=False,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def downgrade() -> None:
    op.drop_index("ix_case_waiting", table_name="case")
    _index_the_open_ones(_BEFORE)


def _index_the_open_ones(columns: list[str]) -> None:
    op.drop_index("ix_conversation_open", table_name="conversation")
    op.create_index(
        "ix_conversation_open",
        "conversation",
        columns,
        unique=False,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
