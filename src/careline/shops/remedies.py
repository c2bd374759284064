"""What puts a delivered line right: return, replacement, exchange, repair, refund, credit.

Each function works in the caller's transaction and raises ShopRefused before it changes
anything that it cannot change.
"""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.shops import ledger, promises
from careline.shops.models import (
    CreditRow,
    CustomerRow,
    LineRow,
    OrderRow,
    RepairRow,
    ReturnRow,
    VariantRow,
)
from careline.shops.payments import pay_back
from careline.shops.protocol import Done, LineState, Money, ShopRefused, Why
from careline.shops.reading import label_path
from careline.shops.sending import send_free_order
from careline.shops.writing import locked_line, locked_order, next_number


def create_return(
    session: Session, now: datetime, *, line_id: str, quantity: int, reason: str
) -> Done:
    order, line = locked_line(session, line_id)
    _refuse_a_bad_quantity(quantity)
    if line.state not in ledger.WITH_THE_CUSTOMER:
        raise ShopRefused("This has not been delivered yet.", why=Why.NOT_DELIVERED)
    if quantity > ledger.returnable(line):
        raise ShopRefused(
            f"Only {ledger.returnable(line)} of {line.quantity} can still be sent back.",
            why=Why.ALREADY_SETTLED,
        )
    line.settled_quantity += quantity
    row = _agree_to_return(session, now, order, line, quantity, reason)
    _give_up_replacement(session, line, quantity)
    line.state = ledger.state_after(line)
    return Done(row.reference, row.send_by, _label_details(row.label_code, row.drop_off))


def create_replacement(
    session: Session, now: datetime, *, line_id: str, quantity: int, collect_old: bool
) -> Done:
    order, line = locked_line(session, line_id)
    return _send_instead(session, now, order, line, line.variant, quantity, collect_old=collect_old)


def create_exchange(
    session: Session, now: datetime, *, line_id: str, quantity: int, sku: str
) -> Done:
    order, line = locked_line(session, line_id)
    if line.state not in ledger.WITH_THE_CUSTOMER:
        raise ShopRefused("This has not been delivered yet.", why=Why.NOT_DELIVERED)
    other = same_product_variant(session, line, sku)
    return _send_instead(session, now, order, line, other, quantity, collect_old=True)


def create_repair(session: Session, now: datetime, *, line_id: str, problem: str) -> Done:
    order, line = locked_line(session, line_id)
    if line.delivered_at is None:
        raise ShopRefused("This has not been delivered yet.", why=Why.NOT_DELIVERED)
    if now > promises.add_months(line.delivered_at, line.variant.warranty_months):
        raise ShopRefused("There is no warranty on this, or no longer.", why=Why.OUT_OF_WARRANTY)
    under_repair = session.scalars(
        select(RepairRow).where(RepairRow.line_id == line.id, RepairRow.state == "agreed")
    ).all()
    if len(under_repair) >= ledger.unsettled(line):
        raise ShopRefused(
            "This is being repaired, or has been replaced, sent or paid back.",
            why=Why.ALREADY_SETTLED,
        )
    row = RepairRow(
        reference=next_number(session, "repair"),
        line_id=line.id,
        problem=problem,
        state="agreed",
        label_code=secrets.token_urlsafe(12),
        asked_at=now,
        expected_at=promises.business_days_after(
            now, promises.DAYS_TO_REPAIR, country=order.country, zone=order.customer.time_zone
        ),
    )
    session.add(row)
    details = _label_details(row.label_code, promises.drop_off_for(order.country))
    return Done(row.reference, row.expected_at, details)


def refund(session: Session, now: datetime, *, line_id: str, amount: Money, reason: str) -> Done:
    order, line = locked_line(session, line_id)
    if line.state in (LineState.OPEN, LineState.CANCELLED):
        raise ShopRefused(
            "This has not been shipped: cancel it, and it is paid back.", why=Why.NOT_SHIPPED
        )
    _refuse_bad_money(amount, order.currency)
    if amount.amount > ledger.refundable(line):
        raise ShopRefused(
            f"At most {ledger.refundable(line)} {order.currency} can still be paid back for this.",
            why=Why.MORE_THAN_PAID,
        )
    return pay_back(session, now, order, amount.amount, reason, line=line)


