"""Which rows of which table are a customer's: for the export and for the erasure.

Found from the tables themselves, so that a new one with a customer_id, conversation_id or
case_id is covered the day it is added; a test fails for a table that nothing covers.
"""

from sqlalchemy import ColumnElement, Table, func, or_, select
from sqlalchemy.orm import Session

from careline.journey.models import Case, Conversation, Customer, Email, Identity
from careline.kit.database import Base

# Tables that hold nothing of a customer's but ids, or nothing at all.
NOT_PERSONAL = frozenset({"audit", "erasure", "counter", "alembic_version"})


def belongings(session: Session, customer_id: str) -> dict[str, ColumnElement[bool]]:
    """For each table that can hold something of the customer's: the condition for its rows."""
    ids = {
        "customer_id": [customer_id],
        "conversation_id": _ids(session, Conversation, customer_id),
        "case_id": _ids(session, Case, customer_id),
    }
    conditions = {
        table.name: condition
        for table in Base.metadata.sorted_tables
        if table.name not in NOT_PERSONAL and (condition := _linked(table, ids)) is not None
    }
    addresses = session.scalars(
        select(Identity.address).where(
            Identity.customer_id == customer_id, Identity.channel == "email"
        )
    ).all()
    conditions[Customer.__tablename__] = Customer.__table__.c.id == customer_id
    conditions[Email.__tablename__] = func.lower(Email.__table__.c.to).in_(addresses)
    return conditions


def _linked(table: Table, ids: dict[str, list[str]]) -> ColumnElement[bool] | None:
    links = [table.c[name].in_(values) for name, values in ids.items() if name in table.c]
    return or_(*links) if links else None


def _ids(session: Session, model: type[Conversation] | type[Case], customer: str) -> list[str]:
    return list(session.scalars(select(model.id).where(model.customer_id == customer)))
