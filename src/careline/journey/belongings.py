"""Which rows of which table are a customer's: for the export and for the erasure.

Found from the tables themselves, so that a new one with a customer_id, conversation_id or
case_id is covered the day it is added; a test fails for a table that nothing covers.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Table, func, or_, select
from sqlalchemy.orm import Session

from careline.journey.joined import all_of
from careline.journey.models import Case, Conversation, Customer, Email, Identity
from careline.kit.database import Base

# Tables that hold nothing of a customer's but ids, or nothing at all.
NOT_PERSONAL = frozenset(
    {
        "audit",
        "erasure",
        "counter",
        "staff",
        "staff_session",
        "sign_in_attempt",
        "alembic_version",
        "playbook_pause",
        "channel_rate",
        "channel_template",
        "job_lease",
    }
)


def belongings(session: Session, customer_id: str) -> dict[str, ColumnElement[bool]]:
    """For each table that can hold something of the customer's: the condition for its rows.

    Records that were joined into this one are the same person's, and so are their shells.
    """
    person = all_of(session, customer_id)
    ids = {
        "customer_id": person,
        "conversation_id": _ids(session, Conversation, person),
        "case_id": _ids(session, Case, person),
        "joined_id": person,
    }
    conditions = {
        table.name: condition
        for table in Base.metadata.sorted_tables
        if table.name not in NOT_PERSONAL and (condition := _linked(table, ids)) is not None
    }
    addresses = session.scalars(
        select(Identity.address).where(
            Identity.customer_id.in_(person), Identity.channel == "email"
        )
    ).all()
    conditions[Customer.__tablename__] = Customer.__table__.c.id.in_(person)
    conditions[Email.__tablename__] = func.lower(Email.__table__.c.to).in_(addresses)
    return conditions


def _linked(table: Table, ids: dict[str, list[str]]) -> ColumnElement[bool] | None:
    links = [table.c[name].in_(values) for name, values in ids.items() if name in table.c]
    return or_(*links) if links else None


def _ids(
    session: Session, model: type[Conversation] | type[Case], person: Sequence[str]
) -> list[str]:
    return list(session.scalars(select(model.id).where(model.customer_id.in_(person))))