def give_credit(
    session: Session, now: datetime, *, customer_ref: str, amount: Money, reason: str
) -> Done:
    customer = session.get(CustomerRow, customer_ref)
    if customer is None:
        raise ShopRefused(f"There is no customer {customer_ref}.", why=Why.NOT_FOUND)
    _refuse_bad_money(amount, amount.currency)
    row = CreditRow(
        reference=next_number(session, "credit"),
        customer_ref=customer_ref,
        amount=amount.amount,
        currency=amount.currency,
        reason=reason,
        given_at=now,
        valid_until=promises.end_of_day_after(now, promises.CREDIT_VALID, zone=customer.time_zone),
    )
    session.add(row)
    return Done(row.reference, now, {"valid_until": row.valid_until.date().isoformat()})


def same_product_variant(session: Session, line: LineRow, sku: str) -> VariantRow:
    """Another variant of what is on the line, at the same price."""
    other = session.get(VariantRow, sku)
    if other is None or other.product != line.variant.product:
        raise ShopRefused(
            f"{sku} is not another size or colour of {line.variant.product}.",
            why=Why.OTHER_PRODUCT,
        )
    if (other.price, other.currency) != (line.variant.price, line.variant.currency):
        raise ShopRefused(
            "That one has another price; a person must settle the difference.",
            why=Why.OTHER_PRICE,
        )
    return other


def _send_instead(
    session: Session,
    now: datetime,
    order: OrderRow,
    line: LineRow,
    variant: VariantRow,
    quantity: int,
    *,
    collect_old: bool,
) -> Done:
    _refuse_a_bad_quantity(quantity)
    if line.state == LineState.OPEN:
        raise ShopRefused("This has not been shipped yet.", why=Why.NOT_SHIPPED)
    if collect_old and line.state not in ledger.WITH_THE_CUSTOMER:
        raise ShopRefused(
            "This has not been delivered, so it cannot be collected.", why=Why.NOT_DELIVERED
        )
    if quantity > ledger.unsettled(line):
        raise ShopRefused(
            "This has been replaced, sent back or paid back already.", why=Why.ALREADY_SETTLED
        )
    sent = send_free_order(session, now, order, line, variant, quantity, collects_old=collect_old)
    line.replaced_quantity += quantity
    line.settled_quantity += quantity
    details = {"carrier": sent.carrier}
    if collect_old:
        row = _agree_to_return(session, now, order, line, quantity, "replaced by another")
        details |= _label_details(row.label_code, row.drop_off)
        details |= {"return": row.reference, "send_by": row.send_by.date().isoformat()}
    line.state = ledger.state_after(line)
    return Done(sent.number, sent.expected_at, details)


def _agree_to_return(
    session: Session, now: datetime, order: OrderRow, line: LineRow, quantity: int, reason: str
) -> ReturnRow:
    row = ReturnRow(
        reference=next_number(session, "return"),
        order_number=order.number,
        line_id=line.id,
        quantity=quantity,
        state="agreed",
        reason=reason,
        label_code=secrets.token_urlsafe(12),
        drop_off=promises.drop_off_for(order.country),
        asked_at=now,
        send_by=promises.end_of_day_after(now, promises.LABEL_VALID, zone=order.customer.time_zone),
    )
    line.returned_quantity += quantity
    session.add(row)
    return row


def _give_up_replacement(session: Session, line: LineRow, quantity: int) -> None:
    """What was sent free of charge comes back: the money for the first one is open again."""
    if line.makes_good is None:
        return
    number = session.scalars(
        select(LineRow.order_number).where(LineRow.id == line.makes_good)
    ).one()
    origin = next(one for one in locked_order(session, number).lines if one.id == line.makes_good)
    origin.replaced_quantity -= quantity
    origin.state = ledger.state_after(origin)
    _give_up_replacement(session, origin, quantity)


def _label_details(code: str, drop_off: str) -> dict[str, str]:
    return {"label_url": label_path(code), "drop_off": drop_off}


def _refuse_a_bad_quantity(quantity: int) -> None:
    if quantity < 1:
        raise ShopRefused("The quantity must be 1 or more.", why=Why.BAD_AMOUNT)


def _refuse_bad_money(amount: Money, currency: str) -> None:
    if amount.currency != currency:
        raise ShopRefused(
            f"This was paid in {currency}, not in {amount.currency}.", why=Why.OTHER_CURRENCY
        )
    if amount.amount <= 0 or amount.amount != round(amount.amount, 2):
        raise ShopRefused(
            "The amount must be more than 0, with two places at most.", why=Why.BAD_AMOUNT
        )
