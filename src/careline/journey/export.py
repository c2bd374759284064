"""Everything that the record holds of one customer, as plain JSON values by table."""

import base64
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey.belongings import belongings
from careline.journey.joined import all_of, kept_for
from careline.journey.models import Audit, Customer
from careline.kit.database import Base
from careline.kit.errors import NotFound

# Not the customer's data but means to act as them.
_SECRET = frozenset({"token_hash", "code_hash", "browser_hash"})


def export_customer(session: Session, customer_id: str) -> dict[str, Any]:
    """Rows by table, with who looked at them; raises NotFound."""
    if session.get(Customer, customer_id) is None:
        raise NotFound(f"There is no customer {customer_id}.")
    customer_id = kept_for(session, customer_id)
    conditions = belongings(session, customer_id)
    conditions[Audit.__tablename__] = Audit.__table__.c.subject.in_(all_of(session, customer_id))
    exported: dict[str, Any] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in conditions:
            rows = session.execute(select(table).where(conditions[table.name])).mappings()
            exported[table.name] = [
                {name: _plain(value) for name, value in row.items() if name not in _SECRET}
                for row in rows
            ]
    return exported


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value
