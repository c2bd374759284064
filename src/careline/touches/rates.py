"""How many touches may leave by a channel in a second, over all processes: one row a channel."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from careline.journey.models import ChannelRate
from careline.journey.words import Channel

A_SECOND = timedelta(seconds=1)


def take(session: Session, now: datetime, channel: Channel, wanted: int, per_second: int) -> int:
    """How many of the wanted ones may leave in this second; they count as gone.

    The row is held until the unit of work ends.
    """
    second = now.replace(microsecond=0)
    insert = postgresql.insert if _is_postgres(session) else sqlite.insert
    session.execute(
        insert(ChannelRate)
        .values(channel=channel.value, second=second, taken=0)
        .on_conflict_do_nothing(index_elements=["channel"])
    )
    row = session.scalars(
        select(ChannelRate)
        .where(ChannelRate.channel == channel.value)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.second != second:
        row.second, row.taken = second, 0
    granted = max(min(wanted, per_second - row.taken), 0)
    row.taken += granted
    return granted


def free_again(now: datetime, behind: int, per_second: int) -> datetime:
    """When the next of those who wait has its turn, with so many before it."""
    return now.replace(microsecond=0) + A_SECOND * (1 + behind // per_second)


def _is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
