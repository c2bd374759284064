"""Return labels: what is printed on the one behind a `label_url`.

The code in the address is random, so that only who was given it sees the label.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.shops.models import LineRow, OrderRow, RepairRow, ReturnRow
from careline.shops.promises import carrier_for
from careline.shops.protocol import Address

WAREHOUSE = Address("Harbour & Vine Returns", "12 Quayside Road", "BS1 6XN", "Bristol", "GB")


@dataclass(frozen=True)
class Label:
    reference: str
    order_number: str
    carrier: str
    sender: Address
    to: Address
    contents: str  # "2 × Harbour boots, size 42, navy"
    asked_at: datetime


def find_label(session: Session, code: str) -> Label | None:
    row: ReturnRow | RepairRow | None = session.scalar(
        select(ReturnRow).where(ReturnRow.label_code == code)
    ) or session.scalar(select(RepairRow).where(RepairRow.label_code == code))
    if row is None:
        return None
    line = session.get_one(LineRow, row.line_id)
    order = session.get_one(OrderRow, line.order_number)
    quantity = row.quantity if isinstance(row, ReturnRow) else 1
    parts = [line.variant.product, *line.variant.options.values()]
    return Label(
        reference=row.reference,
        order_number=order.number,
        carrier=carrier_for(order.country),
        sender=Address(order.recipient, order.street, order.postcode, order.city, order.country),
        to=WAREHOUSE,
        contents=f"{quantity} × {', '.join(parts)}",
        asked_at=row.asked_at,
    )
